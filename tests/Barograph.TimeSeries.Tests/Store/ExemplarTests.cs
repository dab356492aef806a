using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class ExemplarTests : IDisposable
{
    static readonly Labels Latency = Labels.Of("__name__", "request_seconds_bucket", "le", "0.5");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Exemplar Of(long timestampMs, double value = 0.3, string trace = "") =>
        new(timestampMs, value, trace.Length == 0 ? Labels.Empty : Labels.Of("trace_id", trace, "span_id", "s"));

    static async Task<AppendResult> Append(MetricStore store, Labels labels, params Exemplar[] exemplars)
    {
        var batch = new SampleBatch();
        var series = batch.AddSeries(labels);
        foreach (var exemplar in exemplars)
            batch.AddExemplar(series, exemplar);
        return await store.AppendAsync(batch);
    }

    static IReadOnlyList<Exemplar> Read(MetricStore store, Labels labels) =>
        store.SelectExemplars([.. labels.Select(static label => new Matcher(MatchType.Equal, label.Name, label.Value))], TimeRange.All) is [var one] ? one.Exemplars : [];

    [Fact]
    public async Task Exemplars_are_there_now_and_after_restarts_and_cuts()
    {
        Exemplar[] expected = [Of(1000, trace: "abc"), Of(2000, 0.25), Of(3000, double.NaN, "é")];
        var store = MetricStore.Open(_folder.Path, AnyTime);
        Assert.Equal(new AppendResult(0, 0, RejectReason.None, null) { AcceptedExemplars = 3 }, await Append(store, Latency, expected));
        for (var round = 0; round < 4; round++)
        {
            Assert.Equal(expected, Read(store, Latency));
            if (round % 2 == 0)
                await store.FlushAsync(); // their segments of the log are gone
            await store.DisposeAsync();
            store = MetricStore.Open(_folder.Path, AnyTime);
        }

        await Append(store, Latency, Of(4000));
        await store.BackupAsync(_folder.In("copy"));
        await store.DisposeAsync();
        await using var copy = MetricStore.Open(_folder.In("copy"), AnyTime);
        Assert.Equal([.. expected, Of(4000)], Read(copy, Latency));
        Assert.Empty(copy.Damage);
    }

    [Fact]
    public async Task The_same_exemplar_again_changes_nothing_not_even_the_log_and_late_ones_are_put_in_order()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await Append(store, Latency, Of(3000), Of(1000), Of(2000, 7), Of(2000, 5), Of(2000, 5, "a"), Of(1500));
        var log = new FileInfo(Directory.GetFiles(_folder.In("wal")).Single());
        var segment = new byte[log.Length];
        using (var reading = new FileStream(log.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            reading.ReadExactly(segment);
        Assert.Equal(3, (await Append(store, Latency, Of(2000, 5), Of(1000), Of(3000))).AcceptedExemplars);
        using (var reading = new FileStream(log.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            var again = new byte[log.Length];
            reading.ReadExactly(again);
            Assert.Equal(segment, again);
        }

        Assert.Equal([Of(1000), Of(1500), Of(2000, 5), Of(2000, 5, "a"), Of(2000, 7), Of(3000)], Read(store, Latency));
    }

    [Fact]
    public async Task Beyond_the_limit_the_first_to_come_go_first()
    {
        var options = AnyTime with { ExemplarLimit = 100 };
        var other = Labels.Of("__name__", "other");
        var store = MetricStore.Open(_folder.Path, options);
        await Append(store, other, Of(1, trace: "only"));
        for (var i = 0; i < 250; i++)
            await Append(store, Latency, Of(i));
        Check();
        await store.DisposeAsync();
        store = MetricStore.Open(_folder.Path, options);
        Check();
        await store.DisposeAsync();
        store = MetricStore.Open(_folder.Path, AnyTime with { ExemplarLimit = 0 });
        Assert.Equal(0, (await Append(store, Latency, Of(999))).AcceptedExemplars);
        Assert.Empty(Read(store, Latency));
        await store.DisposeAsync();

        void Check()
        {
            Assert.Equal(Enumerable.Range(150, 100).Select(static i => Of(i)), Read(store, Latency));
            Assert.Empty(Read(store, other));
        }
    }

    [Fact]
    public async Task What_cannot_be_an_exemplar_is_left_out_and_refuses_nothing()
    {
        await using var store = MetricStore.Open(_folder.Path, new StoreOptions());
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var batch = new SampleBatch();
        var series = batch.AddSeries(Latency);
        batch.Add(series, now, 1);
        batch.AddExemplar(series, Of(now, trace: new string('é', 128 - "trace_idspan_ids".Length)));
        batch.AddExemplar(series, Of(now, trace: new string('é', 129 - "trace_idspan_ids".Length)));
        batch.AddExemplar(series, now, 1, new byte[] { 1, 2, 3 });
        batch.AddExemplar(series, Of(now + 3_600_000));
        batch.AddExemplar(batch.AddSeries(new byte[] { 9 }), Of(now));
        Assert.Equal(new AppendResult(1, 0, RejectReason.None, null) { AcceptedExemplars = 1 }, await store.AppendAsync(batch));
        Assert.Single(Read(store, Latency));
    }

    [Fact]
    public async Task They_are_selected_by_matchers_and_range_and_deleted_likewise()
    {
        var store = MetricStore.Open(_folder.Path, AnyTime);
        foreach (var le in new[] { "2", "1", "3" })
            await Append(store, Labels.Of("__name__", "b", "le", le), Of(1000), Of(2000));
        Matcher[] some = [new(MatchType.Regex, "le", "[12]")];
        Assert.Equal(["b{le=\"1\"}", "b{le=\"2\"}"], store.SelectExemplars(some, new TimeRange(2000, 2001)).Select(static found => found.Labels.ToString()));
        Assert.All(store.SelectExemplars(some, new TimeRange(1001, 5000)), static found => Assert.Equal([Of(2000)], found.Exemplars));
        Assert.Empty(store.SelectExemplars(some, new TimeRange(0, 1000)));
        await store.DeleteAsync(some, new TimeRange(0, 1500));
        await store.DisposeAsync();
        await using var again = MetricStore.Open(_folder.Path, AnyTime);
        Assert.Equal([1, 1, 2], again.SelectExemplars([], TimeRange.All).Select(static found => found.Exemplars.Count));
    }

    [Fact]
    public async Task A_damaged_file_of_exemplars_is_told_and_costs_nothing_else()
    {
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            await Append(store, Latency, Of(1000));
            await store.Append(Latency, (1000, 1));
            await store.FlushAsync();
        }

        var content = File.ReadAllBytes(_folder.In("exemplars"));
        content[^1] ^= 1;
        File.WriteAllBytes(_folder.In("exemplars"), content);
        await using var again = MetricStore.Open(_folder.Path, AnyTime);
        Assert.Equal("exemplars", Assert.Single(again.Damage).File);
        Assert.Single(again.Read(Latency));
        Assert.Empty(Read(again, Latency));
    }

    [Fact]
    public void The_ring_says_what_a_list_says()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var ring = new ExemplarRing(50);
        var model = new List<(int Series, Exemplar Exemplar)>();
        for (var step = 0; step < 3000; step++)
        {
            var (series, exemplar) = (random.Next(8), Of(random.Next(300), random.Next(2), random.Next(2) == 0 ? "" : "t"));
            Assert.True(ring.Add(KeyOf(series), exemplar.TimestampMs, exemplar.Value, SampleBatch.EncodeKey(exemplar.Labels)), $"seed {seed}");
            if (!model.Contains((series, exemplar)))
                model.Add((series, exemplar));
            if (model.Count > 50)
                model.RemoveAt(0);
            if (step % 500 == 499)
            {
                ring.Delete([new Matcher(MatchType.Equal, "i", "3")], new TimeRange(0, 150));
                model.RemoveAll(static one => one.Series == 3 && one.Exemplar.TimestampMs < 150);
            }

            if (step % 50 == 0)
                Check();
        }

        void Check()
        {
            for (var series = 0; series < 8; series++)
            {
                var expected = model.Where(one => one.Series == series).Select(static one => one.Exemplar)
                    .OrderBy(static one => one.TimestampMs).ThenBy(static one => one.Value).ThenBy(static one => one.Labels.Count);
                var found = ring.Select([new Matcher(MatchType.Equal, "i", $"{series}")], TimeRange.All);
                Assert.True(expected.SequenceEqual(found.SelectMany(static one => one.Exemplars)), $"seed {seed}");
            }
        }

        static byte[] KeyOf(int series) => SampleBatch.EncodeKey(Labels.Of("i", $"{series}"));
    }
}
