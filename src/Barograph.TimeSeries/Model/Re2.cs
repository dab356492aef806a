using System.Text.RegularExpressions;

namespace Barograph.TimeSeries;

/// <summary>
/// Regular expressions in the syntax of RE2 (github.com/google/re2/wiki/Syntax), run by .NET's linear-time engine: what RE2 does not
/// know (back references, look-around, atomic groups, conditionals) is refused.
/// </summary>
public static class Re2
{
    const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <summary>Compiles a pattern that must match a whole value; <c>.</c> matches a line feed.</summary>
    /// <exception cref="ArgumentException">The pattern is not valid; the message has it as it was given, and says why.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            var translated = Re2Syntax.Translate(pattern);
            _ = new Regex(translated, Options); // alone first: its mistakes are told of itself, and a stray parenthesis cannot close ours
            return new Regex($@"\A(?s:{translated})\z", Options);
        }
        catch (RegexParseException cause)
        {
            throw Bad(pattern, Reason(cause), cause);
        }
        catch (NotSupportedException cause)
        {
            throw Bad(pattern, Reason(cause), cause);
        }
    }

    internal static ArgumentException Bad(string pattern, string reason, Exception? cause = null) => new($"bad regular expression '{pattern}': {reason}", cause);

    // "Invalid pattern '(' at offset 1. Not enough )'s.": the pattern is the translated one, and so is the place.
    static string Reason(RegexParseException mistake)
    {
        var place = $" at offset {mistake.Offset}. ";
        var end = mistake.Message.LastIndexOf(place, StringComparison.Ordinal);
        var reason = end < 0 ? mistake.Message : mistake.Message[(end + place.Length)..];
        return reason.Length > 1 ? $"{char.ToLowerInvariant(reason[0])}{reason[1..].TrimEnd('.')}" : reason;
    }

    // "… expressions containing: 'positive lookahead (?= or positive lookbehind (?<='", or how many states it would need.
    static string Reason(NotSupportedException mistake)
    {
        const string Named = "containing: '";
        var start = mistake.Message.IndexOf(Named, StringComparison.Ordinal);
        return start < 0 ? "it is too large" : $"there is no {mistake.Message[(start + Named.Length)..].TrimEnd('.', '\'')} in RE2";
    }
}
