using System.Diagnostics;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Reliability;

/// <summary>Experiments on whole stores in this process: damaged files, requests that come again, backups under way.</summary>
static class StoreExperiments
{
    const int SeriesCount = 8, Parts = 4, SamplesPerPart = 1000, StepMs = 1000, LargestChunk = 1024;

    static readonly StoreOptions s_anyTime = new()
    {
        Retention = null,
        RollupRetention = RollupRetention.Unlimited,
        OutOfOrderWindow = null,
        MaxFuture = null,
        RollupMinSamples = 0,
    };

    /// <summary>A bit is flipped, a file cut short, zeroed or deleted; then the store is opened, read to the end, and written.</summary>
    public static async Task<int> Damage(string[] arguments)
    {
        var flips = arguments.Length > 0 ? int.Parse(arguments[0]) : 1000;
        var seed = arguments.Length > 1 ? int.Parse(arguments[1]) : 1;
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        using var original = new TemporaryFolder();
        await WriteAsync(original.In("data"));
        var (broken, worst, states) = (0, 0, 0);
        foreach (var (kind, isLog, count) in new[] { ("bit", true, flips), ("bit", false, flips), ("cut", true, flips / 4), ("cut", false, flips / 4), ("zeroed", false, flips / 10), ("deleted", false, flips / 10) })
        {
            for (var i = 0; i < count; i++, states++)
            {
                using var copy = new TemporaryFolder();
                var files = Copy(original.In("data"), copy.In("data"))
                    .Where(path => new FileInfo(path).Length > 0 && Path.GetFileName(path) != "version" && path.EndsWith(".log", StringComparison.Ordinal) == isLog).ToList();
                var file = files[random.Next(files.Count)];
                var context = $"{kind} in {Path.GetRelativePath(copy.In("data"), file)}, state {i}, seed {seed}";
                await HarmAsync(file, kind, random);
                var (lost, isSaid, problem) = await LookAsync(copy.In("data"));
                if (kind == "bit")
                    problem ??= lost > LargestChunk ? $"{lost} samples lost" : lost > 0 && !isSaid ? $"{lost} samples lost and not a word" : null;
                worst = kind == "bit" ? Math.Max(worst, lost) : worst;
                if (problem is null)
                    continue;
                broken++;
                Console.WriteLine($"{context}: {problem}");
            }
        }

        Console.WriteLine($"damage: {states} damaged stores, seed {seed}: {broken} broke a promise (opens, says what was lost, no wrong value, a bit costs a chunk or record at most: {worst} samples at worst); {watch.Elapsed.TotalSeconds:F0} s");
        return broken == 0 ? 0 : 1;
    }

    /// <summary>Each batch comes three times, in any order, from several senders at once, also after a restart; twice in a store and once in another.</summary>
    public static async Task<int> Retries(string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0]) : 20;
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        var (broken, samples) = (0, 0);
        var once = MetricStore.Open(folder.In("once"), s_anyTime);
        for (var round = 0; round < rounds; round++)
        {
            await using var often = MetricStore.Open(folder.In("often"), s_anyTime); // opened anew each round
            var parts = Enumerable.Range(0, 30).Select(part => BatchOf((round * 30) + part, samplesPerSeries: 20)).ToArray();
            foreach (var part in parts)
                samples += (await once.AppendAsync(part)).Accepted;
            var again = parts.Concat(parts).Concat(parts).Select(static (part, i) => (Part: part, i)).ToArray();
            random.Shuffle(again);
            // What was sent in the round before comes once more, behind a restart and perhaps from a block.
            var late = Enumerable.Range(Math.Max(0, round - 1) * 30, 30).Select(part => BatchOf(part, samplesPerSeries: 20));
            if (round % 3 == 1)
                await often.FlushAsync();
            var results = await Task.WhenAll(again.Select(one => Task.Run(async () => await often.AppendAsync(one.Part)))
                .Concat(late.Select(one => Task.Run(async () => await often.AppendAsync(one)))));
            broken += results.Sum(static result => result.Rejected);
            if (Describe(often) != Describe(once))
            {
                broken++;
                Console.WriteLine($"retries: round {round}: the two stores differ");
            }
        }

        await once.DisposeAsync();
        Console.WriteLine($"retries: {samples:N0} samples, each sent three times or more in any order, {rounds} restarts: {broken} refusals or differences");
        return broken == 0 ? 0 : 1;
    }

    /// <summary>Backups of a store that is being written: each has all that was acknowledged before it began; damage in one is found.</summary>
    public static async Task<int> Backups(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0]) : 20;
        using var folder = new TemporaryFolder();
        var broken = 0;
        await using var store = MetricStore.Open(folder.In("data"), s_anyTime);
        using var enough = new CancellationTokenSource();
        await store.AppendAsync(BatchOf(0, samplesPerSeries: 50));
        var acknowledged = 50;
        var writing = Task.Run(async () =>
        {
            for (var part = 1; !enough.IsCancellationRequested; part++)
            {
                await store.AppendAsync(BatchOf(part, samplesPerSeries: 50));
                Volatile.Write(ref acknowledged, (part + 1) * 50);
            }
        });
        for (var i = 0; i < count; i++)
        {
            var before = Volatile.Read(ref acknowledged);
            await store.BackupAsync(folder.In($"backup-{i}"));
            MetricStore.Restore(folder.In($"backup-{i}"), folder.In("restored"));
            if (MetricStore.Verify(folder.In("restored")) is { Damage.Count: > 0 } report)
                broken += Say($"backup {i}: {report.Damage[0]}");
            await using (var restored = MetricStore.Open(folder.In("restored"), s_anyTime))
            {
                foreach (var samples in CountValid(restored, out var wrong).Where(samples => samples < before || wrong))
                    broken += Say($"backup {i}: {samples} samples of {before}, wrong: {wrong}");
            }

            Directory.Delete(folder.In("restored"), recursive: true);
            var block = Directory.GetFiles(folder.In($"backup-{i}/blocks"), "*.block")[0];
            await HarmAsync(block, "bit", new Random(i));
            if (MetricStore.Verify(folder.In($"backup-{i}")).Damage.Count == 0)
                broken += Say($"backup {i}: a flipped bit was not found");
            Directory.Delete(folder.In($"backup-{i}"), recursive: true);
        }

        await enough.CancelAsync();
        await writing;
        Console.WriteLine($"backups: {count} of a store at work, {acknowledged * SeriesCount:N0} samples: {broken} broke a promise");
        return broken == 0 ? 0 : 1;
    }

    static int Say(string what)
    {
        Console.WriteLine(what);
        return 1;
    }

    static Labels LabelsOf(int series) => Labels.Of("__name__", "experiment", "i", $"{series}");

    static double ValueAt(int series, long timeMs) => Math.Sqrt(series + timeMs);

    static SampleBatch BatchOf(int part, int samplesPerSeries)
    {
        var batch = new SampleBatch();
        for (var series = 0; series < SeriesCount; series++)
        {
            var number = batch.AddSeries(LabelsOf(series));
            for (var i = 0; i < samplesPerSeries; i++)
            {
                var time = ((part * samplesPerSeries) + i) * (long)StepMs;
                batch.Add(number, time, ValueAt(series, time));
            }
        }

        return batch;
    }

    /// <summary>Three blocks, rollups of them, and a log.</summary>
    static async Task WriteAsync(string folder)
    {
        await using var store = MetricStore.Open(folder, s_anyTime);
        store.SetMetadata("experiment", new MetricMetadata(MetricType.Gauge, "", "For experiments."));
        for (var part = 0; part < Parts; part++)
        {
            await store.AppendAsync(BatchOf(part, SamplesPerPart));
            if (part == 0)
                await store.CompactAsync();
            else if (part < Parts - 1)
                await store.FlushAsync();
        }
    }

    static async Task HarmAsync(string file, string kind, Random random)
    {
        if (kind == "deleted")
        {
            File.Delete(file);
            return;
        }

        var bytes = await File.ReadAllBytesAsync(file);
        if (kind == "bit")
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        else if (kind == "zeroed")
            Array.Clear(bytes);
        await File.WriteAllBytesAsync(file, kind == "cut" ? bytes[..random.Next(bytes.Length)] : bytes);
    }

    static async Task<(int Lost, bool IsSaid, string? Problem)> LookAsync(string folder)
    {
        try
        {
            await using var store = MetricStore.Open(folder, s_anyTime);
            var lost = SeriesCount * Parts * SamplesPerPart - CountValid(store, out var wrong).Sum();
            if (wrong)
                return (lost, false, "a wrong value");
            var isSaid = store.Damage.Count > 0;
            var result = await store.AppendAsync(BatchOf(Parts * 2, SamplesPerPart));
            return (lost, isSaid, result.Rejected > 0 ? result.FirstExample : null);
        }
        catch (Exception cause) when (cause is StoreUnavailableException or IOException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            return (0, false, $"does not open: {cause.Message}");
        }
    }

    /// <summary>How many samples each series has.</summary>
    static int[] CountValid(MetricStore store, out bool wrong)
    {
        wrong = false;
        var counts = new int[SeriesCount];
        using var selection = store.Select([new Matcher(MatchType.Equal, "__name__", "experiment")], TimeRange.All);
        foreach (var series in selection.Series)
        {
            var number = int.Parse(series.Labels.Get("i"));
            using var reader = series.OpenReader();
            for (; reader.MoveNext(); counts[number] += reader.TimestampsMs.Length)
            {
                for (var i = 0; i < reader.TimestampsMs.Length; i++)
                    wrong |= reader.Values[i] != ValueAt(number, reader.TimestampsMs[i]);
            }
        }

        return counts;
    }

    static string Describe(MetricStore store) => $"{string.Join(' ', CountValid(store, out var wrong))} {wrong}";

    static List<string> Copy(string from, string to)
    {
        var copies = new List<string>();
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            copies.Add(copy);
        }

        return copies;
    }
}
