using System.Diagnostics;

namespace Barograph.TimeSeries;

/// <summary>
/// The newest samples of all series, in memory: for each series a lane of floats, which is a chain of chunks in the order of time, and
/// beside it side lanes for what not every series has: floats that came late, in the order of their coming, and histograms, in order
/// and late. It only grows, and is dropped as a whole when it is in a block.
/// One thread appends; any number read meanwhile, without locks.
/// </summary>
internal sealed class HeadWindow
{
    const int PageShift = LanePool.PageShift, PageMask = (1 << PageShift) - 1;

    readonly ByteArena _chunks;
    readonly HistogramWriter _histograms;
    readonly Dictionary<int, Dictionary<long, long>> _lateSamples = []; // by lane, time → bits, or place of the histogram: duplicates among the late
    readonly SlabPool _slabPool;
    readonly LanePool _lanePool;
    int[]? _numbersBefore; // for each series its number in the window before, when that counts otherwise; the rest are new
    int _pins = 1;
    Lane[][] _lanes = [];
    Lane[][] _sideLanes = [];
    int _sideLaneCount = 1; // 0 stands for none
    long _minMs = long.MaxValue, _maxMs = long.MinValue, _sampleCount, _lateBytes;

    /// <param name="index">The series; shared with the window before.</param>
    /// <param name="firstGeneration">The first of the log's generations that hold the same samples.</param>
    /// <param name="generation">The last of them: the one that is written.</param>
    /// <param name="slabPool">Where the memory for samples comes from.</param>
    /// <param name="lanePool">And that for lanes.</param>
    /// <param name="createdAt">When it was begun, as a timestamp of the store's clock that setting the clock does not move.</param>
    public HeadWindow(SeriesIndex index, long firstGeneration, long generation, SlabPool slabPool, LanePool lanePool, long createdAt)
    {
        (Index, FirstGeneration, Generation, CreatedAt) = (index, firstGeneration, generation, createdAt);
        (_slabPool, _lanePool) = (slabPool, lanePool);
        _chunks = new ByteArena(slabPool);
        _histograms = new HistogramWriter(_chunks);
    }

    /// <summary>
    /// The window that follows one which takes no more samples. When most series of that one have none in it, they are
    /// left behind: the new window numbers anew those that are alive.
    /// </summary>
    public static HeadWindow After(HeadWindow before, long createdAt)
    {
        const int FewSeries = 10_000;
        var index = before.Index;
        int[]? alive = null;
        if (index.Count > FewSeries && Enumerable.Range(0, index.Count).Count(before.HasSamples) < index.Count / 2)
        {
            alive = [.. Enumerable.Range(0, index.Count).Where(before.HasSamples)];
            index = new SeriesIndex();
            var key = new GrowingBytes();
            foreach (var series in alive)
                index.Add(before.Index.Key(series, key));
        }

        return new HeadWindow(index, before.Generation + 1, before.Generation + 1, before._slabPool, before._lanePool, createdAt)
        {
            Before = before,
            _numbersBefore = alive,
        };
    }

    public long FirstGeneration { get; }

    public long Generation { get; }

    public long CreatedAt { get; }

    /// <summary>The series that the lanes belong to, by number.</summary>
    public SeriesIndex Index { get; }

    /// <summary>The window before this one, while it is not in a block yet.</summary>
    public HeadWindow? Before { get; private set; }

    public long SampleCount => Volatile.Read(ref _sampleCount);

    /// <summary>The oldest and newest times; the oldest is <see cref="long.MaxValue"/> when there are none.</summary>
    public (long MinMs, long MaxMs) Bounds => (Volatile.Read(ref _minMs), Volatile.Read(ref _maxMs));

    /// <summary>Bytes of memory that samples take (series and their labels apart).</summary>
    public long SizeBytes => _chunks.AllocatedBytes + Volatile.Read(ref _lateBytes) + _histograms.SizeBytes
        + (long)(Volatile.Read(ref _lanes).Length + Volatile.Read(ref _sideLanes).Length) * LanePool.PageBytes;

    /// <summary>The window before is in a block now: remembers each series' newest time from it and lets it go.</summary>
    public void ForgetBefore()
    {
        if (Before is null)
            return;
        for (var series = 0; series < Index.Count; series++)
        {
            if (NewestBefore(series) > long.MinValue)
                LaneOf(series);
        }

        Before = null;
        _numbersBefore = null;
    }

    /// <summary>Keeps the samples in memory until <see cref="Unpin"/>; false when they have been let go.</summary>
    public bool TryPin()
    {
        for (var pins = Volatile.Read(ref _pins); pins > 0; pins = Volatile.Read(ref _pins))
        {
            if (Interlocked.CompareExchange(ref _pins, pins + 1, pins) == pins)
                return true;
        }

        return false;
    }

    /// <summary>Undoes a pin, or the one that the window was made with: the last gives the memory back.</summary>
    public void Unpin()
    {
        if (Interlocked.Decrement(ref _pins) > 0)
            return;
        _chunks.Release();
        var (lanes, sideLanes) = (_lanes, _sideLanes);
        Volatile.Write(ref _lanes, []); // before their pages are of use to others
        _sideLanes = [];
        foreach (var page in lanes.Concat(sideLanes))
            _lanePool.Return(page);
    }

    /// <summary>The newest time of a series that this window (or the one before) knows, or <see cref="long.MinValue"/>.</summary>
    public long NewestMs(int series)
    {
        if (TryReadNewest(series, out var newestMs))
            return newestMs;
        var newestBeforeMs = NewestBefore(series);
        // The window before may have been let go while it was asked: what it knew is here by then.
        return Before is null && TryReadNewest(series, out newestMs) ? newestMs : newestBeforeMs;
    }

    /// <summary>Needs no pin: of a window that was let go nothing is known.</summary>
    bool TryReadNewest(int series, out long newestMs)
    {
        while (true)
        {
            newestMs = 0;
            var lanes = Volatile.Read(ref _lanes);
            if (series >> PageShift >= lanes.Length)
                return false;
            ref var lane = ref lanes[series >> PageShift][series & PageMask];
            var isKnown = Volatile.Read(ref lane.IsKnown);
            newestMs = Volatile.Read(ref lane.NewestMs);
            if (Volatile.Read(ref _lanes) == lanes) // or the page may be another window's by now
                return isKnown;
        }
    }

    long NewestBefore(int series) =>
        Before is { } before && NumberBefore(series) is >= 0 and var number ? before.NewestMs(number) : long.MinValue;

    int NumberBefore(int series) => _numbersBefore is not { } numbers ? series : series < numbers.Length ? numbers[series] : -1;

    bool HasSamples(int series) =>
        series >> PageShift < _lanes.Length && _lanes[series >> PageShift][series & PageMask] is var lane && (lane.Chunk != 0 || lane.Side != 0);

    /// <summary>Says that a series has a sample at a time in a block: what comes before it is late.</summary>
    public void RaiseNewest(int series, long timestampMs)
    {
        ref var lane = ref LaneOf(series);
        if (timestampMs > lane.NewestMs)
            Volatile.Write(ref lane.NewestMs, timestampMs);
    }

    /// <summary>Appends one sample of a commit.</summary>
    /// <returns>None when taken (also when it was there already); otherwise DuplicateTimestamp.</returns>
    public RejectReason Append(int series, long timestampMs, double value, long commit)
    {
        ref var lane = ref LaneOf(series);
        var bits = BitConverter.DoubleToInt64Bits(value);
        if (timestampMs <= lane.NewestMs)
            return AppendLate(series, ref lane, timestampMs, bits, commit);
        Write(ref lane, timestampMs, bits, commit);
        Volatile.Write(ref lane.NewestMs, timestampMs);
        Count(timestampMs);
        return RejectReason.None;
    }

    /// <summary>Appends one histogram of a commit; a series may have both kinds, at different times.</summary>
    /// <returns>As for a float.</returns>
    public RejectReason Append(int series, long timestampMs, NativeHistogram histogram, long commit)
    {
        ref var lane = ref LaneOf(series);
        var isLate = timestampMs <= lane.NewestMs;
        if (isLate && Find(series, ref lane, timestampMs) is { } present)
            return present == StoredValue.Of(histogram) ? RejectReason.None : RejectReason.DuplicateTimestamp;
        ref var side = ref SideLane(ref lane, isLate ? LaneKind.LateHistograms : LaneKind.Histograms, out var number);
        var place = _histograms.Append(number, ref side, timestampMs, histogram, standsAlone: isLate);
        side.Publish(commit);
        if (isLate)
            RememberLate(number, timestampMs, place);
        else
            Volatile.Write(ref lane.NewestMs, timestampMs);
        Count(timestampMs);
        return RejectReason.None;
    }

    /// <summary>Where a series' lanes ended at a commit; false: look again at a newer commit.</summary>
    public bool TryReadEnds(int series, long commit, out LaneEnds ends)
    {
        ends = default;
        var lanes = Volatile.Read(ref _lanes);
        if (series >> PageShift >= lanes.Length)
            return true;
        ref var lane = ref lanes[series >> PageShift][series & PageMask];
        if (!lane.TryReadEnd(commit, out var floats))
            return false;
        ends = new LaneEnds { Floats = floats };
        for (var number = Volatile.Read(ref lane.Side); number != 0; number = lane.Side)
        {
            lane = ref Volatile.Read(ref _sideLanes)[number >> PageShift][number & PageMask];
            if (!lane.TryReadEnd(commit, out var end))
                return false;
            ends = ends.With(lane.Kind, end);
        }

        return true;
    }

    /// <summary>The bytes of a chunk.</summary>
    public ReadOnlySpan<byte> Chunk(int place) => _chunks.At(place);

    RejectReason AppendLate(int series, ref Lane lane, long timestampMs, long bits, long commit)
    {
        if (Find(series, ref lane, timestampMs) is { } present)
            return present == new StoredValue(bits, null) ? RejectReason.None : RejectReason.DuplicateTimestamp;
        Write(ref SideLane(ref lane, LaneKind.LateFloats, out var number), timestampMs, bits, commit);
        RememberLate(number, timestampMs, bits);
        Count(timestampMs);
        return RejectReason.None;
    }

    void RememberLate(int number, long timestampMs, long bitsOrPlace)
    {
        if (!_lateSamples.TryGetValue(number, out var late))
            _lateSamples.Add(number, late = []);
        late.Add(timestampMs, bitsOrPlace);
        Volatile.Write(ref _lateBytes, _lateBytes + 40);
    }

    /// <summary>What a series has at a time, here or in the window before.</summary>
    StoredValue? Find(int series, ref Lane lane, long timestampMs)
    {
        if (lane.Chunk != 0 && timestampMs == lane.State.LastMs)
            return new StoredValue(lane.State.LastBits, null);
        for (var number = lane.Side; number != 0;)
        {
            ref var side = ref _sideLanes[number >> PageShift][number & PageMask];
            if (FindAside(number, in side, timestampMs) is { } aside)
                return aside;
            number = side.Side;
        }

        return FindInChain(lane.Chunk, lane.Used, timestampMs) is { } bits ? new StoredValue(bits, null) : FindBefore(series, timestampMs);
    }

    StoredValue? FindAside(int number, in Lane side, long timestampMs)
    {
        if (side.Kind == LaneKind.Histograms)
            return FindHistogramInChain(side.Chunk, side.Used, timestampMs);
        return !_lateSamples.TryGetValue(number, out var late) || !late.TryGetValue(timestampMs, out var found) ? null
            : side.Kind == LaneKind.LateFloats ? new StoredValue(found, null)
            : StoredValue.Of(_histograms.Read(found));
    }

    StoredValue? FindBefore(int series, long timestampMs) =>
        Before is { } before && NumberBefore(series) is >= 0 and var number ? before.Find(number, timestampMs) : null;

    StoredValue? Find(int series, long timestampMs) =>
        series >> PageShift < _lanes.Length
            ? Find(series, ref _lanes[series >> PageShift][series & PageMask], timestampMs)
            : FindBefore(series, timestampMs);

    StoredValue? FindHistogramInChain(int place, int used, long timestampMs)
    {
        while (place != 0)
        {
            var chunk = _chunks.At(place);
            if (HeadChunk.FirstMs(chunk) <= timestampMs)
            {
                List<long> times = [];
                List<NativeHistogram> histograms = [];
                HistogramChunk.Decode(chunk, used, times, histograms);
                return times.BinarySearch(timestampMs) is >= 0 and var at ? StoredValue.Of(histograms[at]) : null;
            }

            place = HeadChunk.Previous(chunk);
            used = place == 0 ? 0 : HeadChunk.Used(_chunks.At(place));
        }

        return null;
    }

    long? FindInChain(int place, int used, long timestampMs)
    {
        while (place != 0)
        {
            var chunk = _chunks.At(place);
            if (HeadChunk.FirstMs(chunk) <= timestampMs)
                return FindInChunk(chunk, used, timestampMs);
            place = HeadChunk.Previous(chunk);
            used = place == 0 ? 0 : HeadChunk.Used(_chunks.At(place));
        }

        return null;
    }

    static long? FindInChunk(ReadOnlySpan<byte> chunk, int used, long timestampMs)
    {
        using var run = new SampleBuffer(HeadChunk.LargestCount(used));
        var count = HeadChunk.Decode(chunk, used, run.TimestampsMs, run.Values);
        var at = run.TimestampsMs[..count].BinarySearch(timestampMs);
        return at >= 0 ? BitConverter.DoubleToInt64Bits(run.Values[at]) : null;
    }

    void Write(ref Lane lane, long timestampMs, long bits, long commit)
    {
        if (lane.Chunk != 0 && lane.Used + HeadChunk.LargestEntryBytes <= lane.Capacity)
            lane.Used += (ushort)HeadChunk.Append(_chunks.At(lane.Chunk)[lane.Used..], timestampMs, bits, ref lane.State);
        else if (lane.Chunk == 0 || !TryWriteLast(ref lane, timestampMs, bits))
            BeginChunk(ref lane, timestampMs, bits);
        lane.Publish(commit);
    }

    /// <summary>Near the end of a chunk there is not room for any sample, but mostly for this one.</summary>
    bool TryWriteLast(ref Lane lane, long timestampMs, long bits)
    {
        Span<byte> entry = stackalloc byte[HeadChunk.LargestEntryBytes];
        var state = lane.State;
        var used = HeadChunk.Append(entry, timestampMs, bits, ref state);
        if (lane.Used + used > lane.Capacity)
            return false;
        entry[..used].CopyTo(_chunks.At(lane.Chunk)[lane.Used..]);
        lane.Used += (ushort)used;
        lane.State = state;
        return true;
    }

    /// <summary>
    /// Chunks grow from 64 to 256 bytes: a series that has few samples wastes little, a busy one seldom begins anew, and a window that begins
    /// is small while the one before is written. A hundred thousand series fill the window with two chunks each, some 45 samples. The
    /// largest is what a query for the last moments has to read of each series: of a counter some hundred samples.
    /// </summary>
    void BeginChunk(ref Lane lane, long timestampMs, long bits)
    {
        const int First = 64, Second = 96, Largest = HeadChunk.LargestBytes;
        var capacity = lane.Chunk == 0 ? First : lane.Capacity == First ? Second : Math.Min(lane.Capacity * 2, Largest);
        var place = _chunks.Allocate(capacity);
        HeadChunk.Begin(_chunks.At(place), lane.Chunk, timestampMs, bits, ref lane.State);
        if (lane.Chunk != 0)
            HeadChunk.End(_chunks.At(lane.Chunk), lane.Used);
        (lane.Chunk, lane.Used, lane.Capacity) = (place, HeadChunk.HeaderBytes, (ushort)capacity);
    }

    ref Lane LaneOf(int series)
    {
        while (series >> PageShift >= _lanes.Length)
            Volatile.Write(ref _lanes, [.. _lanes, _lanePool.Rent()]);
        ref var lane = ref _lanes[series >> PageShift][series & PageMask];
        if (!lane.IsKnown)
        {
            lane.State.Exponent = HeadChunk.NoExponent;
            lane.NewestMs = NewestBefore(series);
            Volatile.Write(ref lane.IsKnown, true);
        }

        return ref lane;
    }

    /// <summary>The side lane of a kind of a series, made where there is none yet.</summary>
    ref Lane SideLane(ref Lane first, LaneKind kind, out int number)
    {
        for (number = first.Side; number != 0; number = _sideLanes[number >> PageShift][number & PageMask].Side)
        {
            if (_sideLanes[number >> PageShift][number & PageMask].Kind == kind)
                return ref _sideLanes[number >> PageShift][number & PageMask];
        }

        number = _sideLaneCount++;
        if (number >> PageShift >= _sideLanes.Length)
            Volatile.Write(ref _sideLanes, [.. _sideLanes, _lanePool.Rent()]);
        ref var side = ref _sideLanes[number >> PageShift][number & PageMask];
        (side.State.Exponent, side.Kind, side.Side) = (HeadChunk.NoExponent, kind, first.Side);
        Volatile.Write(ref first.Side, number); // only now may readers come to it
        return ref side;
    }

    void Count(long timestampMs)
    {
        Debug.Assert(timestampMs >= 0);
        if (timestampMs < _minMs)
            Volatile.Write(ref _minMs, timestampMs);
        if (timestampMs > _maxMs)
            Volatile.Write(ref _maxMs, timestampMs);
        Volatile.Write(ref _sampleCount, _sampleCount + 1);
    }
}
