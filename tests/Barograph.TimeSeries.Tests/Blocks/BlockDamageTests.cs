namespace Barograph.TimeSeries.Tests;

public sealed class BlockDamageTests
{
    [Fact]
    public void A_flipped_bit_costs_at_most_one_chunk_and_never_gives_a_wrong_value()
    {
        using var model = new BlockModel();
        var series = BlockModel.RandomSeries(new Random(1), 12, startMs: 0, maxSamples: 1500);
        model.Write("a", series).Dispose();
        var whole = File.ReadAllBytes(model.PathOf("a"));
        for (var seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            var damaged = whole.ToArray();
            // Half of the flips hit the index and the footers, which are small.
            var offset = seed % 2 == 0 ? random.Next(whole.Length) : whole.Length - 1 - random.Next(6000);
            damaged[offset] ^= (byte)(1 << random.Next(8));
            CheckDamage(model, series, damaged, maxLostChunks: 1, $"seed {seed}, byte {offset} of {whole.Length}");
        }
    }

    [Fact]
    public void A_zeroed_sector_is_found_and_gives_no_wrong_value()
    {
        using var model = new BlockModel();
        var series = BlockModel.RandomSeries(new Random(2), 12, startMs: 0, maxSamples: 1500);
        model.Write("a", series).Dispose();
        var whole = File.ReadAllBytes(model.PathOf("a"));
        for (var offset = 0; offset + 512 < whole.Length - 2 * BlockFooter.SizeBytes; offset += 512)
        {
            var damaged = whole.ToArray();
            damaged.AsSpan(offset, 512).Clear();
            CheckDamage(model, series, damaged, maxLostChunks: int.MaxValue, $"sector at byte {offset}");
        }
    }

    [Fact]
    public void A_block_cut_anywhere_is_refused_with_our_own_error()
    {
        using var model = new BlockModel();
        model.Write("a", BlockModel.RandomSeries(new Random(3), 5, startMs: 0)).Dispose();
        var whole = File.ReadAllBytes(model.PathOf("a"));
        for (var length = 0; length < whole.Length - BlockFooter.SizeBytes; length += 97)
        {
            File.WriteAllBytes(model.PathOf("cut"), whole[..length]);
            Assert.Throws<CorruptBlockException>(() => model.Open("cut"));
            Assert.Null(BlockVerification.Verify(model.PathOf("cut")).Info);
        }
    }

    [Fact]
    public void A_newer_format_is_refused_by_name()
    {
        using var model = new BlockModel();
        model.Write("a", []).Dispose();
        var bytes = File.ReadAllBytes(model.PathOf("a"));
        foreach (var at in new[] { bytes.Length - BlockFooter.SizeBytes, bytes.Length - 2 * BlockFooter.SizeBytes })
        {
            bytes[at + 8] = 99;
            BitConverter.TryWriteBytes(bytes.AsSpan(at + 188), Crc32C.Compute(bytes.AsSpan(at, 188)));
        }

        File.WriteAllBytes(model.PathOf("a"), bytes);
        Assert.Contains("format 99", Assert.Throws<CorruptBlockException>(() => model.Open("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_names_the_damaged_chunk_and_its_series()
    {
        using var model = new BlockModel();
        var series = BlockModel.RandomSeries(new Random(4), 8, startMs: 0);
        List<ChunkRef> chunks = [];
        Labels labels;
        TimesEntry entry;
        using (var block = model.Write("a", series))
        {
            Assert.Empty(BlockVerification.Verify(block.Path).Damage);
            block.Index.Series.ReadChunks(5, chunks);
            (labels, entry) = (block.ReadLabels(5), block.Index.Times(chunks[0].Times));
        }

        var bytes = File.ReadAllBytes(model.PathOf("a"));
        bytes[chunks[0].OffsetBytes + 6] ^= 1;
        File.WriteAllBytes(model.PathOf("a"), bytes);
        var damage = Assert.Single(BlockVerification.Verify(model.PathOf("a")).Damage);
        Assert.Equal((labels, new TimeRange(entry.FirstMs, entry.LastMs + 1), entry.Count), (damage.Series, damage.Lost, damage.SampleCount));
    }

    static void CheckDamage(BlockModel model, Dictionary<Labels, SortedDictionary<long, double>> series, byte[] bytes, int maxLostChunks, string what)
    {
        File.WriteAllBytes(model.PathOf("damaged"), bytes);
        model.Damage.Clear();
        using var block = model.Open("damaged");
        var lost = 0;
        try
        {
            Assert.Equal(series.Count, block.SeriesCount);
            for (var number = 0; number < block.SeriesCount; number++)
            {
                var expected = series[block.ReadLabels(number)];
                var read = BlockModel.Read(block, number, TimeRange.All);
                foreach (var sample in read)
                    Assert.Equal(BitConverter.DoubleToInt64Bits(expected[sample.TimestampMs]), BitConverter.DoubleToInt64Bits(sample.Value));
                lost += expected.Count - read.Count;
            }

            Assert.Equal(lost, model.Damage.Sum(static damage => damage.SampleCount));
            Assert.InRange(model.Damage.Count(static damage => damage.SampleCount > 0), 0, maxLostChunks);
            Assert.NotEmpty(BlockVerification.Verify(block.Path).Damage);
        }
        catch (CorruptBlockException) when (maxLostChunks > 1)
        {
            // A sector may hold both an end of the index and the beginning of its spare.
        }
        catch (Exception error)
        {
            Assert.Fail($"{what}: {error}");
        }
    }
}
