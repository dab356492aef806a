using System.Text;
using System.Text.RegularExpressions;

namespace Barograph.TimeSeries;

/// <summary>
/// Rewrites a pattern of RE2 (https://github.com/google/re2/wiki/Syntax) for the runtime's engine where the two read the same
/// text differently: ASCII classes, POSIX classes, quoting, named groups, code points, and the end of the text.
/// </summary>
internal static class Re2Syntax
{
    static readonly Dictionary<string, string> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z",
        ["alpha"] = "A-Za-z",
        ["ascii"] = @"\x00-\x7F",
        ["blank"] = @"\t ",
        ["cntrl"] = @"\x00-\x1F\x7F",
        ["digit"] = "0-9",
        ["graph"] = "!-~",
        ["lower"] = "a-z",
        ["print"] = " -~",
        ["punct"] = @"!-/:-@\[-`{-~",
        ["space"] = @"\t\n\v\f\r ",
        ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_",
        ["xdigit"] = "0-9A-Fa-f",
    };

    /// <exception cref="ArgumentException">It uses what RE2 does not have, or what the engine cannot do.</exception>
    public static string Translate(string pattern)
    {
        var text = new StringBuilder(pattern.Length + 16);
        var multiline = pattern.Contains("(?m", StringComparison.Ordinal) || pattern.Contains("(?sm", StringComparison.Ordinal);
        for (var i = 0; i < pattern.Length;)
        {
            switch (pattern[i])
            {
                case '\\':
                    i = Escape(pattern, i, text, inClass: false);
                    break;
                case '[':
                    i = Class(pattern, i, text);
                    break;
                case '$' when !multiline:
                    text.Append(@"\z");
                    i++;
                    break;
                case '(' when pattern.AsSpan(i).StartsWith("(?P<"):
                    text.Append("(?<");
                    i += 4;
                    break;
                default:
                    text.Append(pattern[i++]);
                    break;
            }
        }

        return text.ToString();
    }

    static int Class(string pattern, int start, StringBuilder text)
    {
        var i = start + 1;
        text.Append('[');
        if (i < pattern.Length && pattern[i] == '^')
            text.Append(pattern[i++]);
        for (var first = true; i < pattern.Length; first = false)
        {
            if (pattern[i] == ']' && !first)
            {
                text.Append(']');
                return i + 1;
            }

            if (pattern.AsSpan(i).StartsWith("[:") && pattern.IndexOf(":]", i, StringComparison.Ordinal) is > 0 and var end)
            {
                var name = pattern[(i + 2)..end];
                text.Append(PosixClasses.TryGetValue(name, out var members)
                    ? members
                    : throw Re2.Bad(pattern, $"there is no class [:{name}:]"));
                i = end + 2;
            }
            else if (pattern[i] == '\\')
            {
                i = Escape(pattern, i, text, inClass: true);
            }
            else
            {
                text.Append(pattern[i] is '[' or ']' ? "\\" : "").Append(pattern[i++]);
            }
        }

        throw Re2.Bad(pattern, "a '[' without its ']'");
    }

    static int Escape(string pattern, int start, StringBuilder text, bool inClass)
    {
        if (start + 1 == pattern.Length)
            throw Re2.Bad(pattern, "it ends in a lone backslash");
        var letter = pattern[start + 1];
        switch (letter)
        {
            case 'd' or 'w' or 's':
                var members = letter == 'd' ? "0-9" : letter == 'w' ? "0-9A-Za-z_" : @"\t\n\f\r ";
                text.Append(inClass ? members : $"[{members}]");
                return start + 2;
            case 'D' or 'W' or 'S' when !inClass:
                text.Append(letter == 'D' ? "[^0-9]" : letter == 'W' ? "[^0-9A-Za-z_]" : @"[^\t\n\f\r ]");
                return start + 2;
            case 'Q' when !inClass:
                var end = pattern.IndexOf(@"\E", start + 2, StringComparison.Ordinal);
                text.Append(Regex.Escape(end < 0 ? pattern[(start + 2)..] : pattern[(start + 2)..end]));
                return end < 0 ? pattern.Length : end + 2;
            case 'x' when pattern.AsSpan(start).StartsWith(@"\x{"):
                return CodePoint(pattern, start, text);
            case 'p' or 'P' when start + 2 < pattern.Length && pattern[start + 2] != '{':
                text.Append('\\').Append(letter).Append('{').Append(pattern[start + 2]).Append('}');
                return start + 3;
            case >= '1' and <= '9' or 'k' or 'G' or 'Z':
                throw Re2.Bad(pattern, $"there is no \\{letter} in RE2");
            default:
                text.Append('\\').Append(letter);
                return start + 2;
        }
    }

    static int CodePoint(string pattern, int start, StringBuilder text)
    {
        var end = pattern.IndexOf('}', start);
        if (end < 0 || !int.TryParse(pattern.AsSpan(start + 3, end - start - 3), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var point)
            || !Rune.IsValid(point))
            throw Re2.Bad(pattern, "a bad code point");
        text.Append(Regex.Escape(new Rune(point).ToString()));
        return end + 1;
    }
}
