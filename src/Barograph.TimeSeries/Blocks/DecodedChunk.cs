using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>Room for the samples of one chunk, used for one after the other. Whoever makes it disposes it.</summary>
internal sealed class DecodedChunk : IDisposable
{
    long[] _timestampsMs = [];
    double[] _values = [];
    NativeHistogram[] _histograms = [];
    int _start;

    /// <summary>How many samples are left.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the samples are histograms; their values are NaN then.</summary>
    public bool HoldsHistograms { get; private set; }

    public Span<long> TimestampsMs => _timestampsMs.AsSpan(_start, Count);

    public Span<double> Values => _values.AsSpan(_start, Count);

    public Span<NativeHistogram> Histograms => HoldsHistograms ? _histograms.AsSpan(_start, Count) : default;

    /// <summary>Makes room for samples, whose content is undefined.</summary>
    public void Reset(int count, bool holdsHistograms)
    {
        if (count > _timestampsMs.Length || count > _values.Length)
        {
            Dispose();
            _timestampsMs = ArrayPool<long>.Shared.Rent(count);
            _values = ArrayPool<double>.Shared.Rent(count);
        }

        if (holdsHistograms && count > _histograms.Length)
            _histograms = new NativeHistogram[count];
        (_start, Count, HoldsHistograms) = (0, count, holdsHistograms);
    }

    /// <summary>Leaves out what stands before the sample at an index.</summary>
    public void Skip(int count)
    {
        _start += count;
        Count -= count;
    }

    /// <summary>Leaves out what is not in the range, and what was deleted.</summary>
    public void Keep(TimeRange range, ReadOnlySpan<TimeRange> deleted)
    {
        var times = TimestampsMs;
        if (times.Length == 0)
            return;
        var start = times[0] >= range.StartMs ? 0 : FirstAtOrAfter(times, range.StartMs);
        var end = times[^1] < range.EndMs ? Count : FirstAtOrAfter(times, range.EndMs);
        Skip(start);
        Count = Math.Max(0, end - start);
        if (deleted.Length > 0)
            Remove(deleted);
    }

    public void Dispose()
    {
        if (_timestampsMs.Length > 0)
        {
            ArrayPool<long>.Shared.Return(_timestampsMs);
            ArrayPool<double>.Shared.Return(_values);
        }

        (_timestampsMs, _values, Count) = ([], [], 0);
    }

    void Remove(ReadOnlySpan<TimeRange> deleted)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (Tombstones.Covers(deleted, TimestampsMs[i]))
                continue;
            TimestampsMs[kept] = TimestampsMs[i];
            Values[kept] = Values[i];
            if (HoldsHistograms)
                Histograms[kept] = Histograms[i];
            kept++;
        }

        Count = kept;
    }

    static int FirstAtOrAfter(ReadOnlySpan<long> times, long timestampMs)
    {
        var found = times.BinarySearch(timestampMs);
        return found >= 0 ? found : ~found;
    }
}
