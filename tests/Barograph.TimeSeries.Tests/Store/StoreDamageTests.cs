using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>Damage to the files of a whole store: it opens, says what it lost, and never gives a wrong value.</summary>
public sealed class StoreDamageTests
{
    const int SeriesCount = 8, Samples = 3000, LargestChunk = 1024;

    static Labels LabelsOf(int series) => Labels.Of("__name__", "damaged", "i", $"{series}");

    static double ValueAt(int series, long time) => Math.Sqrt(series + time);

    [Fact]
    public async Task A_flipped_bit_in_any_file_costs_one_chunk_or_record_at_most_and_never_a_wrong_value()
    {
        using var original = new TemporaryFolder();
        await Write(original.Path);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            using var copy = new TemporaryFolder();
            var files = Copy(original.Path, copy.Path).Where(static path => new FileInfo(path).Length > 0 && !path.EndsWith("version", StringComparison.Ordinal)).ToList();
            var file = files[random.Next(files.Count)];
            var bytes = await File.ReadAllBytesAsync(file);
            var bit = random.Next(bytes.Length * 8);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(file, bytes);
            var context = $"seed {seed}, round {round}: bit {bit} of {Path.GetRelativePath(copy.Path, file)}";
            await using var store = MetricStore.Open(copy.Path, AnyTime);
            var lost = Lost(store, context);
            Assert.True(lost <= LargestChunk, $"{context}: {lost} samples lost");
            Assert.True(lost == 0 || store.Damage.Count > 0, $"{context}: {lost} samples lost and not a word");
            Assert.Equal(1, (await store.Append(LabelsOf(0), (1_000_000, 1))).Accepted);
        }
    }

    [Fact]
    public async Task A_file_cut_short_or_gone_leaves_a_store_that_opens_and_takes_appends()
    {
        using var original = new TemporaryFolder();
        await Write(original.Path);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 30; round++)
        {
            using var copy = new TemporaryFolder();
            var files = Copy(original.Path, copy.Path).Where(static path => !path.EndsWith("version", StringComparison.Ordinal)).ToList();
            var file = files[round % files.Count];
            if (round % 3 == 0)
                File.Delete(file);
            else
                await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file)).AsMemory(0, random.Next((int)new FileInfo(file).Length + 1)).ToArray());
            var context = $"seed {seed}, round {round}: {Path.GetRelativePath(copy.Path, file)}";
            await using var store = MetricStore.Open(copy.Path, AnyTime);
            Lost(store, context);
            Assert.Equal(1, (await store.Append(LabelsOf(0), (1_000_000, 1))).Accepted);
            await store.CompactAsync();
            Lost(store, context);
        }
    }

    static async Task Write(string folder)
    {
        await using var store = MetricStore.Open(folder, AnyTime);
        store.SetMetadata("damaged", new MetricMetadata(MetricType.Gauge, "", "For tests."));
        for (var part = 0; part < 3; part++)
        {
            var batch = new SampleBatch();
            for (var series = 0; series < SeriesCount; series++)
            {
                var number = batch.AddSeries(LabelsOf(series));
                for (var i = 0; i < Samples / 3; i++)
                {
                    var time = (part * Samples / 3 + i) * 100L;
                    batch.Add(number, time, ValueAt(series, time));
                }
            }

            Assert.Equal(batch.SampleCount, (await store.AppendAsync(batch)).Accepted);
            if (part < 2)
                await store.FlushAsync();
        }
    }

    static int Lost(MetricStore store, string context)
    {
        var present = 0;
        for (var series = 0; series < SeriesCount; series++)
        {
            foreach (var sample in store.Read(LabelsOf(series), new TimeRange(0, 1_000_000)))
            {
                Assert.True(sample.Value == ValueAt(series, sample.TimestampMs), $"{context}: {sample}");
                present++;
            }
        }

        return SeriesCount * Samples - present;
    }

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
