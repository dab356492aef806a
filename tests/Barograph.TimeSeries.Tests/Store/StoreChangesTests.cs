using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class StoreChangesTests
{
    [Fact]
    public void Nothing_has_changed_since_the_newest_version()
    {
        var changes = new StoreChanges();
        Assert.Equal(long.MaxValue, changes.OldestSince(changes.Version));
        changes.Note(5);
        Assert.Equal(5, changes.OldestSince(0));
        Assert.Equal(long.MaxValue, changes.OldestSince(changes.Version));
    }

    [Fact]
    public void What_is_told_is_the_oldest_change_since_a_version()
    {
        const int Seed = 4;
        var random = new Random(Seed);
        var (changes, noted) = (new StoreChanges(), new List<long>());
        for (var i = 0; i < 1500; i++)
        {
            var time = random.Next(10) == 0 ? random.Next(i + 1) : i;
            changes.Note(time);
            noted.Add(time);
            var since = random.Next(i + 1);
            Assert.Equal(noted.Skip(since).Min(), changes.OldestSince(since));
        }
    }

    [Fact]
    public void After_very_many_changes_too_old_a_time_may_be_told_but_never_too_new_a_one()
    {
        var changes = new StoreChanges();
        for (var i = 1; i <= 20_000; i++)
            changes.Note(i);
        for (var since = 0; since < 20_000; since += 97)
            Assert.InRange(changes.OldestSince(since), 1, since + 1);
        Assert.Equal(20_000, changes.OldestSince(19_999));
        Assert.InRange(changes.OldestSince(19_000), 18_000, 19_001);
    }

    [Fact]
    public async Task Appends_and_deletes_are_noted_before_they_are_acknowledged()
    {
        using var folder = new TemporaryFolder();
        await using var store = MetricStore.Open(folder.Path, AnyTime);
        var labels = Labels.Of("__name__", "up");
        await store.Append(labels, (5000, 1), (7000, 1));
        Assert.Equal(5000, store.Changes.OldestSince(0));
        var version = store.Changes.Version;
        await store.Append(labels, (6000, 1));
        Assert.Equal(6000, store.Changes.OldestSince(version));
        version = store.Changes.Version;
        await store.DeleteAsync([new Matcher(MatchType.Equal, "__name__", "up")], new TimeRange(5500, 6500));
        Assert.Equal(5500, store.Changes.OldestSince(version));
    }
}
