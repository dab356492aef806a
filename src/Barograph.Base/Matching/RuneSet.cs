namespace Barograph.Base;

/// <summary>A set of code points, surrogates included: sorted ranges that do not touch. Equal when they have the same members.</summary>
internal sealed class RuneSet : IEquatable<RuneSet>
{
    /// <summary>The last code point.</summary>
    public const int Last = 0x10FFFF;

    readonly int[] _bounds; // first and last of each range, by turns
    readonly ulong _low, _high; // ASCII as bits

    RuneSet(int[] bounds)
    {
        _bounds = bounds;
        for (var i = 0; i < bounds.Length && bounds[i] < 128; i += 2)
        {
            for (var rune = bounds[i]; rune <= Math.Min(bounds[i + 1], 127); rune++)
            {
                if (rune < 64)
                    _low |= 1ul << rune;
                else
                    _high |= 1ul << rune;
            }
        }
    }

    public static RuneSet Empty { get; } = new([]);

    public static RuneSet All { get; } = Range(0, Last);

    public static RuneSet LineFeed { get; } = Of('\n');

    public static RuneSet AllButLineFeed { get; } = LineFeed.Negate();

    /// <summary>What a word is made of: <c>[0-9A-Za-z_]</c>.</summary>
    public static RuneSet Word { get; } = Union(Range('0', '9'), Range('A', 'Z'), Of('_'), Range('a', 'z'));

    /// <summary>First and last of each range, by turns, ascending.</summary>
    public ReadOnlySpan<int> Bounds => _bounds;

    /// <summary>How many code points are in it.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            for (var i = 0; i < _bounds.Length; i += 2)
                count += _bounds[i + 1] - _bounds[i] + 1;
            return count;
        }
    }

    public IEnumerable<int> Members
    {
        get
        {
            for (var i = 0; i < _bounds.Length; i += 2)
            {
                for (var rune = _bounds[i]; rune <= _bounds[i + 1]; rune++)
                    yield return rune;
            }
        }
    }

    public static RuneSet Of(int rune) => Range(rune, rune);

    public static RuneSet Range(int first, int last) => new([first, last]);

    /// <summary>What is in any of these ranges, which may overlap and come in any order.</summary>
    public static RuneSet Of(List<(int First, int Last)> ranges)
    {
        ranges.Sort();
        var bounds = new List<int>(ranges.Count * 2);
        foreach (var (first, last) in ranges)
        {
            if (bounds.Count > 0 && first <= bounds[^1] + 1)
                bounds[^1] = Math.Max(bounds[^1], last);
            else
                bounds.AddRange([first, last]);
        }

        return new([.. bounds]);
    }

    public static RuneSet Union(params ReadOnlySpan<RuneSet> sets)
    {
        var ranges = new List<(int, int)>();
        foreach (var set in sets)
            set.AddTo(ranges);
        return Of(ranges);
    }

    public void AddTo(List<(int First, int Last)> ranges)
    {
        for (var i = 0; i < _bounds.Length; i += 2)
            ranges.Add((_bounds[i], _bounds[i + 1]));
    }

    public bool Contains(int rune)
    {
        if (rune < 128)
            return ((rune < 64 ? _low >> rune : _high >> (rune - 64)) & 1) != 0;
        var place = Array.BinarySearch(_bounds, rune);
        return place >= 0 || (~place & 1) != 0; // a bound, or between a first and its last
    }

    public RuneSet Negate()
    {
        var bounds = new List<int>(_bounds.Length + 2);
        var next = 0;
        for (var i = 0; i < _bounds.Length; i += 2)
        {
            if (_bounds[i] > next)
                bounds.AddRange([next, _bounds[i] - 1]);
            next = _bounds[i + 1] + 1;
        }

        if (next <= Last)
            bounds.AddRange([next, Last]);
        return new([.. bounds]);
    }

    /// <summary>With everything that differs from a member only by case.</summary>
    public RuneSet Folded()
    {
        var ranges = new List<(int, int)>();
        AddTo(ranges);
        var own = ranges.Count;
        for (var i = 0; i < _bounds.Length; i += 2)
        {
            foreach (var cased in CaseFolding.CasedWithin(_bounds[i], _bounds[i + 1]))
            {
                foreach (var other in CaseFolding.Orbit(cased))
                    ranges.Add((other, other));
            }
        }

        return ranges.Count == own ? this : Of(ranges);
    }

    public bool Equals(RuneSet? other) => other is not null && _bounds.AsSpan().SequenceEqual(other._bounds);

    public override bool Equals(object? obj) => Equals(obj as RuneSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var bound in _bounds)
            hash.Add(bound);
        return hash.ToHashCode();
    }
}
