using System.Text.RegularExpressions;

namespace Barograph.TimeSeries;

/// <summary>
/// Regular expressions in the syntax of RE2 (github.com/google/re2/wiki/Syntax), run by .NET's linear-time engine: what RE2 does not
/// know (back references, look-around, atomic groups, conditionals) is refused.
/// </summary>
public static class Re2
{
    /// <summary>Compiles a pattern that must match a whole value; <c>.</c> matches a line feed.</summary>
    /// <exception cref="ArgumentException">The pattern is not valid; the message says why.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            return new Regex($@"\A(?s:{Re2Syntax.Translate(pattern)})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException cause)
        {
            throw new ArgumentException($"The regular expression '{pattern}' is not supported: {cause.Message}", nameof(pattern), cause);
        }
    }
}
