using System.Globalization;

namespace Barograph.Base;

/// <summary>Simple case folding of Unicode: which code points are one but for case. Read at first use.</summary>
internal static class CaseFolding
{
    static readonly Lazy<Dictionary<int, (int[] Members, RuneSet Set)>> Orbits = new(Read);

    static readonly Lazy<int[]> Cased = new(static () => [.. Orbits.Value.Keys.Order()]);

    /// <summary>The code points that differ from this one only by case, itself among them, ascending; empty when it has no case.</summary>
    public static ReadOnlySpan<int> Orbit(int rune) => Orbits.Value.TryGetValue(rune, out var orbit) ? orbit.Members : [];

    /// <summary>A code point and those that differ from it only by case.</summary>
    public static RuneSet SetOf(int rune) => Orbits.Value.TryGetValue(rune, out var orbit) ? orbit.Set : RuneSet.Of(rune);

    /// <summary>The smallest of the code points that differ from this one only by case.</summary>
    public static int Smallest(int rune)
    {
        if (rune < 128)
            return rune is >= 'a' and <= 'z' ? rune - 32 : rune;
        return Orbit(rune) is [var smallest, ..] ? smallest : rune;
    }

    /// <summary>The code points of a range that have a case, ascending.</summary>
    public static ReadOnlySpan<int> CasedWithin(int first, int last)
    {
        var start = LowerBound(first);
        return Cased.Value.AsSpan(start..LowerBound(last + 1));
    }

    static int LowerBound(int rune)
    {
        var place = Array.BinarySearch(Cased.Value, rune);
        return place < 0 ? ~place : place;
    }

    static Dictionary<int, (int[] Members, RuneSet Set)> Read()
    {
        var members = new Dictionary<int, SortedSet<int>>();
        foreach (var run in UnicodeData.Folds.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var numbers = run.Split('+', '/', '-').Select(static text => int.Parse(text, NumberStyles.HexNumber)).ToArray();
            for (var i = 0; i < numbers[1]; i++)
            {
                var rune = numbers[0] + i * numbers[2];
                var smallest = rune - numbers[3];
                if (!members.TryGetValue(smallest, out var orbit))
                    members.Add(smallest, orbit = [smallest]);
                orbit.Add(rune);
            }
        }

        var orbits = new Dictionary<int, (int[], RuneSet)>();
        foreach (var orbit in members.Values)
        {
            var known = (orbit.ToArray(), RuneSet.Of([.. orbit.Select(static rune => (rune, rune))]));
            foreach (var rune in orbit)
                orbits.Add(rune, known);
        }

        return orbits;
    }
}
