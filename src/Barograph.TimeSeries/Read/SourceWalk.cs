using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>Goes through the series that match in one source of a select, in the order of their labels.</summary>
internal abstract class SourceWalk : IDisposable
{
    /// <summary>Whether all were gone through.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>The series' number in its source.</summary>
    public abstract int Series { get; }

    /// <summary>Where its floats end, in a head window.</summary>
    public virtual LaneEnd Floats => default;

    /// <summary>The raw bytes of its labels, valid until the next one.</summary>
    public abstract ReadOnlySpan<byte> Key { get; }

    /// <summary>Steps to the next series, or to the end.</summary>
    /// <exception cref="CorruptBlockException">It cannot be read; this was the last one.</exception>
    public void MoveNext()
    {
        AtEnd = true;
        AtEnd = !TryMoveNext();
    }

    public abstract void Dispose();

    protected abstract bool TryMoveNext();
}

/// <summary>Those of a block, whose numbers are in that order.</summary>
internal sealed class BlockWalk(Block block, IReadOnlyList<Matcher> matchers, TimeRange range) : SourceWalk
{
    readonly GrowingBytes _key = new();
    readonly List<(int Column, int Value)> _labels = [];
    int[]? _found; // from the first step on, since it may find the block damaged
    int _next;

    public override int Series => _found![_next - 1];

    public override ReadOnlySpan<byte> Key => _key.Written;

    public override void Dispose()
    {
    }

    protected override bool TryMoveNext()
    {
        _found ??= block.Find(matchers);
        while (_next < _found.Length)
        {
            RightOfWay.StepAside();
            var series = _found[_next++];
            if (!block.MayHaveSamples(series, range))
                continue;
            block.ReadKey(series, _key, _labels);
            return true;
        }

        return false;
    }
}

/// <summary>Those of a head window.</summary>
internal sealed class HeadWalk : SourceWalk
{
    // Below this, sorting by labels costs less than looking after ranks.
    const int FewSeries = 256;

    readonly HeadHits _hits;
    readonly SeriesIndex _index;
    readonly GrowingBytes _key = new();
    readonly int[] _order;
    int _next;

    public HeadWalk(HeadHits hits)
    {
        (_hits, _index) = (hits, hits.Head.Index);
        _order = ArrayPool<int>.Shared.Rent(hits.Count);
        Sort(_order.AsSpan(0, hits.Count));
    }

    public override int Series => _hits.Series(_order[_next - 1]);

    public override LaneEnd Floats => _hits.Floats(_order[_next - 1]);

    public override ReadOnlySpan<byte> Key => _key.Written;

    public override void Dispose() => ArrayPool<int>.Shared.Return(_order);

    protected override bool TryMoveNext()
    {
        if (_next == _hits.Count)
            return false;
        RightOfWay.StepAside();
        _next++;
        _index.Key(Series, _key);
        return true;
    }

    void Sort(Span<int> order)
    {
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        if (order.Length < FewSeries)
        {
            order.Sort((left, right) => _index.Compare(_hits.Series(left), _hits.Series(right)));
            return;
        }

        var ranks = _index.Ranks.Of(_index.Count);
        using var places = new Scratch<int>(order.Length);
        for (var i = 0; i < order.Length; i++)
            places.Span[i] = ranks[_hits.Series(i)];
        places.Span.Sort(order);
    }
}
