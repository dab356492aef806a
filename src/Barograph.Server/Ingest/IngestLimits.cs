using Barograph.TimeSeries;

namespace Barograph.Server.Ingest;

/// <summary>What the doors take at most. Passing one is an answer that names it, never an exhausted server.</summary>
internal sealed record IngestLimits
{
    /// <summary>Bytes of one request, as sent and again after decompression.</summary>
    public int RequestBytes { get; init; } = 32 << 20;

    /// <summary>Samples of one request: an empty sample has two bytes on the wire and 20 in memory.</summary>
    public int RequestSamples { get; init; } = 500_000;

    /// <summary>What the store takes of labels, for doors that can leave one out rather than lose the series.</summary>
    public StoreOptions Store { get; init; } = new();

    /// <summary>Bytes of all requests being read, decoded or waiting for the disk; beyond it senders are told to wait.</summary>
    public long QueueBytes { get; init; } = 64 << 20;
}
