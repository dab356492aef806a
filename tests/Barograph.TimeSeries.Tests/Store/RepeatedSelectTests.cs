using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class RepeatedSelectTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly Matcher[] _ofA = [new(MatchType.Equal, "__name__", "m"), new(MatchType.NotEqual, "host", "b")];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Selects_by_the_same_matchers_share_an_identity_from_the_second_one_on_while_their_series_are_the_same()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await Append(store, 1000, ("m", "a1"), ("m", "b"));
        Assert.Null(Identity(store));
        var known = Identity(store);
        Assert.NotNull(known);
        await Append(store, 2000, ("m", "a1"), ("m", "b"), ("other", "a1"));
        Assert.Same(known, Identity(store)); // a series came that does not match
        await Append(store, 3000, ("m", "a0"));
        var more = Identity(store, "a0", "a1");
        Assert.NotSame(known, more);
        Assert.Same(more, Identity(store, "a0", "a1"));
    }

    [Fact]
    public async Task A_series_without_samples_in_the_range_is_left_out_and_comes_back()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await Append(store, 1000, ("m", "a1"), ("m", "a2"));
        for (var round = 0; round < 3; round++)
            Assert.Equal(["a1", "a2"], Hosts(store, new TimeRange(0, 5000)));
        await Append(store, 9000, ("m", "a2"));
        Assert.Equal(["a2"], Hosts(store, new TimeRange(5000, 10_000)));
        await Append(store, 9500, ("m", "a1"));
        Assert.Equal(["a1", "a2"], Hosts(store, new TimeRange(5000, 10_000)));
    }

    [Fact]
    public async Task What_is_known_holds_beyond_blocks_that_are_written_merged_and_deleted_from()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        for (var round = 1; round <= 6; round++)
        {
            await Append(store, round * 1000, ("m", "a1"), ("m", "a2"), ("m", "b"));
            if (round % 2 == 0)
                await store.FlushAsync();
            Assert.Equal(["a1", "a2"], Hosts(store, TimeRange.All));
        }

        await store.CompactAsync();
        Assert.Equal(["a1", "a2"], Hosts(store, TimeRange.All));
        await store.DeleteAsync([new Matcher(MatchType.Equal, "host", "a1")], new TimeRange(0, 4000));
        using var selection = store.Select(_ofA, TimeRange.All);
        Assert.Equal([4000, 5000, 6000], Times(selection, 0));
        Assert.Equal([1000, 2000, 3000, 4000, 5000, 6000], Times(selection, 1));
    }

    [Fact]
    public async Task Many_series_that_come_between_selects_are_found_in_the_order_of_their_labels()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var random = new Random(7);
        var hosts = new SortedSet<string>(StringComparer.Ordinal);
        for (var round = 1; round < 12; round++)
        {
            var added = Enumerable.Range(0, random.Next(400)).Select(_ => ("m", $"h{random.Next(5000)}")).Distinct().ToArray();
            if (added.Length > 0)
                await Append(store, round * 1000, added);
            hosts.UnionWith(added.Select(static one => one.Item2));
            if (round == 6)
                await store.FlushAsync();
            Assert.Equal(hosts, Hosts(store, TimeRange.All));
        }
    }

    [Fact]
    public async Task What_is_kept_is_bounded_and_a_select_of_very_many_is_not_kept()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await Append(store, 1000, [.. Enumerable.Range(0, 100).Select(static i => ("m", $"h{i:d2}"))]);
        var memory = new SelectMemory(maxSeries: 100);
        var few = Enumerable.Range(0, 9).Select(static i => (Matcher[])[new(MatchType.Regex, "host", $"h[{i}].")]).ToArray();
        for (var round = 0; round < 3; round++)
        {
            foreach (var matchers in few)
            {
                Keep(matchers, 10);
                Assert.InRange(memory.SeriesCount, 0, 100);
            }
        }

        Assert.InRange(memory.SeriesCount, 80, 100);
        Matcher[] all = [new(MatchType.Equal, "__name__", "m")];
        for (var round = 0; round < 2; round++)
            Keep(all, 100);
        Assert.Null(memory.Of(all));

        void Keep(Matcher[] matchers, int count)
        {
            if (memory.Of(matchers) is not { } known)
                return;
            using var union = new SeriesUnion(1000);
            using var one = new AnySeries(count);
            one.MoveNext();
            union.Merge([one], static walk => walk.MoveNext());
            known.Roster(union, [1]);
            memory.Count(known);
        }
    }

    object? Identity(MetricStore store, params string[] hosts)
    {
        using var selection = store.Select(_ofA, TimeRange.All);
        if (hosts.Length > 0)
            Assert.Equal(hosts, selection.Series.Select(static series => series.Labels.Get("host")));
        return selection.Identity;
    }

    List<string> Hosts(MetricStore store, TimeRange range)
    {
        using var selection = store.Select(_ofA, range);
        return [.. selection.Series.Select(static series => series.Labels.Get("host"))];
    }

    static List<long> Times(SeriesSelection selection, int series)
    {
        using var reader = selection.OpenReader(series, idle: null);
        var times = new List<long>();
        while (reader.MoveNext())
            times.AddRange(reader.TimestampsMs);
        return times;
    }

    static async Task Append(MetricStore store, long timeMs, params (string Name, string Host)[] series)
    {
        var batch = new SampleBatch();
        foreach (var (name, host) in series)
            batch.Add(batch.AddSeries(Labels.Of("__name__", name, "host", host)), timeMs, timeMs);
        Assert.Equal(0, (await store.AppendAsync(batch)).Rejected);
    }

    sealed class AnySeries(int count) : SourceWalk
    {
        int _next = -1;

        public override int Series => _next;

        public override void Dispose()
        {
        }

        protected override bool TryMoveNext() => ++_next < count;

        protected override void ReadKey(GrowingBytes key) => throw new NotSupportedException();
    }
}
