using System.Globalization;
using System.Text;

namespace Barograph.PromQL;

/// <summary>Durations as PromQL writes them: <c>1h30m</c>, units from the longest to the shortest, each at most once.</summary>
public static class Durations
{
    static readonly (string Unit, long Milliseconds)[] Units =
    [
        ("y", 365 * 24 * 3600_000L),
        ("w", 7 * 24 * 3600_000L),
        ("d", 24 * 3600_000L),
        ("h", 3600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];

    /// <summary>Reads a duration such as <c>1h30m</c> or <c>0s</c>.</summary>
    /// <returns>False when it is not one, or too long for 64 bits.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out long milliseconds)
    {
        milliseconds = 0;
        var next = 0;
        if (text.IsEmpty)
            return false;
        while (!text.IsEmpty)
        {
            var digits = 0;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
                digits++;
            if (!long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
                return false;
            text = text[digits..];
            var length = text.StartsWith("ms", StringComparison.Ordinal) ? 2 : 1;
            var unit = IndexOf(text[..Math.Min(length, text.Length)]);
            if (unit < next)
                return false;
            var part = (Int128)count * Units[unit].Milliseconds + milliseconds;
            if (part > long.MaxValue)
                return false;
            milliseconds = (long)part;
            next = unit + 1;
            text = text[length..];
        }

        return true;
    }

    /// <summary>Writes a duration with the largest units that fit.</summary>
    public static string Format(long milliseconds)
    {
        if (milliseconds == 0)
            return "0s";
        var text = new StringBuilder();
        foreach (var (unit, length) in Units)
        {
            // Years and weeks only for whole multiples: 13d reads better than 1w6d.
            if (unit is "y" or "w" && milliseconds % length != 0)
                continue;
            var count = milliseconds / length;
            if (count > 0)
                text.Append(count).Append(unit);
            milliseconds -= count * length;
        }

        return text.ToString();
    }

    static int IndexOf(ReadOnlySpan<char> unit)
    {
        for (var i = 0; i < Units.Length; i++)
        {
            if (unit.SequenceEqual(Units[i].Unit))
                return i;
        }

        return -1;
    }
}
