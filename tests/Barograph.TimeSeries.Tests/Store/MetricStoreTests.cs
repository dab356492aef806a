using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class MetricStoreTests : IDisposable
{
    static readonly Labels Up = Labels.Of("__name__", "up", "host", "a");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_folder_is_its_owners_alone()
    {
        var folder = Path.Combine(_folder.Path, "new");
        await using var store = MetricStore.Open(folder);
        if (!OperatingSystem.IsWindows()) // rights are those of Unix
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task What_was_appended_is_read()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var result = await store.Append(Up, (1000, 1), (2000, 1.5), (3000, -7.25));
        Assert.Equal(new AppendResult(3, 0, RejectReason.None, null), result);
        AssertSame([(1000, 1), (2000, 1.5), (3000, -7.25)], store.Read(Up));
    }

    [Fact]
    public async Task What_was_appended_is_there_after_a_restart()
    {
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
            await store.Append(Up, (1000, 1), (2000, 2));
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
            await store.Append(Up, (3000, 3));
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            AssertSame([(1000, 1), (2000, 2), (3000, 3)], store.Read(Up));
            Assert.Empty(store.Damage);
            Assert.Null(store.Status.Trouble);
        }
    }

    [Fact]
    public async Task Odd_values_are_kept_bit_for_bit_through_a_restart()
    {
        (long, double)[] odd =
        [
            (1, double.NaN), (2, StaleMarker.Value), (3, BitConverter.Int64BitsToDouble(unchecked((long)0xfff8_dead_beef_0001))),
            (4, double.PositiveInfinity), (5, double.NegativeInfinity), (6, -0.0), (7, 0.0), (8, double.Epsilon), (9, double.MaxValue),
            (10, 1e300), (11, 0.1 + 0.2), (12, 9007199254740993), (13, -123456.789),
        ];
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            await store.Append(Up, odd);
            AssertSame(odd, store.Read(Up));
        }

        await using var again = MetricStore.Open(_folder.Path, AnyTime);
        AssertSame(odd, again.Read(Up));
    }

    [Fact]
    public async Task The_same_sample_again_is_taken_and_changes_nothing()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Up, (1000, 1), (2000, double.NaN), (3000, 3));
        var again = await store.Append(Up, (1000, 1), (2000, double.NaN), (3000, 3), (3000, 3));
        Assert.Equal(new AppendResult(4, 0, RejectReason.None, null), again);
        AssertSame([(1000, 1), (2000, double.NaN), (3000, 3)], store.Read(Up));
    }

    [Fact]
    public async Task Another_value_at_the_same_time_is_refused_and_the_first_stays()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Up, (1000, 1), (2000, 2), (500, 5));
        var result = await store.Append(Up, (2000, 3), (1000, 3), (500, 3), (3000, 3));
        Assert.Equal((1, 3, RejectReason.DuplicateTimestamp), (result.Accepted, result.Rejected, result.FirstReason));
        Assert.Contains("up{host=\"a\"}", result.FirstExample, StringComparison.Ordinal);
        AssertSame([(500, 5), (1000, 1), (2000, 2), (3000, 3)], store.Read(Up));
    }

    [Fact]
    public async Task Late_samples_are_read_in_order()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        for (var i = 0; i < 1000; i++)
            await store.Append(Up, (i * 7919 % 1000 * 10, i * 7919 % 1000));
        AssertSame(Enumerable.Range(0, 1000).Select(static i => (i * 10L, (double)i)), store.Read(Up));
        AssertSame([(500, 50), (510, 51)], store.Read(Up, new TimeRange(495, 511)));
    }

    [Fact]
    public async Task A_sample_later_than_the_window_or_ahead_of_the_clock_is_refused_and_the_others_stay()
    {
        await using var store = MetricStore.Open(_folder.Path);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await store.Append(Up, (now, 1));
        var result = await store.Append(Up, (now - 3_700_000, 2), (now - 3_500_000, 3), (now + 660_000, 4));
        Assert.Equal((1, 2, RejectReason.TooOld), (result.Accepted, result.Rejected, result.FirstReason));
        var future = await store.Append(Up, (now + 660_000, 4));
        Assert.Equal(RejectReason.TooFarInFuture, future.FirstReason);
        AssertSame([(now - 3_500_000, 3), (now, 1)], store.Read(Up));
    }

    [Fact]
    public async Task Samples_refused_for_several_reasons_are_counted_for_each_with_an_example()
    {
        await using var store = MetricStore.Open(_folder.Path);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var batch = new SampleBatch();
        var (good, tooLong) = (batch.AddSeries(Up), batch.AddSeries(Labels.Of("__name__", "long", "l", new string('v', 5000))));
        foreach (var (series, time, value) in new[] { (good, now, 1), (tooLong, now, 1), (good, now + 660_000, 1), (tooLong, now + 1, 1), (good, now, 2) })
            batch.Add(series, time, value);
        var result = await store.AppendAsync(batch, TestContext.Current.CancellationToken);
        Assert.Equal((1, 4), (result.Accepted, result.Rejected));
        Assert.Equal(
            [(RejectReason.LabelLimit, 2), (RejectReason.TooFarInFuture, 1), (RejectReason.DuplicateTimestamp, 1)],
            result.Reasons.Select(static one => (one.Reason, one.Count)));
        Assert.Contains("5000 bytes", result.Reasons[0].Example, StringComparison.Ordinal);
        Assert.All(result.Reasons, static one => Assert.NotEmpty(one.Example));
        Assert.Empty((await store.Append(Up, (now + 1, 1))).Reasons);
    }

    [Fact]
    public async Task A_series_that_was_silent_goes_on_whatever_the_age_of_its_samples()
    {
        await using var store = MetricStore.Open(_folder.Path);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await store.Append(Up, (now, 1));
        var other = Labels.Of("__name__", "down");
        var result = await store.Append(other, (now - 86_400_000, 1), (now - 86_000_000, 2));
        Assert.Equal(2, result.Accepted);
    }

    [Fact]
    public async Task Series_are_found_by_all_kinds_of_matchers_and_sorted_by_labels()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        foreach (var host in new[] { "b", "a", "c" })
            await store.Append(Labels.Of("__name__", "up", "host", host), (1, 1));
        await store.Append(Labels.Of("__name__", "load"), (1, 1));
        Check("up{host=\"a\"} up{host=\"b\"} up{host=\"c\"}", new Matcher(MatchType.Equal, "__name__", "up"));
        Check("up{host=\"b\"}", new Matcher(MatchType.Equal, "__name__", "up"), new Matcher(MatchType.NotRegex, "host", "a|c"));
        Check("up{host=\"a\"} up{host=\"b\"}", new Matcher(MatchType.Regex, "host", "[ab]"));
        Check("load", new Matcher(MatchType.Equal, "host", ""));
        Check("load up{host=\"a\"}", new Matcher(MatchType.Regex, "host", "a|"));
        Check("load up{host=\"b\"} up{host=\"c\"}", new Matcher(MatchType.NotEqual, "host", "a"));
        Check("up{host=\"a\"} up{host=\"b\"} up{host=\"c\"}", new Matcher(MatchType.NotEqual, "host", ""));
        Check("load up{host=\"a\"} up{host=\"b\"} up{host=\"c\"}");
        Check("", new Matcher(MatchType.Equal, "no", "such"));
        Check("", new Matcher(MatchType.Equal, "host", "d"));

        void Check(string expected, params Matcher[] matchers)
        {
            using var found = store.Select(matchers, TimeRange.All);
            Assert.Equal(expected, string.Join(' ', found.Series.Select(static series => series.Labels.ToString())));
        }
    }

    [Theory]
    [InlineData("web-1")]
    [InlineData("web-1|web-2|db-0|nothing")]
    [InlineData("web-1.*")]
    [InlineData("web-1.+")]
    [InlineData("(web-1|db|we).*7")]
    [InlineData("(web-1|web-12|db).*")]
    [InlineData("w[a-e]b-[13]\\d?")]
    [InlineData("(?i)WEB-1.*|DB-\\d")]
    [InlineData(".*2.*")]
    [InlineData("é.*|ü-?")]
    [InlineData("web-3\\b.*")]
    [InlineData("")]
    [InlineData("[^\\x00-\\x{10FFFF}]")]
    public async Task A_pattern_finds_in_memory_and_in_blocks_what_looking_at_each_value_finds(string pattern)
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        string[] hosts = [.. Enumerable.Range(0, 40).Select(static i => $"web-{i}"), .. Enumerable.Range(0, 9).Select(static i => $"db-{i}"), "é1", "ü", "ü-", "w"];
        for (var i = 0; i < hosts.Length; i++)
        {
            if (i == hosts.Length / 2)
                await store.FlushAsync();
            await store.Append(Labels.Of("__name__", "up", "host", hosts[(i * 17) % hosts.Length]), (i, 1));
        }

        foreach (var type in (MatchType[])[MatchType.Regex, MatchType.NotRegex])
        {
            var matcher = new Matcher(type, "host", pattern);
            using var found = store.Select([matcher], TimeRange.All);
            Assert.Equal(hosts.Where(matcher.Matches).Order(StringComparer.Ordinal), found.Series.Select(static series => series.Labels.Get("host")).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Label_names_and_values_are_those_of_the_series_that_match()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        await store.Append(Labels.Of("__name__", "up", "host", "b"), (1, 1));
        await store.Append(Labels.Of("__name__", "up", "host", "a", "zone", "é"), (1, 1));
        await store.Append(Labels.Of("__name__", "load", "cpu", "0"), (1, 1));
        Matcher[] up = [new Matcher(MatchType.Equal, "__name__", "up")];
        Assert.Equal(["__name__", "cpu", "host", "zone"], store.LabelNames([], TimeRange.All));
        Assert.Equal(["__name__", "host", "zone"], store.LabelNames(up, TimeRange.All));
        Assert.Equal(["a", "b"], store.LabelValues("host", up, TimeRange.All));
        Assert.Equal(["é"], store.LabelValues("zone", [], TimeRange.All));
        Assert.Empty(store.LabelValues("host", [], new TimeRange(5, 6)));
    }

    [Fact]
    public async Task Label_values_of_blocks_and_memory_are_put_together_in_the_order_of_their_bytes()
    {
        string[] values = ["b", "a", "\uFFFD", "\U0001F600", "é", "aa", "c"];
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        foreach (var value in values[..4])
            await store.Append(Labels.Of("__name__", "up", "host", value), (1, 1));
        await store.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["a", "b", "\uFFFD", "\U0001F600"], store.LabelValues("host", [], TimeRange.All));
        foreach (var value in values[2..])
        {
            await store.Append(Labels.Of("__name__", "up", "host", value), (2, 1)); // each time the order that is known grows
            Assert.Contains(value, store.LabelValues("host", [], TimeRange.All));
        }

        string[] sorted = ["a", "aa", "b", "c", "é", "\uFFFD", "\U0001F600"];
        Assert.Equal(sorted, store.LabelValues("host", [], TimeRange.All));
        Assert.Equal(sorted, store.LabelValues("host", [new Matcher(MatchType.Equal, "__name__", "up")], TimeRange.All));
        var texts = Assert.IsType<TextList>(store.LabelValues("host", [], TimeRange.All));
        Assert.Equal("é"u8, texts.Utf8(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => texts[sorted.Length]);
    }

    [Fact]
    public async Task Metadata_is_kept()
    {
        var seconds = new MetricMetadata(MetricType.Counter, "seconds", "Time spent, in ½ steps.");
        await using (var store = MetricStore.Open(_folder.Path))
        {
            store.SetMetadata("cpu_seconds_total", new MetricMetadata(MetricType.Unknown, "", ""));
            store.SetMetadata("cpu_seconds_total", seconds);
        }

        await using var again = MetricStore.Open(_folder.Path);
        Assert.Equal(seconds, again.Metadata["cpu_seconds_total"]);
    }

    [Fact]
    public async Task A_folder_is_used_by_one_store_at_a_time()
    {
        var first = MetricStore.Open(_folder.Path);
        var refused = Assert.Throws<StoreUnavailableException>(() => MetricStore.Open(_folder.Path));
        Assert.Contains("in use by another Barograph", refused.Message, StringComparison.Ordinal);
        await first.DisposeAsync();
        await MetricStore.Open(_folder.Path).DisposeAsync();
    }

    [Fact]
    public void A_newer_format_is_refused_and_left_alone()
    {
        File.WriteAllText(_folder.In("version"), "barograph store 99\n");
        var refused = Assert.Throws<StoreUnavailableException>(() => MetricStore.Open(_folder.Path));
        Assert.Contains("format 99", refused.Message, StringComparison.Ordinal);
        Assert.Equal("barograph store 99\n", File.ReadAllText(_folder.In("version")));
    }

    [Fact]
    public async Task New_series_beyond_the_limit_are_refused_and_known_ones_go_on()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime with { SeriesLimit = 2 });
        await store.Append(Labels.Of("a", "1"), (1, 1));
        await store.Append(Labels.Of("a", "2"), (1, 1));
        var refused = await store.Append(Labels.Of("a", "3"), (1, 1));
        Assert.Equal((0, 1, RejectReason.SeriesLimit), (refused.Accepted, refused.Rejected, refused.FirstReason));
        Assert.Contains("SeriesLimit of 2", refused.FirstExample, StringComparison.Ordinal);
        Assert.Equal(1, (await store.Append(Labels.Of("a", "2"), (2, 1))).Accepted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0A")]
    [InlineData("0A060A016212013100")] // a byte too many
    [InlineData("0A060A0162120131" + "0A060A0161120131")] // unsorted
    [InlineData("0A060A0161120131" + "0A060A0161120132")] // a name twice
    [InlineData("0A050A01611200")] // no value
    [InlineData("0A060A01FF120131")] // not UTF-8
    [InlineData("0A8600" + "0A0161120131")] // a length spelled too long
    public async Task A_key_that_is_none_is_refused(string key)
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var batch = new SampleBatch();
        batch.Add(batch.AddSeries(Convert.FromHexString(key)), 1, 1);
        batch.Add(batch.AddSeries(Up), 1, 1);
        var result = await store.AppendAsync(batch);
        Assert.Equal((1, 1, RejectReason.InvalidLabels), (result.Accepted, result.Rejected, result.FirstReason));
    }

    [Fact]
    public async Task Many_writers_and_readers_see_whole_batches_only()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        using var done = new CancellationTokenSource();
        var labels = Enumerable.Range(0, 50).Select(static i => Labels.Of("__name__", "m", "i", $"{i:D2}")).ToArray();
        var batch = new SampleBatch();
        foreach (var label in labels)
            batch.AddSeries(label);
        var reader = Task.Run(() =>
        {
            for (var rounds = 0; !done.IsCancellationRequested || rounds == 0; rounds++)
            {
                using var selection = store.Select([], TimeRange.All);
                var lengths = selection.Series.Select(static series => series.Read().Count).Distinct().ToArray();
                Assert.True(lengths.Length <= 1, $"a batch was seen in part: {string.Join(',', lengths)} samples");
            }
        });
        for (var round = 0; round < 500; round++)
        {
            batch.ClearSamples();
            for (var i = 0; i < labels.Length; i++)
                batch.Add(i, round, round * i * 0.1);
            await store.AppendAsync(batch);
        }

        await done.CancelAsync();
        await reader;
        Assert.Equal(500, store.Read(labels[7]).Count);
    }
}
