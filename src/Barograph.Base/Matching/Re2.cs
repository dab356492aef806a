using System.Buffers;
using System.Text;

namespace Barograph.Base;

/// <summary>
/// A regular expression in RE2's syntax that must match a whole value; a dot matches a line feed. Values are UTF-8, and taken by code points. A match takes
/// time that is linear in the value, whatever the pattern. Any number of threads may use it.
/// </summary>
public sealed class Re2
{
    const int OnStack = 512;

    static readonly SearchValues<char> Operators = SearchValues.Create(@"\.+*?()|[]{}^$");

    readonly Node _node;
    readonly LiteralSet? _literals;
    readonly FoldedLiterals? _folded;
    readonly Glob? _glob;
    readonly Lazy<Automaton> _automaton;
    readonly byte[] _prefix = [];
    CaptureFinder? _finder; // one that nobody uses just now

    Re2(string pattern, Node node, IReadOnlyList<string> groups)
    {
        (Pattern, _node, Groups) = (pattern, node, groups);
        var simplified = Simplifier.Simplify(node);
        _automaton = new(() => new Automaton(simplified));
        var leading = LeadingLiterals.Of(simplified);
        if (leading.Begun.Count == 0)
        {
            _literals = new LiteralSet(leading.Whole);
            return;
        }

        Prefixes = LiteralSet.Shortest(leading.Whole.Concat(leading.Begun));
        _prefix = Prefixes[0][..Prefixes[0].AsSpan().CommonPrefixLength(Prefixes[^1])]; // they are sorted
        _glob = Glob.Of(simplified);
        _folded = _glob is null ? FoldedLiterals.Of(simplified) : null;
    }

    /// <summary>The pattern as it was given.</summary>
    public string Pattern { get; }

    /// <summary>The names of the groups by their number, "" for those without one; number 0 is the whole match.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>All values that match, in the order of their bytes, when there are finitely many and they are known.</summary>
    public IReadOnlyList<byte[]>? Literals => _literals?.Texts;

    /// <summary>
    /// Where <see cref="Literals"/> is null: every match begins with one of these, which are in the order of their bytes, and none of them begins with another.
    /// The empty one says nothing.
    /// </summary>
    public IReadOnlyList<byte[]> Prefixes { get; } = [[]];

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="Re2SyntaxException">It is none of RE2, or too large; it says where and why.</exception>
    public static Re2 Parse(string pattern)
    {
        var node = PatternParser.Parse(pattern, out var groups);
        return new(pattern, node, groups);
    }

    /// <summary>Reads a pattern and keeps nothing of it.</summary>
    /// <exception cref="Re2SyntaxException">As <see cref="Parse"/>.</exception>
    public static void Check(string pattern) => PatternParser.Parse(pattern, out _);

    /// <summary>The pattern that matches one value.</summary>
    public static Re2 Literal(string value) => new(Quote(value), new LiteralNode([.. value.EnumerateRunes().Select(static rune => rune.Value)]), [""]);

    /// <summary>A text as a pattern that matches it.</summary>
    public static string Quote(string text)
    {
        if (!text.AsSpan().ContainsAny(Operators))
            return text;
        var quoted = new StringBuilder(text.Length + 8);
        foreach (var sign in text)
            quoted.Append(Operators.Contains(sign) ? "\\" : "").Append(sign);
        return quoted.ToString();
    }

    /// <summary>Whether a value in UTF-8 matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> value)
    {
        if (_literals is not null)
            return _literals.Contains(value);
        if (_glob is not null)
            return _glob.IsMatch(value);
        if (_folded is not null)
            return _folded.IsMatch(value);
        return value.StartsWith(_prefix) && _automaton.Value.IsMatch(value);
    }

    /// <summary>Whether a value matches.</summary>
    public bool IsMatch(string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var rented = most > OnStack ? ArrayPool<byte>.Shared.Rent(most) : null;
        Span<byte> text = rented ?? stackalloc byte[OnStack];
        var matches = IsMatch(text[..Encoding.UTF8.GetBytes(value, text)]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return matches;
    }

    /// <summary>Start and end of each group in bytes; -1 for one that took no part. Empty when the value does not match.</summary>
    internal int[] FindGroups(ReadOnlySpan<byte> value)
    {
        if (!IsMatch(value))
            return [];
        var finder = Interlocked.Exchange(ref _finder, null) ?? new CaptureFinder(_node, Groups.Count);
        var found = finder.Find(value);
        Volatile.Write(ref _finder, finder);
        return found;
    }
}
