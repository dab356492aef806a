using System.Globalization;

namespace Barograph.Base;

/// <summary>Simple case folding of Unicode: which code points are one but for case. Read at first use.</summary>
internal static class CaseFolding
{
    static readonly Lazy<Dictionary<int, int[]>> Orbits = new(Read);

    static readonly Lazy<int[]> Cased = new(static () => [.. Orbits.Value.Keys.Order()]);

    /// <summary>The code points that differ from this one only by case, itself among them, ascending; empty when it has no case.</summary>
    public static ReadOnlySpan<int> Orbit(int rune) => Orbits.Value.TryGetValue(rune, out var orbit) ? orbit : [];

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

    static Dictionary<int, int[]> Read()
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

        return members.Values.SelectMany(static orbit => orbit.Select(rune => (rune, orbit)))
            .ToDictionary(static pair => pair.rune, static pair => pair.orbit.ToArray());
    }
}
