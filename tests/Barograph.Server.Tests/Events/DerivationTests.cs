using System.Text.Json;
using Barograph.Server.Events;

namespace Barograph.Server.Tests.Events;

/// <summary>The series are those of the events, whatever happens on the way: order, repetition, lateness, restart, kill.</summary>
public sealed class DerivationTests
{
    const int Seed = 20261121, Count = 1500;

    static bool IsIncrement(string metric) =>
        !metric.StartsWith("task_queue_depth", StringComparison.Ordinal) && !metric.StartsWith("task_workers", StringComparison.Ordinal)
        && !metric.StartsWith("pipeline_lag", StringComparison.Ordinal) && !metric.StartsWith("pipeline_last", StringComparison.Ordinal)
        && metric is not ("activity_users" or "activity_organisations" or "activity_sessions_active");

    [Theory]
    [InlineData("shuffled")]
    [InlineData("sent twice")]
    [InlineData("restarted")]
    [InlineData("killed before the flush")]
    [InlineData("killed between the redo file and the store")]
    [InlineData("killed after the flush")]
    public async Task The_same_events_give_the_same_series(string what)
    {
        var events = SomeEvents.Of(Seed, Count);
        await using var plain = new EventHouse();
        await plain.SendAsync(events);
        await plain.Derivation.FlushAsync();

        await using var other = new EventHouse();
        var random = new Random(Seed + 1);
        if (what != "sent twice")
            events = [.. events.OrderBy(_ => random.Next())];
        foreach (var some in events.Chunk(97))
        {
            await other.SendAsync(some);
            switch (what)
            {
                case "sent twice":
                    Assert.Equal(some.Length, (await other.SendAsync(some)).DuplicateCount);
                    await other.SendAsync(events.Take(200));
                    break;
                case "restarted":
                    other.Restart();
                    break;
                case "killed before the flush":
                    other.Kill();
                    break;
                case "killed after the flush":
                    await other.Derivation.FlushAsync();
                    other.Kill();
                    break;
                case "killed between the redo file and the store":
                    other.Appends.IsFailing = true;
                    var flush = other.Derivation.FlushAsync();
                    await Task.WhenAny(flush, Task.Delay(50, TestContext.Current.CancellationToken));
                    other.Kill();
                    break;
            }
        }

        await other.Derivation.FlushAsync();
        AssertSame(plain.Seconds(IsIncrement), other.Seconds(IsIncrement), what);
        AssertSame(Windows(plain), Windows(other), what);
        AssertSame(Reported(plain), Reported(other), what);
    }

    [Theory]
    [InlineData("redo", FileFault.Write)]
    [InlineData("redo", FileFault.Sync)]
    [InlineData("redo", FileFault.Rename)]
    [InlineData("redo", FileFault.FolderSync)]
    [InlineData("state", FileFault.Write)]
    [InlineData("state", FileFault.Sync)]
    [InlineData("state", FileFault.Rename)]
    [InlineData("state", FileFault.FolderSync)]
    [InlineData("store", FileFault.Write)]
    public async Task A_disk_that_fails_at_any_step_when_the_server_is_stopped_or_killed_changes_no_count(string where, FileFault fault)
    {
        var events = SomeEvents.Of(Seed, Count);
        await using var plain = new EventHouse();
        await plain.SendAsync(events);
        await plain.Derivation.FlushAsync();

        await using var other = new EventHouse();
        var round = 0;
        foreach (var some in events.Chunk(301))
        {
            var (before, after) = (some[..200], some[200..]);
            await other.SendAsync(before);
            if (round % 2 == 0)
                await other.Derivation.FlushAsync();
            other.Files.FailsFor = where;
            other.Files.Fault = where == "store" ? FileFault.None : fault;
            other.Appends.IsFailing = where == "store";
            await other.SendAsync(after);
            // The write that fails: of the flush, or, when it is the state's, of the end.
            var flush = other.Derivation.FlushAsync();
            if (where == "state")
                await flush;
            else
                other.Complaints.Take(TestContext.Current.CancellationToken);
            if (round++ < 3)
                other.StopWhileFailing();
            else
                other.Kill();
            while (other.Complaints.TryTake(out _))
            {
            }
        }

        await other.Derivation.FlushAsync();
        AssertSame(plain.Seconds(IsIncrement), other.Seconds(IsIncrement), $"{where} {fault}");
        AssertSame(Windows(plain), Windows(other), $"{where} {fault}");
    }

    [Fact]
    public async Task A_disk_that_recovers_while_the_server_stops_does_not_write_what_lacks_the_batch_before()
    {
        await using var house = new EventHouse();
        house.Files.FailsFor = "redo";
        house.Files.Fault = FileFault.Write;
        string[] Orders(int from, int count) => [.. Enumerable.Range(from, count).Select(static i => $$"""{"type":"business","name":"order","id":"o{{i}}"}""")];
        await house.SendAsync(Orders(0, 10));
        _ = house.Derivation.FlushAsync();
        house.Complaints.Take(TestContext.Current.CancellationToken);
        await house.SendAsync(Orders(10, 10)); // waits behind the flush
        house.Derivation.Order(() => house.Files.Fault = FileFault.None);
        house.StopWhileFailing();
        await house.Derivation.FlushAsync();
        Assert.Equal(20, house.Seconds(static name => name == "business_events").Single().Value.Values.Sum());
    }

    [Fact]
    public async Task Every_formula_is_that_of_a_plain_computation()
    {
        var events = SomeEvents.Of(Seed + 2, Count);
        await using var house = new EventHouse();
        foreach (var some in events.Chunk(211))
            await house.SendAsync(some);
        await house.Derivation.FlushAsync();
        var all = events.Select(static json => JsonDocument.Parse(json).RootElement).ToList();
        JsonElement[] Of(string type) => [.. all.Where(one => one.GetProperty("type").GetString() == type)];
        double Total(string series) => house.Seconds(static _ => true).GetValueOrDefault(series)?.Values.Sum() ?? 0;

        var imports = Of("task.finished").Where(static one => one.GetProperty("task_type").GetString() == "import").ToList();
        foreach (var status in new[] { "succeeded", "failed" })
        {
            Assert.Equal(imports.Count(one => one.GetProperty("status").GetString() == status),
                house.Seconds(static name => name == "task_finished").Where(one => one.Key.Contains("import") && one.Key.Contains(status)).Sum(static one => one.Value.Values.Sum()));
        }

        var orders = Of("business").Where(static one => one.GetProperty("name").GetString() == "order" && one.GetProperty("currency").GetString() == "EUR");
        Assert.Equal(orders.Sum(static one => one.GetProperty("value").GetDouble()), Total("business_value{currency=\"EUR\",name=\"order\"}"), 1e-6);

        // Accuracy and errors: outcomes come after, before, or days away from their predictions, and count at the prediction's time.
        var outcomes = Of("model.outcome").ToDictionary(static one => one.GetProperty("prediction_id").GetString()!, static one => one.GetProperty("actual"));
        foreach (var version in new[] { "v0", "v1" })
        {
            var judged = Of("model.prediction").Where(one => one.GetProperty("version").GetString() == version && outcomes.ContainsKey(one.GetProperty("prediction_id").GetString()!))
                .Select(one => (Model: one.GetProperty("model").GetString(), Said: one.GetProperty("predicted"), Was: outcomes[one.GetProperty("prediction_id").GetString()!])).ToList();
            var animals = judged.Where(static one => one.Model == "animals").ToList();
            Assert.Equal(animals.Count, Total($"model_judged{{model=\"animals\",version=\"{version}\"}}"));
            Assert.Equal(animals.Count(static one => one.Said.GetString() == one.Was.GetString()), Total($"model_correct{{model=\"animals\",version=\"{version}\"}}"));
            Assert.Equal(animals.Count(static one => one.Said.GetString() == "cat" && one.Was.GetString() == "dog"),
                Total($"model_outcomes{{actual=\"dog\",model=\"animals\",predicted=\"cat\",version=\"{version}\"}}"));
            var prices = judged.Where(static one => one.Model == "prices").Select(static one => one.Said.GetDouble() - one.Was.GetDouble()).ToList();
            Assert.Equal(prices.Sum(Math.Abs), Total($"model_absolute_error{{model=\"prices\",version=\"{version}\"}}"), 1e-6);
            Assert.Equal(prices.Sum(static error => error * error), Total($"model_squared_error{{model=\"prices\",version=\"{version}\"}}"), 1e-6);
        }

        // A quantile from the buckets is within a bucket of the true one.
        var durations = Of("task.finished").Select(static one => one.GetProperty("duration_seconds").GetDouble()).Order().ToList();
        var buckets = house.Seconds(static name => name == "task_duration_seconds_bucket").GroupBy(static one => one.Key.Split("le=\"")[1].Split('"')[0])
            .Where(static bucket => bucket.Key != "+Inf").Select(static bucket => (Bound: double.Parse(bucket.Key), Count: bucket.Sum(static one => one.Value.Values.Sum()))).OrderBy(static bucket => bucket.Bound).ToList();
        var p95 = durations[(int)Math.Ceiling(0.95 * durations.Count) - 1];
        var estimate = buckets.First(bucket => bucket.Count >= Math.Ceiling(0.95 * durations.Count)).Bound;
        Assert.InRange(estimate / p95, 1, 1.1893);

        // Sessions: chains of events of one session with gaps of at most half an hour.
        var sessions = Of("activity").GroupBy(static one => one.GetProperty("session").GetString()).Sum(static session =>
        {
            var times = session.Select(static one => one.GetProperty("time").GetDouble()).Order().ToList();
            return 1 + times.Zip(times.Skip(1)).Count(static pair => Math.Round((pair.Second - pair.First) * 1000) > 30 * 60_000);
        });
        Assert.Equal(sessions, Total("activity_sessions"));
        Assert.Equal(sessions, Total("activity_session_duration_seconds_gcount"));
    }

    [Fact]
    public async Task An_event_that_the_server_fails_at_is_set_aside_and_the_rest_goes_on_also_after_a_restart()
    {
        static EventRule Rule(string name, Func<EventRecord, double?>? number) =>
            new("door", new DerivedMetric(new DerivedSpec(name, DerivedKind.Increments, "", "", []))) { Number = number };
        static double? Fail(EventRecord one) => one.Id == "poison" ? throw new InvalidOperationException("a broken claim") : 1;
        await using var house = new EventHouse([Rule("strict", Fail), Rule("plain", null)]);
        await house.SendAsync(["""{"type":"door","id":"a"}""", """{"type":"door","id":"poison"}""", """{"type":"door","id":"b"}"""]);
        await house.Derivation.FlushAsync();
        Assert.Equal((2, 3), (Total(house, "strict"), Total(house, "plain")));
        Assert.Equal(["poison"], house.SetAside);
        Assert.Contains(house.Workers.All, static one => one is { Name: Derivation.Worker, State: "running", Failures: 1 });

        house.Kill(); // what is not in a snapshot is folded again, the poison too
        await house.SendAsync(["""{"type":"door","id":"c"}"""]);
        await house.Derivation.FlushAsync();
        Assert.Equal((3, 4), (Total(house, "strict"), Total(house, "plain")));
        Assert.All(house.SetAside, static id => Assert.Equal("poison", id));
    }

    [Theory]
    [InlineData("state", "empty")]
    [InlineData("state", "half")]
    [InlineData("state", "rubbish")]
    [InlineData("state", "folder")]
    [InlineData("redo", "empty")]
    [InlineData("redo", "half")]
    [InlineData("redo", "rubbish")]
    [InlineData("redo", "folder")]
    public async Task Whatever_lies_in_the_place_of_its_files_derivation_starts_and_goes_on(string file, string damage)
    {
        await using var house = new EventHouse();
        await house.SendAsync(SomeEvents.Of(Seed, 200));
        await house.Derivation.FlushAsync();
        house.Restart(folder => Damage(Path.Combine(folder, file), damage));
        Assert.Contains(house.Told, told => told.Contains(file, StringComparison.Ordinal));
        await house.SendAsync(["""{"type":"door","id":"after"}"""]);
        await house.Derivation.FlushAsync().WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        switch (how)
        {
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "half":
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                break;
            default:
                new Random(Seed).NextBytes(bytes);
                File.WriteAllBytes(path, bytes);
                break;
        }
    }

    static double Total(EventHouse house, string metric) => house.Read(name => name == metric).Values.SelectMany(static samples => samples).Sum(static sample => sample.Value);

    [Fact]
    public async Task A_queue_that_is_emptied_at_once_has_a_depth_of_zero_also_after_a_restart()
    {
        await using var house = new EventHouse();
        await house.SendAsync(
        [
            """{"type":"task.queued","task_id":"1","task_type":"mail","queue":"mails"}""",
            """{"type":"task.started","task_id":"1","task_type":"mail","component":"post"}""",
            """{"type":"task.finished","task_id":"1","task_type":"mail","status":"succeeded","duration_seconds":0.001}""",
        ]);
        await ReportAsync();
        house.Restart();
        await ReportAsync();
        foreach (var series in (string[])["task_queue_depth{queue=\"mails\"}", "task_workers_active{component=\"post\"}"])
        {
            var samples = house.Read(static name => name.StartsWith("task_", StringComparison.Ordinal))[series];
            Assert.InRange(samples.Count, 2, 4);
            Assert.All(samples, static sample => Assert.Equal(0, sample.Value));
        }

        Task ReportAsync()
        {
            house.Derivation.Order(() => house.Derivation.Fold.Report(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()));
            return house.Derivation.FlushAsync();
        }
    }

    [Fact]
    public async Task A_snapshot_of_another_version_is_made_of_the_events_again()
    {
        var events = SomeEvents.Of(Seed, Count);
        await using var house = new EventHouse();
        await house.SendAsync(events);
        house.Restart();
        var (before, windows) = (house.Seconds(IsIncrement), Windows(house));
        house.Restart(static state =>
        {
            state[16] ^= 0x7F; // the first byte of the version; behind the body stands its hash
            BitConverter.TryWriteBytes(state.AsSpan(state.Length - 8), StableHash.Of(state.AsSpan(0, state.Length - 8)));
        });
        await house.SendAsync(events);
        await house.Derivation.FlushAsync();
        AssertSame(before, house.Seconds(IsIncrement), "another version");
        AssertSame(windows, Windows(house), "another version");
    }

    [Fact]
    public async Task A_million_label_values_cost_a_thousand_series_and_no_event()
    {
        await using var house = new EventHouse();
        const int Values = 20_000;
        await house.SendAsync(Enumerable.Range(0, Values).Select(static i => $$"""{"type":"business","name":"n{{i}}"}"""));
        await house.Derivation.FlushAsync();
        var series = house.Seconds(static name => name == "business_events");
        Assert.InRange(series.Count, 1000, 1001);
        Assert.Equal(Values, series.Values.Sum(static seconds => seconds.Values.Sum()));
        Assert.True(series.Single(static one => one.Key.Contains("\"other\"")).Value.Values.Sum() > Values - 1100);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    [InlineData(5_000)]
    [InlineData(200_000)]
    public void A_distinct_count_is_within_its_error(int different)
    {
        var sketch = new Sketch();
        for (var i = 0; i < different; i++)
        {
            sketch.Add(StableHash.Of($"user-{i}"));
            sketch.Add(StableHash.Of($"user-{i / 2}"));
        }

        Assert.InRange(sketch.Estimate() / different, different <= Sketch.ExactMax ? 1 : 0.95, different <= Sketch.ExactMax ? 1 : 1.05); // three standard errors
    }

    [Fact]
    public async Task A_second_that_is_corrected_a_thousand_times_loses_nothing()
    {
        await using var house = new EventHouse();
        var time = DateTimeOffset.UtcNow.AddHours(-5).ToUnixTimeSeconds();
        for (var i = 0; i < 1010; i++)
        {
            await house.SendAsync([$$"""{"type":"business","name":"late","time":{{time}}}"""]);
            await house.Derivation.FlushAsync();
        }

        Assert.Equal(1010, house.Seconds(static name => name == "business_events").Single().Value.Values.Sum());
    }

    /// <summary>The last sample of each window of a distinct count is its result.</summary>
    static Dictionary<string, SortedDictionary<long, double>> Windows(EventHouse house) =>
        house.Read(static name => name is "activity_users" or "activity_organisations" or "activity_sessions_active").ToDictionary(
            static one => one.Key,
            static one => new SortedDictionary<long, double>(one.Value.GroupBy(sample => sample.TimeMs / (one.Key.Contains("1m") ? 60_000L : one.Key.Contains("1h") ? 3_600_000 : 86_400_000))
                .ToDictionary(static window => window.Key, static window => window.MaxBy(static sample => sample.TimeMs).Value)), StringComparer.Ordinal);

    static Dictionary<string, SortedDictionary<long, double>> Reported(EventHouse house) =>
        house.Read(static name => name is "pipeline_last_success_timestamp_seconds").ToDictionary(
            static one => one.Key, static one => new SortedDictionary<long, double>(one.Value.ToDictionary(static sample => sample.TimeMs, static sample => sample.Value)), StringComparer.Ordinal);

    static void AssertSame(Dictionary<string, SortedDictionary<long, double>> plain, Dictionary<string, SortedDictionary<long, double>> other, string what)
    {
        Assert.NotEmpty(plain);
        Assert.Equal(plain.Keys.Order(StringComparer.Ordinal), other.Keys.Order(StringComparer.Ordinal));
        foreach (var (series, seconds) in plain)
        {
            Assert.Equal(seconds.Keys, other[series].Keys);
            foreach (var (second, value) in seconds)
                Assert.True(Math.Abs(value - other[series][second]) < 1e-6, $"{what}, seed {Seed}: {series} at {second} is {other[series][second]} instead of {value}");
        }
    }
}
