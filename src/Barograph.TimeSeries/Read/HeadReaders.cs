namespace Barograph.TimeSeries;

/// <summary>Reads the chain of chunks that is in the order of time, one chunk a run. Can be opened again for another.</summary>
internal sealed class HeadChainReader : SampleReader
{
    readonly Stack<LaneEnd> _chunks = new(); // the oldest on top
    readonly SampleBuffer _run = new(HeadChunk.LargestCount(HeadChunk.LargestBytes));
    HeadWindow _window = null!;
    TimeRange _range;
    int _start, _length;

    public void Open(HeadWindow window, LaneEnd end, TimeRange range)
    {
        (_window, _range, _start, _length) = (window, range, 0, 0);
        _chunks.Clear();
        Chain.Find(window, end, range, _chunks);
    }

    public override ReadOnlySpan<long> TimestampsMs => _run.TimestampsMs.Slice(_start, _length);

    public override ReadOnlySpan<double> Values => _run.Values.Slice(_start, _length);

    public override bool MoveNext()
    {
        RightOfWay.StepAside();
        while (_chunks.TryPop(out var chunk))
        {
            _run.EnsureCapacity(HeadChunk.LargestCount(chunk.Used));
            var count = HeadChunk.Decode(_window.Chunk(chunk.Chunk), chunk.Used, _run.TimestampsMs, _run.Values);
            (_start, _length) = Clip.To(_range, _run.TimestampsMs[..count]);
            if (_length > 0)
                return true;
        }

        return false;
    }

    public override void Dispose() => _run.Dispose();
}

/// <summary>Reads the chain of samples that came late: all of them, put in order, as one run.</summary>
internal sealed class LateReader(HeadWindow window, LaneEnd end, TimeRange range) : SampleReader
{
    long[] _timestampsMs = [];
    double[] _values = [];
    bool _done;

    public override ReadOnlySpan<long> TimestampsMs => _timestampsMs;

    public override ReadOnlySpan<double> Values => _values;

    public override bool MoveNext()
    {
        if (_done)
            return false;
        _done = true;
        var samples = new List<Sample>();
        using var run = new SampleBuffer(HeadChunk.LargestCount(HeadChunk.LargestBytes));
        for (var at = end; !at.IsEmpty;)
        {
            var chunk = window.Chunk(at.Chunk);
            run.EnsureCapacity(HeadChunk.LargestCount(at.Used));
            var count = HeadChunk.Decode(chunk, at.Used, run.TimestampsMs, run.Values);
            for (var i = 0; i < count; i++)
            {
                if (range.Contains(run.TimestampsMs[i]))
                    samples.Add(new Sample(run.TimestampsMs[i], run.Values[i]));
            }

            at = Chain.Before(window, at);
        }

        samples.Sort(static (left, right) => left.TimestampMs.CompareTo(right.TimestampMs)); // no time is there twice
        _timestampsMs = [.. samples.Select(static sample => sample.TimestampMs)];
        _values = [.. samples.Select(static sample => sample.Value)];
        return samples.Count > 0;
    }

    public override void Dispose()
    {
    }
}

/// <summary>The chunks of a lane.</summary>
internal static class Chain
{
    /// <summary>The chunk before one, or none.</summary>
    public static LaneEnd Before(HeadWindow window, LaneEnd at)
    {
        var previous = HeadChunk.Previous(window.Chunk(at.Chunk));
        return previous == 0 ? default : new LaneEnd(previous, (ushort)HeadChunk.Used(window.Chunk(previous)));
    }

    /// <summary>Finds the chunks of a lane in the order of time that reach into a range; the oldest comes to lie on top.</summary>
    public static void Find(HeadWindow window, LaneEnd end, TimeRange range, Stack<LaneEnd> chunks)
    {
        // From the newest backwards, as far as the range wants: what a query of the last moments reads is one chunk.
        for (var at = end; !at.IsEmpty; at = Before(window, at))
        {
            var firstMs = HeadChunk.FirstMs(window.Chunk(at.Chunk));
            if (firstMs < range.EndMs)
                chunks.Push(at);
            if (firstMs <= range.StartMs)
                break;
        }
    }
}

/// <summary>The part of ascending times that lies in a range.</summary>
internal static class Clip
{
    public static (int Start, int Length) To(TimeRange range, ReadOnlySpan<long> ascendingMs)
    {
        if (ascendingMs.IsEmpty)
            return (0, 0);
        var start = ascendingMs[0] >= range.StartMs ? 0 : LowerBound(ascendingMs, range.StartMs);
        var end = ascendingMs[^1] < range.EndMs ? ascendingMs.Length : LowerBound(ascendingMs, range.EndMs);
        return (start, Math.Max(0, end - start));
    }

    static int LowerBound(ReadOnlySpan<long> ascendingMs, long time)
    {
        var found = ascendingMs.BinarySearch(time);
        return found >= 0 ? found : ~found;
    }
}
