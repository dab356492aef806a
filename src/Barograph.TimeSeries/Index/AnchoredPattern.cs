using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Barograph.TimeSeries;

/// <summary>
/// A regular expression that must match the whole value. The forms that dashboards use (a literal, alternatives, a prefix,
/// "anything") are compared directly; the rest runs on the linear-time engine.
/// </summary>
internal sealed class AnchoredPattern
{
    const int PatternLengthLimit = 16 << 10;
    const string Special = @"\.+*?()|[]{}^$";

    readonly byte[][]? _literals; // sorted
    readonly byte[] _prefix = [];
    readonly bool _needsMore; // ".+" after the prefix, not ".*"
    readonly Regex? _regex;

    AnchoredPattern(IEnumerable<string> literals)
    {
        _literals = literals.Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes).ToArray();
        Array.Sort(_literals, static (left, right) => left.AsSpan().SequenceCompareTo(right));
    }

    AnchoredPattern(string prefix, bool needsMore) => (_prefix, _needsMore) = (Encoding.UTF8.GetBytes(prefix), needsMore);

    AnchoredPattern(Regex regex) => _regex = regex;

    /// <summary>All values that match, sorted by bytes, when there are finitely many and they are known.</summary>
    public IReadOnlyList<byte[]>? Literals => _literals;

    /// <summary>Whether every value matches that is not empty (and the empty one unless <c>.+</c>).</summary>
    public bool MatchesAnything => _literals is null && _regex is null && _prefix.Length == 0;

    public static AnchoredPattern Literal(string value) => new([value]);

    /// <exception cref="ArgumentException">Not a pattern of RE2.</exception>
    public static AnchoredPattern Parse(string pattern)
    {
        if (pattern.Length > PatternLengthLimit)
            throw Re2.Bad($"{pattern[..40]}…", $"it has {pattern.Length} characters; {PatternLengthLimit} are allowed");
        var alternatives = pattern.StartsWith('(') && pattern.EndsWith(')') && pattern.IndexOf(')') == pattern.Length - 1
            ? pattern[(pattern.StartsWith("(?:", StringComparison.Ordinal) ? 3 : 1)..^1]
            : pattern;
        if (TryReadLiterals(alternatives, out var literals))
            return new AnchoredPattern(literals);
        if (pattern.EndsWith(".*", StringComparison.Ordinal) && TryReadLiteral(pattern[..^2], out var prefix))
            return new AnchoredPattern(prefix, needsMore: false);
        if (pattern.EndsWith(".+", StringComparison.Ordinal) && TryReadLiteral(pattern[..^2], out prefix))
            return new AnchoredPattern(prefix, needsMore: true);
        return new AnchoredPattern(Re2.Compile(pattern));
    }

    public bool IsMatch(string value)
    {
        if (_regex is not null)
            return _regex.IsMatch(value);
        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        var matches = IsMatch(rented.AsSpan(0, Encoding.UTF8.GetBytes(value, rented)));
        ArrayPool<byte>.Shared.Return(rented);
        return matches;
    }

    public bool IsMatch(ReadOnlySpan<byte> value)
    {
        if (_literals is not null)
            return IsLiteral(value);
        if (_regex is null)
            return value.StartsWith(_prefix) && (!_needsMore || value.Length > _prefix.Length);
        if (value.Length <= 256)
        {
            Span<char> text = stackalloc char[256];
            return _regex.IsMatch(text[..Encoding.UTF8.GetChars(value, text)]);
        }

        return _regex.IsMatch(Encoding.UTF8.GetString(value));
    }

    bool IsLiteral(ReadOnlySpan<byte> value)
    {
        var low = 0;
        var high = _literals!.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = value.SequenceCompareTo(_literals[middle]);
            if (order == 0)
                return true;
            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return false;
    }

    static bool TryReadLiterals(string pattern, out List<string> literals)
    {
        literals = [];
        var start = 0;
        for (var i = 0; i <= pattern.Length; i++)
        {
            if (i < pattern.Length && pattern[i] == '\\')
            {
                i++;
                continue;
            }

            if (i < pattern.Length && pattern[i] != '|')
                continue;
            if (!TryReadLiteral(pattern[start..i], out var literal))
                return false;
            literals.Add(literal);
            start = i + 1;
        }

        return true;
    }

    /// <summary>A pattern without operators, its escapes undone.</summary>
    static bool TryReadLiteral(string pattern, out string literal)
    {
        literal = "";
        var text = new StringBuilder(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                if (++i == pattern.Length || char.IsAsciiLetterOrDigit(pattern[i]) || pattern[i] > '~')
                    return false; // a class or a control character, not an escaped sign
            }
            else if (Special.Contains(pattern[i]))
            {
                return false;
            }

            text.Append(pattern[i]);
        }

        literal = text.ToString();
        return true;
    }
}
