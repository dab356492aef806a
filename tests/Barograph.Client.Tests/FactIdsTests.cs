namespace Barograph.Client.Tests;

public sealed class FactIdsTests
{
    [Fact]
    public void No_id_comes_twice_from_many_threads_and_processes()
    {
        FactIds[] processes = [new(), new()];
        var ids = processes.AsParallel().SelectMany(static ids => Enumerable.Range(0, 8).AsParallel().SelectMany(_ => Enumerable.Range(0, 5_000).Select(_ => ids.Next()).ToArray())).ToArray();
        Assert.Equal(80_000, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ids, static id => Assert.Matches("^[0-9a-f]{32}$", id));
    }

    [Fact]
    public void Ids_that_follow_each_other_look_different()
    {
        var ids = new FactIds();
        var starts = Enumerable.Range(0, 1_000).Select(_ => ids.Next()[..6]).Distinct();
        Assert.True(starts.Count() > 990);
    }
}
