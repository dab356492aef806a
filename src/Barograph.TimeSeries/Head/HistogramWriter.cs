namespace Barograph.TimeSeries;

/// <summary>Writes histograms into the chunks of a window. Used by the thread that appends.</summary>
internal sealed class HistogramWriter(ByteArena chunks)
{
    readonly GrowingBytes _entry = new();
    readonly Dictionary<int, NativeHistogram> _last = []; // by lane: what the next entry is compared with

    /// <summary>Bytes of the histograms that are kept whole.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>Adds to a lane; not visible before it is published.</summary>
    /// <param name="standsAlone">The entry can be read without those before it.</param>
    /// <returns>Where the entry is, for <see cref="Read"/>.</returns>
    public long Append(int number, ref Lane lane, long timestampMs, NativeHistogram histogram, bool standsAlone)
    {
        var before = standsAlone || lane.Chunk == 0 ? null : _last.GetValueOrDefault(number);
        HistogramChunk.WriteEntry(_entry, timestampMs - lane.State.LastMs, before, histogram);
        if (lane.Chunk == 0 || lane.Used + _entry.Length > lane.Capacity)
        {
            HistogramChunk.WriteEntry(_entry, 0, null, histogram);
            BeginChunk(ref lane, timestampMs);
            Forget(number); // a chunk is read by itself, also one that begins with a staleness marker
        }

        var place = ((long)lane.Chunk << 16) | lane.Used;
        _entry.Written.CopyTo(chunks.At(lane.Chunk)[lane.Used..]);
        lane.Used += (ushort)_entry.Length;
        lane.State.LastMs = timestampMs;
        if (!standsAlone && !histogram.IsStale)
            Remember(number, histogram);
        return place;
    }

    /// <summary>Reads an entry that stands alone.</summary>
    public NativeHistogram Read(long place) => HistogramChunk.DecodeEntry(chunks.At((int)(place >> 16))[(ushort)place..]);

    /// <summary>Chunks double up to 4 KiB, some 60 histograms of 50 buckets: what a query of the last moments has to read of each series.</summary>
    void BeginChunk(ref Lane lane, long timestampMs)
    {
        const int Smallest = 256, Largest = 4096;
        var capacity = lane.Chunk == 0 ? Smallest : Math.Clamp(lane.Capacity * 2, Smallest, Largest);
        capacity = Math.Max(capacity, (HistogramChunk.HeaderBytes + _entry.Length + 15) / 16 * 16);
        var place = chunks.Allocate(capacity);
        HistogramChunk.Begin(chunks.At(place), lane.Chunk, timestampMs);
        if (lane.Chunk != 0)
            HeadChunk.End(chunks.At(lane.Chunk), lane.Used);
        (lane.Chunk, lane.Used, lane.Capacity) = (place, HistogramChunk.HeaderBytes, checked((ushort)capacity));
    }

    void Remember(int number, NativeHistogram histogram)
    {
        Forget(number);
        SizeBytes += SizeOf(histogram);
        _last.Add(number, histogram);
    }

    void Forget(int number)
    {
        if (_last.Remove(number, out var old))
            SizeBytes -= SizeOf(old);
    }

    static long SizeOf(NativeHistogram histogram) =>
        256 + 8L * (histogram.PositiveBuckets.Length + histogram.NegativeBuckets.Length + histogram.PositiveSpans.Length + histogram.NegativeSpans.Length);
}
