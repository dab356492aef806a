using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Numerics;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest;

/// <summary>
/// Tells metadata that is new from what was heard before: senders repeat it every minute or with every sample, and making
/// strings of it each time would cost more than the samples.
/// </summary>
internal sealed class KnownMetadata
{
    /// <summary>Metrics beyond it go without metadata: names are the sender's to invent.</summary>
    const int MetricsMax = 100_000;

    readonly ConcurrentDictionary<ulong, ulong> _contentByMetric = new();

    /// <summary>Whether this differs from what was heard last of the metric; it is then known.</summary>
    public bool IsNew(ReadOnlySpan<byte> metric, MetricType type, ReadOnlySpan<byte> unit, ReadOnlySpan<byte> help)
    {
        var name = Hash(metric, 0);
        var content = Hash(help, Hash(unit, (ulong)type + 1));
        if (_contentByMetric.TryGetValue(name, out var known) && known == content)
            return false;
        if (_contentByMetric.Count >= MetricsMax && !_contentByMetric.ContainsKey(name))
            return false;
        _contentByMetric[name] = content;
        return true;
    }

    /// <summary>Multiply and rotate over eight bytes at a time; a collision would only leave one metric without its help text.</summary>
    static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed)
    {
        const ulong Odd = 0x9E3779B97F4A7C15; // 2^64 / golden ratio
        var hash = (seed + (ulong)bytes.Length + 1) * Odd;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = BitOperations.RotateLeft(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), 29) * Odd;
        foreach (var letter in bytes)
            hash = BitOperations.RotateLeft(hash ^ letter, 29) * Odd;
        return hash ^ (hash >> 32);
    }
}
