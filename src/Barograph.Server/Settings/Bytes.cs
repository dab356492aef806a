using System.Globalization;

namespace Barograph.Server.Settings;

/// <summary>Sizes as operators write them: a whole number and one of B, KB, MB, GB, TB (of 1024 each).</summary>
internal static class Bytes
{
    /// <summary>Reads a size; false when it is none.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var shift = text[digits..].ToUpperInvariant() switch { "" or "B" => 0, "KB" => 10, "MB" => 20, "GB" => 30, "TB" => 40, _ => -1 };
        var isNumber = long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        bytes = isNumber && shift >= 0 && number <= long.MaxValue >> shift ? number << shift : -1;
        return bytes >= 0;
    }
}
