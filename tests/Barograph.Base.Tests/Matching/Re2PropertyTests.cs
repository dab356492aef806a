using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace Barograph.Base.Tests.Matching;

public sealed class Re2PropertyTests
{
    static Arbitrary<int> Seeds => Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary();

    [Fact]
    public void What_both_read_alike_matches_the_same_values_as_in_dotnet() => Prop.ForAll(Seeds, static seed =>
    {
        var maker = new PatternMaker(seed, common: true);
        var pattern = maker.Pattern();
        if (Dotnet(pattern) is not { } theirs)
            return;
        var ours = Re2.Parse(pattern);
        for (var i = 0; i < 20; i++)
        {
            // They take an emoji for two characters, so values have none.
            var value = maker.Value().Replace("😀", "x", StringComparison.Ordinal);
            Assert.True(theirs.IsMatch(value) == ours.IsMatch(value), $"seed {seed}: {pattern} of '{value}'");
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void Every_way_to_match_gives_the_same_answer() => Prop.ForAll(Seeds, static seed =>
    {
        var maker = new PatternMaker(seed, common: false);
        var pattern = maker.Pattern();
        var node = PatternParser.Parse(pattern, out var groups);
        var automaton = new Automaton(Simplifier.Simplify(node));
        var groupsOf = new CaptureFinder(node, groups.Count);
        var parsed = Re2.Parse(pattern);
        for (var i = 0; i < 20; i++)
        {
            var value = Encoding.UTF8.GetBytes(maker.Value());
            var found = groupsOf.Find(value);
            var byGroups = found.Length > 0;
            var place = $"seed {seed}: {pattern} of '{Encoding.UTF8.GetString(value)}'";
            Assert.True(found.AsSpan().SequenceEqual(groupsOf.FindByThreads(value)), $"groups, {place}");
            Assert.True(automaton.IsMatch(value) == byGroups, $"automaton, {place}");
            Assert.True(parsed.IsMatch(value) == byGroups, $"shortcut, {place}");
            if (byGroups && parsed.Literals is { } literals)
                Assert.True(literals.Any(literal => literal.AsSpan().SequenceEqual(value)), $"literals, {place}");
            else if (byGroups)
                Assert.True(parsed.Prefixes.Any(prefix => value.AsSpan().StartsWith(prefix)), $"prefixes, {place}");
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void Any_text_is_a_pattern_or_a_mistake_with_its_place() => Prop.ForAll(Seeds, static seed =>
    {
        var text = new PatternMaker(seed, common: false).Text();
        try
        {
            Re2.Parse(text).IsMatch("abc");
        }
        catch (Re2SyntaxException mistake)
        {
            Assert.InRange(mistake.Offset, 0, text.Length);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    // Null where it finds the pattern too large.
    static Regex? Dotnet(string pattern)
    {
        try
        {
            return new Regex($@"\A(?s:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }
}
