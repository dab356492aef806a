using System.Globalization;

namespace Barograph.Server.Settings;

/// <summary>Times as operators write them: a whole number and one of ms, s, m, h, d, w, y (365 d), joined: <c>1h30m</c>.</summary>
internal static class Duration
{
    static readonly (string Suffix, double Milliseconds)[] Units =
        [("ms", 1), ("s", 1e3), ("m", 60e3), ("h", 3600e3), ("d", 86_400e3), ("w", 7 * 86_400e3), ("y", 365 * 86_400e3)];

    /// <summary>Reads a time; false when it is not one or is longer than 200 years.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        double totalMs = 0;
        var at = 0;
        while (at < text.Length)
        {
            var digits = at;
            while (digits < text.Length && char.IsAsciiDigit(text[digits]))
                digits++;
            var letters = digits;
            while (letters < text.Length && char.IsAsciiLetter(text[letters]))
                letters++;
            var suffix = text[digits..letters];
            var unit = Array.FindIndex(Units, candidate => candidate.Suffix == suffix);
            if (digits == at || unit < 0
                || !double.TryParse(text.AsSpan(at, digits - at), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return false;
            totalMs += number * Units[unit].Milliseconds;
            at = letters;
        }

        if (at == 0 || totalMs > 200 * 365 * 86_400e3)
            return false;
        duration = TimeSpan.FromMilliseconds(totalMs);
        return true;
    }
}
