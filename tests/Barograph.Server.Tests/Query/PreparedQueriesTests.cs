using Barograph.PromQL;
using Barograph.Server.Query;

namespace Barograph.Server.Tests.Query;

/// <summary>What was parsed is not parsed again soon, and is not held for ever.</summary>
public sealed class PreparedQueriesTests
{
    readonly PreparedQueries _queries = new(QueryOptions.Default);

    [Fact]
    public void A_query_that_is_asked_again_is_the_one_from_before()
    {
        var first = _queries.Prepare("up == 1");
        Assert.Same(first, _queries.Prepare("up == 1"));
        Assert.NotSame(first, _queries.Prepare("up  == 1"));
    }

    [Fact]
    public void What_is_asked_again_and_again_outlives_what_is_asked_once()
    {
        var often = _queries.Prepare("often");
        for (var i = 0; i < 20 * PreparedQueries.Generation; i++)
        {
            _queries.Prepare($"once_{i}");
            if (i % 50 == 0)
                Assert.Same(often, _queries.Prepare("often"));
        }

        Assert.InRange(_queries.Count, PreparedQueries.Generation, 2 * PreparedQueries.Generation);
    }

    [Fact]
    public void What_is_not_asked_for_long_is_parsed_anew()
    {
        var once = _queries.Prepare("once");
        for (var i = 0; i < 2 * PreparedQueries.Generation; i++)
            _queries.Prepare($"other_{i}");
        Assert.NotSame(once, _queries.Prepare("once"));
    }

    [Fact]
    public void Very_long_texts_are_not_held()
    {
        var text = $"up{{job=\"{new string('a', PreparedQueries.LongestText)}\"}}";
        Assert.NotSame(_queries.Prepare(text), _queries.Prepare(text));
        Assert.Equal(0, _queries.Count);
    }

    [Fact]
    public void A_mistake_is_told_each_time()
    {
        for (var i = 0; i < 2; i++)
            Assert.Throws<PromQLSyntaxException>(() => _queries.Prepare("up{"));
        Assert.Equal(0, _queries.Count);
    }

    [Fact]
    public void Many_threads_ask_at_once() => Parallel.For(0, 5000, i => Assert.Equal($"m_{i % 300}", _queries.Prepare($"m_{i % 300}").Text));
}
