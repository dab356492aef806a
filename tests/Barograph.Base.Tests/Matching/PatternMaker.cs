using System.Text;

namespace Barograph.Base.Tests.Matching;

/// <summary>Patterns, and values that have a chance to match, by chance of a seed.</summary>
/// <param name="seed">What it all comes from.</param>
/// <param name="common">Only what .NET reads the same way.</param>
internal sealed class PatternMaker(int seed, bool common)
{
    static readonly string[] Atoms =
        ["a", "b", "ab", "abc", ".", "é", "😀", "-", "1", @"\.", "[ab]", "[^a]", "[a-c1]", "(?:)", "a.c", "foo", @"\x41", @"\n", "[^ab]", "x", @"[\]\-]", "K"];

    static readonly string[] Own =
    [
        @"\d", @"\w", @"\s", @"\D", @"\W", @"\S", @"[\d_]", @"[^\w]", "[[:alpha:]]", "[[:^digit:]]", @"\pL", @"\p{Lu}", @"\P{Greek}", @"\p{^L}", @"\141", @"\_",
        @"\Qa.b\E", @"\b", @"\B", "^", "$", @"\A", @"\z", "λ", @"[^\n]", "(?i)", "(?-i)", "(?U)", "(?-s)", "(?m)", "(?s)",
    ];

    static readonly string[] Repeats = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}", "{0}"];

    static readonly string[] Letters = ["a", "b", "c", "A", "B", "K", "k", "\u212A", "é", "É", "λ", "😀", "1", "_", "-", ".", "\n", " ", "x", "foo", "ab", "a.b", "abc"];

    readonly Random _random = new(seed);

    public string Pattern() => Alternation(4);

    /// <summary>A text that looks like a pattern until it does not.</summary>
    public string Text()
    {
        const string Signs = @"()[]{}\\\\|*+?^$.,:-<>=!#0123456789abcdefgimnpqsuxzABDEPQSUWZéλ" + "\n";
        var text = new StringBuilder(_random.Next(2) == 0 ? "" : Pattern().Replace("😀", "x", StringComparison.Ordinal));
        for (var edits = _random.Next(1, 12); edits > 0; edits--)
            text.Insert(_random.Next(text.Length + 1), Signs[_random.Next(Signs.Length)]);
        return text.ToString();
    }

    public string Value() => string.Concat(Enumerable.Range(0, _random.Next(7)).Select(_ => Letters[_random.Next(Letters.Length)]));

    string Alternation(int depth) => string.Join('|', Enumerable.Range(0, _random.Next(10) < 6 ? 1 : _random.Next(1, 5)).Select(_ => Sequence(depth)));

    string Sequence(int depth)
    {
        var text = new StringBuilder();
        for (var items = _random.Next(4); items >= 0; items--)
            text.Append(Item(depth));
        return text.ToString();
    }

    string Item(int depth)
    {
        var (item, repeatable) = depth > 0 && _random.Next(3) == 0
            ? ($"{Opening()}{Alternation(depth - 1)})", true)
            : Atom();
        if (repeatable && _random.Next(3) == 0)
            item = $"{(item.Length > 1 ? $"(?:{item})" : item)}{Repeats[_random.Next(Repeats.Length)]}";
        return item;
    }

    (string Text, bool Repeatable) Atom()
    {
        if (common || _random.Next(2) == 0)
            return (Atoms[_random.Next(Atoms.Length)], true);
        var own = Own[_random.Next(Own.Length)];
        return (own, own[0] is not '(');
    }

    string Opening() => (common ? _random.Next(2) : _random.Next(5)) switch
    {
        0 => "(?:",
        1 or 2 => "(",
        3 => "(?i:",
        _ => $"(?P<n{_random.Next(100_000)}>",
    };
}
