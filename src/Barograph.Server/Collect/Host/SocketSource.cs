namespace Barograph.Server.Collect.Host;

/// <summary>
/// Sockets: UDP from <c>/proc/net/sockstat</c> and <c>sockstat6</c> ("UDP: inuse 3 mem 2"), TCP by state from
/// <see cref="TcpStates"/>, on a thread of the pool because a host with very many sockets may take a tenth of a second to list them.
/// </summary>
internal sealed class SocketSource : ISource, IThreadPoolWorkItem
{
    /// <summary>How often the states are counted, unless that costs too much.</summary>
    public const long CadenceMs = 5_000;

    const long CadenceMsMax = 60_000;

    // Counting may take this share of one processor: what takes 1 ms is done every 5 s, what takes 10 ms once in 20 s.
    const double CpuShareMax = 0.0005;

    static readonly (byte Number, string Name)[] States =
    [
        (1, "established"), (2, "syn_sent"), (3, "syn_received"), (4, "fin_wait_1"), (5, "fin_wait_2"), (6, "time_wait"), (7, "closed"),
        (8, "close_wait"), (9, "last_ack"), (10, "listen"), (11, "closing"),
    ];

    readonly Lock _answer = new(); // guards _counts, _failure, _isCounting, _tookMs
    readonly SourceSeries _series;
    readonly ProcFile _sockets;
    readonly ProcFile _sockets6;
    readonly Func<long[], string?> _countStates;
    readonly TimeProvider _clock;
    readonly int _udp;
    readonly int[] _tcp;
    readonly long[] _counts = new long[TcpStates.Count];
    readonly long[] _counting = new long[TcpStates.Count];
    string? _failure = "not counted yet";
    bool _isCounting;
    double _tookMs;
    long _askedMs = long.MinValue / 2;

    /// <summary>Makes the source.</summary>
    /// <param name="paths">Where /proc is.</param>
    /// <param name="series">Its series.</param>
    /// <param name="countStates">Counts TCP sockets by the number of their state; gives a reason when it cannot.</param>
    /// <param name="clock">For the cost of counting.</param>
    public SocketSource(HostPaths paths, SourceSeries series, Func<long[], string?> countStates, TimeProvider clock)
    {
        (_series, _countStates, _clock) = (series, countStates, clock);
        _sockets = new ProcFile(paths.Proc("net/sockstat"));
        _sockets6 = new ProcFile(paths.Proc("net/sockstat6"));
        _udp = series.Add(HostMetrics.NetworkConnections, "udp", "");
        _tcp = [.. States.Select(state => series.Add(HostMetrics.NetworkConnections, "tcp", state.Name))];
    }

    public string Name => "socket";

    public SourceSeries Series => _series;

    public void Read(Tick tick)
    {
        var udp = ReadUdp(_sockets.Read(), "UDP: inuse "u8) + (_sockets6.TryRead(out var text) ? ReadUdp(text, "UDP6: inuse "u8) : 0);
        _series.Set(_udp, udp);
        lock (_answer)
        {
            var cadenceMs = Math.Clamp(_tookMs / CpuShareMax, CadenceMs, CadenceMsMax);
            if (!_isCounting && tick.MonotonicMs - _askedMs >= cadenceMs)
            {
                (_isCounting, _askedMs) = (true, tick.MonotonicMs);
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }

            for (var state = 0; _failure is null && state < States.Length; state++)
                _series.Set(_tcp[state], _counts[States[state].Number]);
        }
    }

    /// <summary>Counts, on a thread of the pool.</summary>
    public void Execute()
    {
        var began = _clock.GetTimestamp();
        Array.Clear(_counting);
        string? failure;
        try
        {
            failure = _countStates(_counting);
        }
#pragma warning disable CA1031 // out of a thread of the pool it would end the process
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            failure = unexpected.Message;
        }

        lock (_answer)
        {
            _counting.CopyTo(_counts, 0);
            (_failure, _isCounting, _tookMs) = (failure, false, _clock.GetElapsedTime(began).TotalMilliseconds);
        }
    }

    public void Dispose()
    {
        _sockets.Dispose();
        _sockets6.Dispose();
    }

    ulong ReadUdp(ReadOnlySpan<byte> text, ReadOnlySpan<byte> heading)
    {
        var cursor = new ProcCursor(text, _sockets.Path);
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            if (cursor.TrySkip(heading))
                return cursor.Number();
        }

        return 0;
    }
}
