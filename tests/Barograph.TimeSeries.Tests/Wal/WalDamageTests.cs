using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

public sealed class WalDamageTests : IDisposable
{
    const int Batches = 60, SeriesPerBatch = 5;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Labels SeriesOf(int number) => Labels.Of("__name__", "damaged", "i", $"{number}");

    static double ValueAt(int series, int batch) => series * 1000 + batch + 0.5;

    async Task<string> WriteLog()
    {
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
        {
            var batch = new SampleBatch();
            for (var series = 0; series < SeriesPerBatch; series++)
                batch.AddSeries(SeriesOf(series));
            for (var time = 0; time < Batches; time++)
            {
                batch.ClearSamples();
                for (var series = 0; series < SeriesPerBatch; series++)
                    batch.Add(series, time, ValueAt(series, time));
                await store.AppendAsync(batch);
            }
        }

        return Directory.GetFiles(_folder.In("wal")).Single();
    }

    /// <summary>Opens what is there; every value that is read must be right. Returns how many samples are missing.</summary>
    async Task<int> CountLost(bool mayBeSilent = false)
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        var present = 0;
        for (var series = 0; series < SeriesPerBatch; series++)
        {
            foreach (var sample in store.Read(SeriesOf(series)))
            {
                Assert.Equal(ValueAt(series, (int)sample.TimestampMs), sample.Value);
                present++;
            }
        }

        var lost = Batches * SeriesPerBatch - present;
        if (lost > 0 && !mayBeSilent)
            Assert.NotEmpty(store.Damage);
        return lost;
    }

    void Restore(string path, byte[] content)
    {
        foreach (var segment in Directory.GetFiles(_folder.In("wal")))
            File.Delete(segment);
        File.WriteAllBytes(path, content);
    }

    [Fact]
    public async Task A_flipped_bit_anywhere_costs_one_record_at_most_and_never_a_wrong_value()
    {
        var path = await WriteLog();
        var content = await File.ReadAllBytesAsync(path);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var damaged = (byte[])content.Clone();
            var bit = random.Next(content.Length * 8);
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Restore(path, damaged);
            var lost = await CountLost();
            Assert.True(lost <= SeriesPerBatch, $"seed {seed}: bit {bit} cost {lost} samples");
        }
    }

    [Fact]
    public async Task A_log_cut_at_any_byte_opens_with_every_batch_before_it()
    {
        var path = await WriteLog();
        var content = await File.ReadAllBytesAsync(path);
        var previous = Batches * SeriesPerBatch;
        for (var length = content.Length; length >= 0; length -= length > content.Length - 200 ? 1 : 37)
        {
            Restore(path, content[..length]);
            var lost = await CountLost(mayBeSilent: true); // between two records nothing tells a lost tail from one never written
            var kept = Batches * SeriesPerBatch - lost;
            Assert.True(kept <= previous && kept % SeriesPerBatch == 0, $"cut at {length}: {kept} samples");
            previous = kept;
        }

        Assert.Equal(0, previous);
    }

    [Fact]
    public async Task Zeros_or_noise_over_a_page_cost_what_was_there()
    {
        var path = await WriteLog();
        var content = await File.ReadAllBytesAsync(path);
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            var damaged = (byte[])content.Clone();
            var start = random.Next(1024, content.Length - 128); // behind the twins of the series' keys, which fit in one page here
            if (round % 2 == 0)
                damaged.AsSpan(start, 128).Clear();
            else
                random.NextBytes(damaged.AsSpan(start, 128));
            Restore(path, damaged);
            Assert.InRange(await CountLost(), 0, 4 * SeriesPerBatch);
        }
    }

    [Fact]
    public async Task A_record_inside_a_label_value_is_not_taken_for_one()
    {
        var path = await WriteLog();
        var content = await File.ReadAllBytesAsync(path);
        // The bytes of the log, as the value of a label: with the first record damaged, a search meets copies of others.
        var copy = Convert.ToHexString(content.AsSpan(8, 300));
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
            await store.Append(Labels.Of("__name__", "copy", "bytes", copy), (1, 1));
        await using (var store = MetricStore.Open(_folder.Path, AnyTime))
            Assert.Single(store.Read(Labels.Of("__name__", "copy", "bytes", copy)));
    }
}
