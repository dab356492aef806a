namespace Barograph.Server.Collect.Host;

/// <summary>
/// Network interfaces, from <c>/proc/net/dev</c>: after two lines of headings,
/// <c>name: bytes packets errors drops fifo frame compressed multicast</c> received, then
/// <c>bytes packets errors drops fifo collisions carrier compressed</c> sent. One that has never carried a byte is left out.
/// </summary>
internal sealed class NetworkSource : ISource
{
    static readonly MetricDefinition[] Metrics =
        [HostMetrics.NetworkBytes, HostMetrics.NetworkPackets, HostMetrics.NetworkErrors, HostMetrics.NetworkDropped];

    readonly SourceSeries _series;
    readonly ProcFile _file;
    readonly NamedRows<Interface> _interfaces;
    readonly ulong[] _received = new ulong[Metrics.Length];
    readonly ulong[] _transmitted = new ulong[Metrics.Length];

    public NetworkSource(HostPaths paths, SourceSeries series)
    {
        _series = series;
        _file = new ProcFile(paths.Proc("net/dev"));
        _interfaces = new NamedRows<Interface>(static name => new Interface(name), Remove);
    }

    sealed class Interface(string name)
    {
        public string Name => name;
        public int[] Received { get; set; } = [];
        public int[] Transmitted { get; set; } = [];
    }

    public string Name => "network";

    public SourceSeries Series => _series;

    public void Read(Tick tick)
    {
        var cursor = new ProcCursor(_file.Read(), _file.Path);
        cursor.NextLine();
        cursor.NextLine();
        _interfaces.Begin();
        for (; !cursor.AtEnd; cursor.NextLine())
            ReadLine(ref cursor);
        _interfaces.End();
    }

    public void Dispose() => _file.Dispose();

    void ReadLine(ref ProcCursor cursor)
    {
        // Old kernels leave no blank between the colon and the number, and a name may hold colons itself (eth0:1).
        var name = cursor.NameBefore((byte)':');
        if (_interfaces.Find(name) is not { } card)
            return;
        ReadNumbers(ref cursor, _received);
        cursor.SkipWords(4);
        ReadNumbers(ref cursor, _transmitted);
        if (card.Received.Length == 0)
        {
            if ((_received[0] | _transmitted[0]) == 0)
                return;
            (card.Received, card.Transmitted) = (AddSeries(card.Name, "receive"), AddSeries(card.Name, "transmit"));
        }

        for (var i = 0; i < Metrics.Length; i++)
        {
            _series.Set(card.Received[i], _received[i]);
            _series.Set(card.Transmitted[i], _transmitted[i]);
        }
    }

    int[] AddSeries(string card, string direction) => [.. Metrics.Select(metric => _series.Add(metric, card, direction))];

    void Remove(Interface card)
    {
        foreach (var series in card.Received)
            _series.Remove(series);
        foreach (var series in card.Transmitted)
            _series.Remove(series);
    }

    static void ReadNumbers(ref ProcCursor cursor, ulong[] numbers)
    {
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = cursor.Number();
    }
}
