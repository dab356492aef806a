using System.Text;

namespace Barograph.Base.Tests.Matching;

public sealed class Re2Tests
{
    [Fact]
    public void A_loop_in_a_loop_keeps_the_group_that_upstream_keeps() =>
        Assert.Equal("Aab ", new Re2Template(Re2.Parse("(?:(?P<n>[a-zA-Z ]*?))*?"), "$n").Expand("Aab "));

    [Fact]
    public void Thousands_of_alternatives_are_a_set_with_escapes_endings_and_groups()
    {
        string[] names = [.. Enumerable.Range(0, 5000).Select(static i => $"web-{i}.prod.example.com")];
        var escaped = string.Join('|', names.Select(Re2.Quote));
        Assert.True(escaped.Length > 100_000);
        Assert.Equal(5000, Re2.Parse(escaped).Literals!.Count);
        Assert.Equal(5000, Re2.Parse($"^(?:{escaped})$").Literals!.Count);
        Assert.Equal(10_000, Re2.Parse($"({escaped}):(9100|9200)").Literals!.Count);
        var parsed = Re2.Parse($"(?:{escaped})(:9100)?");
        Assert.All(names, name => Assert.True(parsed.IsMatch(name) && parsed.IsMatch($"{name}:9100")));
        Assert.False(parsed.IsMatch("web-1xprod.example.com"));
        Assert.False(parsed.IsMatch("web-5000.prod.example.com"));
        Assert.False(Re2.Parse($"{escaped}|.*x").IsMatch("web-5000.prod.example.com"));
        Assert.Equal("7", new Re2Template(Re2.Parse($"({escaped})-(.)"), "$2").Expand($"{names[4321]}-7"));
    }

    [Fact]
    public void Alternatives_in_any_case_are_a_set_too()
    {
        var parsed = Re2.Parse($"(?i){string.Join('|', Enumerable.Range(0, 5000).Select(static i => $"Straße-{i}k"))}");
        Assert.True(parsed.IsMatch("STRAßE-4999K"));
        Assert.True(parsed.IsMatch("stra\u1E9Ee-0\u212A")); // the capital ß, the sign for kelvin
        Assert.False(parsed.IsMatch("STRASSE-1K"));
        Assert.False(parsed.IsMatch("straße-5000k"));
    }

    [Theory]
    [InlineData("a|b", "a b", null)]
    [InlineData("ab[12](x|y)?", "ab1 ab1x ab1y ab2 ab2x ab2y", null)]
    [InlineData("(?i)ab", "AB Ab aB ab", null)]
    [InlineData("a{3}", "aaa", null)]
    [InlineData("(^a$|^b)", "a b", null)]
    [InlineData("web-.*", null, "web-")]
    [InlineData("(web|db)-[0-9].*", null, "db-0 db-1 db-2 db-3 db-4 db-5 db-6 db-7 db-8 db-9 web-0 web-1 web-2 web-3 web-4 web-5 web-6 web-7 web-8 web-9")]
    [InlineData("(web|we|db.*)x*", null, "db we")]
    [InlineData("a{2,}b", null, "aa")]
    [InlineData("a|b.*|c+", null, "a b c")]
    [InlineData("x?.*", null, "")]
    [InlineData(".*a", null, "")]
    [InlineData(@"\bfoo", null, "")]
    public void What_matches_are_or_begin_with_is_known(string pattern, string? literals, string? prefixes)
    {
        var parsed = Re2.Parse(pattern);
        Assert.Equal(literals, parsed.Literals is null ? null : string.Join(' ', parsed.Literals.Select(Encoding.UTF8.GetString)));
        if (prefixes is not null)
            Assert.Equal(prefixes, string.Join(' ', parsed.Prefixes.Select(Encoding.UTF8.GetString)));
    }

    [Fact]
    public void Products_that_grow_too_large_are_matched_without_being_written_out()
    {
        var parsed = Re2.Parse(string.Join('|', Enumerable.Range(0, 300).Select(static i => $"[0-9a-f]{{8}}-{i}")));
        Assert.Null(parsed.Literals);
        Assert.True(parsed.Prefixes.Count <= 40_000);
        Assert.True(parsed.IsMatch("0123abcd-299"));
        Assert.False(parsed.IsMatch("0123abcd-300"));
    }

    [Fact]
    public void A_pattern_of_very_many_states_stays_within_its_memory_and_is_right()
    {
        // Which of the last 15 were an a: more than 30,000 states, and each text goes through others.
        var automaton = new Automaton(Simplifier.Simplify(PatternParser.Parse("[ab]*a[ab]{14}", out _)));
        var random = new Random(1);
        for (var round = 0; round < 20; round++)
        {
            var text = new byte[20_000];
            for (var i = 0; i < text.Length; i++)
                text[i] = random.Next(2) == 0 ? (byte)'a' : (byte)'b';
            Assert.Equal(text[^15] == 'a', automaton.IsMatch(text));
            foreach (var at in Enumerable.Range(0, 300).Select(i => i * 60))
                Assert.Equal(text[at + 60 - 15] == 'a', automaton.IsMatch(text.AsSpan(at, 60)));
        }

        Assert.InRange(automaton.StateCount, 1, 20_000);
    }

    [Fact]
    public void Many_threads_use_one_pattern_while_its_states_are_made_and_thrown_away()
    {
        var parsed = Re2.Parse(@"[ab]*a[ab]{12}(\d+|é)?");
        var template = new Re2Template(parsed, "$1");
        Parallel.For(0, 400, seed =>
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, 60).Select(_ => random.Next(2) == 0 ? 'a' : 'b'));
            var matches = text[^13] == 'a';
            Assert.Equal(matches, parsed.IsMatch(text));
            Assert.Equal(matches ? "17" : null, template.Expand($"{text}17"));
            Assert.Equal(matches ? "é" : null, template.Expand($"{text}é"));
        });
    }

    [Theory]
    [InlineData("(a+)(b*)", "$1-$2-$0", "aab", "aa-b-aab")]
    [InlineData("(a*?)(a*)", "$1-$2", "aa", "-aa")]
    [InlineData("(?U)(a*)(a*)", "$1-$2", "aa", "-aa")]
    [InlineData("(a|ab)(c|bcd)(d*)", "$1-$2-$3", "abcd", "a-bcd-")]
    [InlineData("(?:(a)|(b))+", "$1-$2", "ab", "a-b")]
    [InlineData("(a*)+", "<$1>", "aa", "<aa>")]
    [InlineData("(|a)+", "<$1>", "aa", "<a>")]
    [InlineData("(?P<x>é)(?<y>.)", "${y}$x$1_${2}!", "é😀", "😀é😀!")]
    [InlineData("(?P<n>a)?(?P<n>b)", "$n", "b", "b")]
    [InlineData("(.*)", "$$1 $ ${1", "v", "$1 $ ${1")]
    [InlineData("(.*)", "$1x ${1}x $9 $01 $é", "v", " vx   ")]
    [InlineData(@"(\w+)\b.(\w+)", "$2 $1", "foo-bar", "bar foo")]
    [InlineData("((((a))))", "$4", "a", "a")]
    [InlineData("(.*)", "fixed", "v", "fixed")]
    [InlineData("(x)", "$1", "v", null)]
    [InlineData("()", "<$1>", "", "<>")]
    public void A_template_takes_the_groups_of_the_match_that_Perl_would_find(string pattern, string template, string value, string? expected) =>
        Assert.Equal(expected, new Re2Template(Re2.Parse(pattern), template).Expand(value));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_a_replacement_character_each_and_break_nothing()
    {
        byte[] value = [(byte)'a', 0xFF, 0xC3, (byte)'b'];
        Assert.True(Re2.Parse("a.*b").IsMatch(value));
        Assert.True(Re2.Parse(@"a[^\w]+b").IsMatch(value));
        Assert.False(Re2.Parse(@"(?i)a|ab").IsMatch(value));
        Assert.False(Re2.Parse(@"\w+").IsMatch(value));
    }
}
