using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>Goes through the series that match in one source of a select, in the order of their labels.</summary>
internal abstract class SourceWalk : IDisposable
{
    readonly GrowingBytes _key = new();
    bool _hasKey;

    /// <summary>Whether all were gone through.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>The series' number in its source.</summary>
    public abstract int Series { get; }

    /// <summary>Where its floats end, in a head window.</summary>
    public virtual LaneEnd Floats => default;

    /// <summary>The raw bytes of its labels, valid until the next one. Where nobody compares, nobody needs them.</summary>
    ReadOnlySpan<byte> Key
    {
        get
        {
            if (!_hasKey)
                ReadKey(_key);
            _hasKey = true;
            return _key.Written;
        }
    }

    /// <summary>Steps to the next series, or to the end.</summary>
    /// <exception cref="CorruptBlockException">It cannot be read; this was the last one.</exception>
    public void MoveNext()
    {
        (AtEnd, _hasKey) = (true, false);
        AtEnd = !TryMoveNext();
    }

    /// <summary>Orders the series that two walks are at by their labels.</summary>
    public static int Compare(SourceWalk left, SourceWalk right)
    {
        if (left is HeadWalk one && right is HeadWalk other && one.Index == other.Index)
            return one.Series == other.Series ? 0 : one.Index.Compare(one.Series, other.Series);
        var lefts = left.Key;
        var rights = right.Key;
        return lefts.SequenceEqual(rights) ? 0 : SeriesKey.Compare(lefts, rights); // mostly they are the same
    }

    public abstract void Dispose();

    protected abstract bool TryMoveNext();

    /// <summary>Writes the raw bytes of the series' labels in the place of what was there.</summary>
    protected abstract void ReadKey(GrowingBytes key);
}

/// <summary>Those of a block, whose numbers are in that order.</summary>
internal sealed class BlockWalk(Block block, IReadOnlyList<Matcher> matchers, TimeRange range, KnownSelect? known) : SourceWalk
{
    readonly List<(int Column, int Value)> _labels = [];
    int[]? _found; // from the first step on, since it may find the block damaged
    int _next;

    public override int Series => _found![_next - 1];

    public override void Dispose()
    {
    }

    protected override bool TryMoveNext()
    {
        _found ??= known?.Find(block, matchers) ?? block.Find(matchers);
        while (_next < _found.Length)
        {
            RightOfWay.StepAside();
            if (block.MayHaveSamples(_found[_next++], range))
                return true;
        }

        return false;
    }

    protected override void ReadKey(GrowingBytes key) => block.ReadKey(Series, key, _labels);
}

/// <summary>Those of a head window.</summary>
internal sealed class HeadWalk : SourceWalk
{
    readonly HeadHits _hits;
    readonly int[]? _order; // null: they are in the order of their labels already
    int _next;

    public HeadWalk(HeadHits hits)
    {
        (_hits, Index) = (hits, hits.Head.Index);
        if (hits.AreOrdered)
            return;
        _order = ArrayPool<int>.Shared.Rent(hits.Count);
        Sort(_order.AsSpan(0, hits.Count));
    }

    public SeriesIndex Index { get; }

    public override int Series => _hits.Series(Hit);

    public override LaneEnd Floats => _hits.Floats(Hit);

    int Hit => _order is null ? _next - 1 : _order[_next - 1];

    public override void Dispose()
    {
        if (_order is not null)
            ArrayPool<int>.Shared.Return(_order);
    }

    protected override bool TryMoveNext()
    {
        if (_next == _hits.Count)
            return false;
        RightOfWay.StepAside();
        _next++;
        return true;
    }

    protected override void ReadKey(GrowingBytes key) => Index.Key(Series, key);

    // The hits by the order of their series.
    void Sort(Span<int> order)
    {
        using var series = new Scratch<int>(order.Length);
        for (var i = 0; i < order.Length; i++)
            (order[i], series.Span[i]) = (i, _hits.Series(i));
        Index.SortByLabels(series.Span, order);
    }
}
