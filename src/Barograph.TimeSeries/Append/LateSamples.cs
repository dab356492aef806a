namespace Barograph.TimeSeries;

/// <summary>
/// Looks at samples that may be late: whether they are too late, or in a block already. Late counts from the newest sample of the series,
/// but where that lies in the future, from now: it came while the clock was ahead, and must not keep out what comes since it is right.
/// </summary>
internal sealed class LateSamples(Timeline timeline, StoreView view, long? windowMs, long nowMs = long.MaxValue) : IDisposable
{
    /// <summary>So much behind now is no late sample of such a series, however short the window: ticks are stamped at their beginning.</summary>
    const long NearMs = 60_000;

    /// <summary>The answer of <see cref="Check"/> for a sample that the store has: nothing is to be done.</summary>
    public const int Present = int.MinValue;

    readonly Dictionary<int, long> _newestInBlocks = [];
    BlockLookup? _blocks;
    GrowingBytes? _key;

    BlockLookup Blocks => _blocks ??= BlockLookup.Open(timeline, 0);

    /// <summary>What was found of series that the window does not know yet.</summary>
    public IEnumerable<(int Series, long NewestMs)> NewestInBlocks =>
        _newestInBlocks.Where(static found => found.Value > long.MinValue).Select(static found => (found.Key, found.Value));

    /// <returns>The series, the negative of a <see cref="RejectReason"/>, or <see cref="Present"/>.</returns>
    public int Check(int series, long timestampMs, in StoredValue value)
    {
        var mayBeInBlock = timestampMs <= view.Blocks.LastMs;
        var newestMs = view.Head.NewestMs(series);
        if (newestMs == long.MinValue && mayBeInBlock && !_newestInBlocks.TryGetValue(series, out newestMs))
            _newestInBlocks.Add(series, newestMs = Blocks.NewestMs(Key(series)));
        if (newestMs == long.MinValue || timestampMs > newestMs)
            return series;
        if (windowMs is { } window && timestampMs < OldestMs(newestMs, window))
            return -(int)RejectReason.TooOld;
        if (!mayBeInBlock || Blocks.Find(Key(series), timestampMs) is not { } present)
            return series;
        return present == value ? Present : -(int)RejectReason.DuplicateTimestamp;
    }

    /// <summary>What a block that appeared meanwhile says of a sample: taken already, refused, or null when it has none.</summary>
    public RejectReason? Recheck(int series, long timestampMs, in StoredValue value) => Check(series, timestampMs, value) switch
    {
        Present => RejectReason.None,
        < 0 => RejectReason.DuplicateTimestamp,
        _ => null,
    };

    long OldestMs(long newestMs, long window) => newestMs <= nowMs ? newestMs - window : nowMs - Math.Max(window, NearMs);

    ReadOnlySpan<byte> Key(int series) => view.Head.Index.Key(series, _key ??= new GrowingBytes());

    public void Dispose() => _blocks?.Dispose();
}
