using System.Net;
using System.Net.Sockets;
using Barograph.Server.Collect;
using Barograph.Server.Processes;
using Barograph.Server.Settings;
using Barograph.Server.Sources;

namespace Barograph.Server.Ingest.StatsD;

/// <summary>
/// StatsD over UDP: adds packets up and writes every 10 s, at whole multiples of them. What the store does not take at one flush is
/// in the totals of the next. A packet has no answer: what is wrong with it is told under <c>/api/v1/sources</c> and in the log.
/// </summary>
internal sealed class StatsDListener : SupervisedService
{
    public const string Door = "StatsD";
    /// <summary>Whom the samples of a flush are from: several senders may add to one metric.</summary>
    const string AddedUp = "all senders, added up";

    const int DatagramBytesMax = 65_535;
    const int ReceiveBufferBytes = 4 << 20; // bursts wait there
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    readonly IngestDesk _desk;
    readonly SourceLedger _sources;
    readonly TimeProvider _clock;
    readonly Socket _socket;
    readonly Lock _gate = new(); // guards the metrics
    readonly StatsDMetrics _metrics = new();

    /// <exception cref="Otlp.PortInUseException">The port is taken.</exception>
    public StatsDListener(ServerSettings settings, IngestDesk desk, SourceLedger sources, TimeProvider clock, Workers workers)
        : base("statsd", workers)
    {
        (_desk, _sources, _clock) = (desk, sources, clock);
        _socket = new Socket(settings.Listen.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = ReceiveBufferBytes };
        try
        {
            _socket.Bind(new IPEndPoint(settings.Listen, settings.StatsDPort!.Value));
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw new Otlp.PortInUseException($"UDP port {settings.StatsDPort} on {settings.Listen} (--statsd) is in use by another program; choose another, or off");
        }
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _socket.Dispose();
        base.Dispose();
    }

    /// <summary>Writes what has come; called at each whole interval, and at the end.</summary>
    /// <param name="timestampMs">What the samples are stamped with.</param>
    /// <param name="zeroMs">When new counters were 0, or null.</param>
    /// <param name="stopping">Ends the wait for the disk.</param>
    public async Task FlushAsync(long timestampMs, long? zeroMs, CancellationToken stopping)
    {
        var decoded = _desk.Rent();
        try
        {
            lock (_gate)
                _metrics.Flush(decoded, timestampMs, zeroMs, _clock.GetUtcNow());
            var outcome = await _desk.WriteAsync(decoded, stopping);
            if (outcome.Rejected > 0 || (outcome.Failure is not null && decoded.Batch.SampleCount > 0))
                _desk.Note(Door, AddedUp, outcome with { Accepted = 0 }); // what was taken is counted with who sent it
        }
        finally
        {
            _desk.Return(decoded);
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync(_clock.GetUtcNow().ToUnixTimeMilliseconds(), null, cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task WorkAsync(CancellationToken stopping) => Task.WhenAll(
        Workers.RunAsync("statsd-receiver", ReceiveAsync, stopping),
        Workers.RunAsync("statsd-writer", FlushAgainAndAgainAsync, stopping));

    async Task FlushAgainAndAgainAsync(CancellationToken stopping)
    {
        var schedule = new TickSchedule(Interval, _clock);
        long? lastMs = null;
        while (true)
        {
            // The first flush after a start knows of no moment at which there was nothing: the server before may have counted.
            var tick = await schedule.NextAsync(stopping);
            await FlushAsync(tick.TimestampMs, lastMs, stopping);
            lastMs = tick.TimestampMs;
        }
    }

    async Task ReceiveAsync(CancellationToken stopping)
    {
        var datagram = new byte[DatagramBytesMax];
        EndPoint any = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(datagram, any, stopping);
                Take(datagram.AsSpan(0, received.ReceivedBytes), ((IPEndPoint)received.RemoteEndPoint).Address);
            }
            catch (SocketException)
            {
                // An answer to nothing that we sent (an ICMP message), or a packet longer than any may be: the next one.
            }
        }
    }

    void Take(ReadOnlySpan<byte> datagram, IPAddress sender)
    {
        var taken = 0;
        var refused = new RefusedList();
        var now = _clock.GetUtcNow();
        lock (_gate)
        {
            while (!datagram.IsEmpty)
            {
                var line = StatsDLine.Take(ref datagram, (byte)'\n').TrimEnd((byte)'\r');
                if (!line.IsEmpty)
                    taken += _metrics.Add(line, now, refused);
            }
        }

        _sources.Count(Door, sender.ToString(), taken, refused.ByReason);
    }
}
