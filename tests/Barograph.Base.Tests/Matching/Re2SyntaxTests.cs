namespace Barograph.Base.Tests.Matching;

/// <summary>What is taken, with its meaning, and what is refused, with its place.</summary>
public sealed class Re2SyntaxTests
{
    /// <summary>A pattern, values that match, values that do not.</summary>
    public static TheoryData<string, string[], string[]> Taken => new()
    {
        { "", [""], ["a"] },
        { "a|", ["a", ""], ["b"] },
        { "a.c", ["abc", "a\nc", "aéc", "a😀c"], ["ac", "abbc"] },
        { "(?-s)a.c", ["abc"], ["a\nc"] },
        { "(?i)straße|K", ["STRAßE", "strasſe".Replace("sſ", "ß"), "k", "\u212A", "STRA\u1E9EE"], ["strasse"] },
        { "(?i:a)b", ["Ab", "ab"], ["AB"] },
        { "a(?i)b|c", ["aB", "C"], ["AB"] },
        { "(a(?i)b)c", ["aBc"], ["aBC"] },
        { "(?U)a+", ["a", "aaa"], [""] },
        { "(?s-i:a.b)", ["a\nb"], ["A\nb"] },
        { "(?)a", ["a"], ["b"] },
        { "(?m)a$\n^b", ["a\nb"], ["ab"] },
        { "^a$", ["a"], ["a\n", "ba"] },
        { @"\Aa\z", ["a"], ["a\n"] },
        { "a^b", [], ["ab", "a^b"] },
        { @"\bfoo\b.*", ["foo", "foo bar", "foo-bar"], ["foobar", "foo_"] },
        { @"a\Bb", ["ab"], ["a"] },
        { @"é\bb", ["éb"], ["é b"] },
        { @"a\_b\-c\/d\.e\ f\""", ["a_b-c/d.e f\""], ["a-b-c/d.e f\""] },
        { @"[\_\-\]\\]+", ["_-]\\"], ["a"] },
        { @"\141\x41\x{1F600}\0\08", ["aA😀\0\08"], ["aA"] },
        { @"\777", ["\u01FF"], ["777"] },
        { @"\a\f\n\r\t\v", ["\a\f\n\r\t\v"], ["afnrtv"] },
        { @"\d+\D\s\S\w\W", ["42a b_-", "1é\t\n".Replace("\n", "xy!")], ["٤a b_-"] },
        { @"\s", [" ", "\t", "\n", "\f", "\r"], ["\v", "\u00A0"] },
        { @"(?i)\w", ["\u017F", "\u212A"], ["é"] },
        { "[[:alpha:]][[:^alpha:]]", ["a1", "Zé"], ["1a", "ab"] },
        { "[[:word:][:punct:]]+", ["a_9!~"], ["a b"] },
        { "[[:space:]]", ["\v", " "], ["a"] },
        { "[[:blank:][:xdigit:]]+", ["\t aF9"], ["g"] },
        { "[[:foo]+", [":", "[o"], ["]"] },
        { "[[.a.]]", ["[]", "a]", ".]"], ["a"] },
        { "[]a]", ["]", "a"], ["b"] },
        { "[^]a]", ["b", "\n"], ["]", "a"] },
        { "[a-]", ["a", "-"], ["b"] },
        { "[-a]", ["a", "-"], ["b"] },
        { @"[\d-z]+", ["1-z"], ["a"] },
        { "[a&&b]+", ["a&b"], ["c"] },
        { @"\pN\p{Lu}\PL\p{^L}", ["٤É11", "1A  "], ["aA11", "1aaa"] },
        { @"\p{Greek}+\P{Greek}", ["λόγοςx"], ["logos"] },
        { @"\p{^Greek}", ["a"], ["λ"] },
        { @"[\p{Han}\p{Hiragana}]+", ["日本のひ"], ["カタ"] },
        { @"[^\p{Latin}]", ["λ", "1"], ["a"] },
        { @"(?i)\p{Lu}", ["a", "A"], ["1"] },
        { @"\p{Any}+", ["a\n😀"], [""] },
        { @"\Qa.b*\E+", ["a.b*", "a.b**"], ["aXb", "a.b*a.b*"] },
        { @"\Q\E", [""], ["a"] },
        { @"\Q\\E", ["\\"], [""] },
        { "(?P<n>a)(?<m>b)(?P<n>c)", ["abc"], ["ab"] },
        { "a{2}b{1,2}c{0,}d{,2}", ["aabd{,2}", "aabbcccd{,2}"], ["abd{,2}", "aab"] },
        { "a{01}x{2", ["a{01}x{2"], ["ax{2"] },
        { "a{0}b", ["b"], ["ab"] },
        { "{", ["{"], [""] },
        { "a}]", ["a}]"], ["a"] },
        { "a*?b+?c??", ["b", "aabbc"], ["a"] },
        { "^*a", ["a"], ["^a"] },
        { @"\b+a", ["a"], [""] },
        { "a(?i)*b", ["aaB"], ["AB"] },
        { "(|a)*", ["", "aaa"], ["b"] },
        { "(?:(?:a{10}){10}){10}", [new string('a', 1000)], [new string('a', 999)] },
        { @"\x{D800}", [], ["a", ""] },
        { @"[^\x00-\x{10FFFF}]", [], ["", "a"] },
        { "[a-c]x|[^a-c]y", ["ax", "dy"], ["ay", "dx"] },
        { "(?:a|ab)(?:c|bcd)(?:d*)", ["abcd", "acd", "abcdd"], ["abd"] },
    };

    /// <summary>A pattern, where it is wrong (from 0), and a part of what is said.</summary>
    public static TheoryData<string, int, string> Refused => new()
    {
        { @"a\e", 1, @"RE2 has no escape '\e'" },
        { @"\u0061", 0, @"'\u'" },
        { @"\cA", 0, @"'\c'" },
        { @"\C", 0, @"'\C'" },
        { @"a\é", 1, @"'\é'" },
        { @"\Z", 0, @"'\Z'" },
        { @"\G", 0, @"'\G'" },
        { @"\h", 0, @"'\h'" },
        { @"\N", 0, @"'\N'" },
        { @"(a)\1", 3, "no references" },
        { @"\8", 0, "no references" },
        { @"[\b]", 1, @"'\b'" },
        { @"[\Qa\E]", 1, @"'\Q'" },
        { @"[a-\d]", 3, @"'\d'" },
        { @"a\", 1, "lone backslash" },
        { @"\Qa", 0, @"without its \E" },
        { "(?#c)a", 0, "'(?#'" },
        { "a(?x) b", 1, "'(?x'" },
        { "(?=a)", 0, "'(?='" },
        { "(?!a)", 0, "'(?!'" },
        { "(?<=a)", 0, "'(?<'" },
        { "(?<!a)", 0, "'(?<'" },
        { "(?>a)", 0, "'(?>'" },
        { "(?P=n)", 0, "'(?P'" },
        { "(?P>n)", 0, "'(?P'" },
        { "(?'n'a)", 0, "'(?''" },
        { "(?i-)a", 0, "'(?i-)'" },
        { "(?i--s)", 0, "'(?i--'" },
        { "(?P<n a>b)", 0, "name of a group" },
        { "(?P<>b)", 0, "name of a group" },
        { "(?P<n", 0, "name of a group" },
        { "(?<é>b)", 0, "name of a group" },
        { "x(a", 1, "without its ')'" },
        { "(?i", 0, "without its ')'" },
        { "a)", 1, "without its '('" },
        { "a)(b", 1, "without its '('" },
        { "x[a", 1, "without its ']'" },
        { "[]", 0, "without its ']'" },
        { "[^]", 0, "without its ']'" },
        { "[a-", 0, "without its ']'" },
        { "[z-a]", 1, "'z-a'" },
        { "[a--b]", 1, "'a--'" },
        { "[[:foo:]]", 1, "[:foo:]" },
        { @"\p{IsGreek}", 0, "'IsGreek'" },
        { @"a\p{greek}", 1, "'greek'" },
        { @"\pX", 0, "'X'" },
        { @"\p", 0, "without the name" },
        { @"\p{L", 0, "without its }" },
        { @"[\p{Foo}]", 1, "'Foo'" },
        { @"\x4", 0, @"\x41" },
        { @"\xg1", 0, @"\x41" },
        { @"\x{}", 0, @"\x41" },
        { @"\x{41", 0, @"\x41" },
        { @"\x{110000}", 0, "10FFFF" },
        { "*a", 0, "nothing before it" },
        { "a|*", 2, "nothing before it" },
        { "(+)", 1, "nothing before it" },
        { "(?i)*", 4, "nothing before it" },
        { "a**", 1, "'**'" },
        { "a*??", 1, "'*??'" },
        { "a{2}{3}", 1, "'{2}{3}'" },
        { "a++", 1, "'++'" },
        { "a{1001}", 1, "1000" },
        { "a{99999999999}", 1, "1000" },
        { "a{1,1001}", 1, "1000" },
        { "a{2,1}", 1, "'{2,1}'" },
        { "((a{100}){10}b){2}", 15, "1000" },
        { "(a{2,}){501}", 7, "1000" },
    };

    [Theory]
    [MemberData(nameof(Taken))]
    public void What_RE2_takes_is_taken_with_its_meaning(string pattern, string[] matches, string[] others)
    {
        var parsed = Re2.Parse(pattern);
        Assert.All(matches, value => Assert.True(parsed.IsMatch(value), $"{pattern} matches {value}"));
        Assert.All(others, value => Assert.False(parsed.IsMatch(value), $"{pattern} does not match {value}"));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_RE2_refuses_is_refused_with_the_place(string pattern, int offset, string reason)
    {
        var mistake = Assert.Throws<Re2SyntaxException>(() => Re2.Parse(pattern));
        Assert.Equal(offset, mistake.Offset);
        Assert.Contains(reason, mistake.Reason, StringComparison.Ordinal);
        Assert.Contains($"at character {offset + 1}", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused_with_the_place() =>
        Assert.Equal(1, Assert.Throws<Re2SyntaxException>(static () => Re2.Parse("a\uD800b")).Offset);

    [Fact]
    public void A_pattern_that_is_nested_too_deep_is_refused_and_a_deep_one_is_taken()
    {
        Assert.True(Re2.Parse($"{new string('(', 990)}a{new string(')', 990)}").IsMatch("a"));
        var mistake = Assert.Throws<Re2SyntaxException>(() => Re2.Parse($"{new string('(', 100_000)}a{new string(')', 100_000)}"));
        Assert.Contains("nested deeper than 1000", mistake.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_grows_too_large_is_refused()
    {
        var mistake = Assert.Throws<Re2SyntaxException>(() => Re2.Parse(string.Concat(Enumerable.Repeat("(?:ab?){1000}", 2000))));
        Assert.Contains("too large", mistake.Reason, StringComparison.Ordinal);
        Assert.True(mistake.Message.Length < 300, mistake.Message);
    }

    [Fact]
    public void The_place_in_a_long_pattern_is_shown_without_all_of_it()
    {
        var mistake = Assert.Throws<Re2SyntaxException>(() => Re2.Parse($"{new string('a', 50_000)}\\e{new string('b', 50_000)}"));
        Assert.Contains(@"aaa\ebbb", mistake.Message, StringComparison.Ordinal);
        Assert.True(mistake.Message.Length < 300, mistake.Message);
    }

    [Fact]
    public void Every_text_quoted_matches_itself_alone()
    {
        const string Text = @"a.b\c+d*e?(f|g)[h]{2}^$ é😀_-/";
        Assert.Equal([System.Text.Encoding.UTF8.GetBytes(Text)], Re2.Parse(Re2.Quote(Text)).Literals!);
        Assert.Equal("plain-text", Re2.Quote("plain-text"));
    }
}
