namespace Barograph.TimeSeries.Tests;

/// <summary>
/// A short life of a store with everything in it that changes files: appends, cuts, a delete, merges, rollups, a backup, a
/// restart, retention. It keeps a ledger of what it was promised, and goes on when the disk refuses.
/// </summary>
internal sealed class Workload(Disk disk, Func<int> now) : ILife
{
    public const int SeriesCount = 4;

    const long Minute = 60_000, Day = 24 * 60 * Minute, Kept = 10 * Day;

    readonly List<Promise> _promises = [];
    readonly StillClock _clock = new() { NowMs = Day };

    /// <summary>What the store's answers were, and when: the number of changes to files until then.</summary>
    public IReadOnlyList<Promise> Promises => _promises;

    /// <summary>How many steps the store refused because of its disk.</summary>
    public int Refused { get; private set; }

    StoreOptions Options => new() { Disk = disk, Clock = _clock, Retention = TimeSpan.FromMilliseconds(Kept), OutOfOrderWindow = null, MaxFuture = null };

    /// <summary>Options of one who looks at what is left: takes any time, syncs nothing.</summary>
    static StoreOptions Afterwards => new() { Disk = new FaultyDisk(Fault.Slow, failsAt: 0), Retention = null, OutOfOrderWindow = null, MaxFuture = null };

    public static Labels LabelsOf(int series) => Labels.Of("__name__", "faults", "series", $"{series}");

    public static double ValueAt(int series, long timeMs) => series == 0 ? Math.Sqrt(timeMs) : series + timeMs / 1000;

    public async Task RunAsync(string data, string elsewhere)
    {
        if (await Open(data) is { } store)
        {
            await using (store)
            {
                store.SetMetadata("faults", new MetricMetadata(MetricType.Gauge, "", "Of a test."));
                await Append(store, 0, 40);
                await Try(() => store.FlushAsync());
                await Append(store, 20, 60);
                await Try(() => store.FlushAsync());
                await Delete(store, 10 * Minute, 15 * Minute);
                await Append(store, 60, 90);
                await Try(() => store.CompactAsync());
                await Append(store, 90, 95);
                await Try(() => store.BackupAsync(elsewhere));
                await Append(store, 95, 100);
            }
        }

        if (await Open(data) is { } again)
        {
            await using (again)
            {
                await Append(again, 100, 110);
                _clock.NowMs += 12 * Day;
                _promises.Add(new Promise(PromiseKind.Expired, now(), 0, 2 * Day));
                await AppendAt(again, 12 * Day, 12 * Day + 30 * Minute);
                await Try(() => again.CompactAsync());
                await AppendAt(again, 12 * Day + 30 * Minute, 12 * Day + 40 * Minute);
            }
        }
    }

    public async Task CheckAsync(string data, int moment, bool goesOn)
    {
        await using var store = MetricStore.Open(data, Afterwards);
        Check(store, moment);
        if (goesOn)
            await GoOn(store);
    }

    public Damage? FindDamage(string data) =>
        MetricStore.Verify(data).Damage.Where(static damage => !damage.IsUsualAfterKill).Select(static damage => (Damage?)damage).FirstOrDefault();

    /// <summary>Compares a store with what was promised until a moment.</summary>
    void Check(IMetricStore store, int moment)
    {
        var (must, may) = Expect(moment);
        using var selection = store.Select([], TimeRange.All);
        foreach (var found in selection.Series)
        {
            var series = int.Parse(found.Labels.Get("series"), System.Globalization.CultureInfo.InvariantCulture);
            foreach (var sample in Samples(found))
            {
                var key = (series, sample.TimestampMs);
                Expect(must.Remove(key) || may.Contains(key), $"{found.Labels} has {sample}, which was deleted or never sent");
                Expect(BitConverter.DoubleToInt64Bits(sample.Value) == BitConverter.DoubleToInt64Bits(ValueAt(series, sample.TimestampMs)),
                    $"{found.Labels} has {sample}");
            }
        }

        Expect(must.Count == 0, $"{must.Count} samples are lost, of them {string.Join(", ", must.Order().Take(3))}");
    }

    /// <summary>Takes one more append and works up everything: a store that only opens is not well.</summary>
    static async Task GoOn(MetricStore store)
    {
        const long Later = 13 * Day;
        var batch = new SampleBatch();
        batch.Add(batch.AddSeries(LabelsOf(0)), Later, ValueAt(0, Later));
        Expect((await store.AppendAsync(batch)).Accepted == 1, "a new sample was refused");
        await store.CompactAsync();
    }

    static IEnumerable<Sample> Samples(Series series)
    {
        using var reader = series.OpenReader();
        while (reader.MoveNext())
        {
            for (var i = 0; i < reader.TimestampsMs.Length; i++)
                yield return new Sample(reader.TimestampsMs[i], reader.Values[i]);
        }
    }

    static void Expect(bool claim, string text)
    {
        if (!claim)
            throw new InvalidOperationException(text);
    }

    /// <summary>The samples that must be there, and those that may be.</summary>
    (HashSet<(int Series, long TimeMs)> Must, HashSet<(int Series, long TimeMs)> May) Expect(int moment)
    {
        HashSet<(int, long)> must = [], may = [];
        foreach (var promise in _promises.Where(promise => promise.Moment <= moment))
        {
            for (var series = 0; series < SeriesCount; series++)
            {
                for (var time = promise.StartMs; time < promise.EndMs && promise.Kind < PromiseKind.DeleteSent; time += Minute)
                {
                    var key = (series, time);
                    if (promise.Kind == PromiseKind.Acknowledged)
                        must.Add(key);
                    may.Add(key);
                }
            }

            if (promise.Kind >= PromiseKind.DeleteSent)
            {
                bool Touched((int Series, long TimeMs) key) => key.TimeMs >= promise.StartMs && key.TimeMs < promise.EndMs && (promise.Kind == PromiseKind.Expired || key.Series == 1);
                must.RemoveWhere(Touched);
                if (promise.Kind == PromiseKind.Deleted)
                    may.RemoveWhere(Touched);
            }
        }

        return (must, may);
    }

    async Task<MetricStore?> Open(string folder)
    {
        MetricStore? store = null;
        await Try(() =>
        {
            store = MetricStore.Open(folder, Options);
            return Task.CompletedTask;
        });
        return store;
    }

    Task Append(MetricStore store, int fromMinute, int toMinute) => AppendAt(store, fromMinute * Minute, toMinute * Minute);

    async Task AppendAt(MetricStore store, long startMs, long endMs)
    {
        var batch = new SampleBatch();
        for (var series = 0; series < SeriesCount; series++)
        {
            var number = batch.AddSeries(LabelsOf(series));
            for (var time = startMs; time < endMs; time += Minute)
                batch.Add(number, time, ValueAt(series, time));
        }

        _promises.Add(new Promise(PromiseKind.Sent, now(), startMs, endMs));
        if (await Try(async () => Expect((await store.AppendAsync(batch)).Rejected == 0, "a sample was rejected")))
            _promises.Add(new Promise(PromiseKind.Acknowledged, now(), startMs, endMs));
    }

    async Task Delete(MetricStore store, long startMs, long endMs)
    {
        _promises.Add(new Promise(PromiseKind.DeleteSent, now(), startMs, endMs));
        if (await Try(() => store.DeleteAsync([new Matcher(MatchType.Equal, "series", "1")], new TimeRange(startMs, endMs))))
            _promises.Add(new Promise(PromiseKind.Deleted, now(), startMs, endMs));
    }

    /// <summary>Takes a step; a disk that refuses is no mistake, anything else is.</summary>
    async Task<bool> Try(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (IOException)
        {
            Refused++;
            return false;
        }
    }

    /// <summary>Time stands still, and no timer fires: the same happens in the same order each time.</summary>
    sealed class StillClock : TimeProvider
    {
        public long NowMs { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new NoTimer();

        sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
                // It never was.
            }

            public ValueTask DisposeAsync() => default;
        }
    }

    internal enum PromiseKind
    {
        Sent,
        Acknowledged,
        DeleteSent,
        Deleted,
        Expired,
    }

    /// <summary>An answer (or a question) for a range of all series; a delete is of series 1.</summary>
    internal sealed record Promise(PromiseKind Kind, int Moment, long StartMs, long EndMs);
}
