namespace Barograph.TimeSeries.Tests;

/// <summary>What a block should hold, the naive way, and the block itself in a temporary folder.</summary>
sealed class BlockModel : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-blocks-").FullName;

    /// <summary>Samples by series.</summary>
    public Dictionary<Labels, SortedDictionary<long, double>> Series { get; } = [];

    public List<BlockDamage> Damage { get; } = [];

    public string PathOf(string name) => Path.Combine(_folder, name);

    public static Labels LabelsOf(int series) => Labels.Of(
        "__name__", $"metric_{series % 7}", "instance", $"host-{series / 7 % 5}", series % 3 == 0 ? "mode" : "device", $"é{series}");

    /// <summary>Some series of ugly and of usual samples; most share their times.</summary>
    public static Dictionary<Labels, SortedDictionary<long, double>> RandomSeries(Random random, int seriesCount, long startMs, int maxSamples = 2500)
    {
        var shared = Enumerable.Range(1, maxSamples).Select(i => startMs + i * 1000L + random.Next(5)).ToArray();
        var all = new Dictionary<Labels, SortedDictionary<long, double>>();
        for (var series = 0; series < seriesCount; series++)
        {
            var count = random.Next(1, maxSamples);
            var values = random.Next(3) == 0 ? SampleShapes.Ugly(random, count) : SampleShapes.Mix[random.Next(SampleShapes.Mix.Count)].Values(random, count);
            var samples = new SortedDictionary<long, double>();
            for (var i = 0; i < count; i++)
                samples[random.Next(3) == 0 ? startMs + random.Next(maxSamples * 1000) : shared[i]] = values[i];
            all[LabelsOf(random.Next(seriesCount * 2))] = samples;
        }

        return all;
    }

    public Block Write(string name, Dictionary<Labels, SortedDictionary<long, double>> series)
    {
        Write(PathOf(name), new BlockMeta(TimeRange.All), series.Keys, (labels, writer) => writer.Append(series[labels].Keys.ToArray(), series[labels].Values.ToArray()));
        return Open(name);
    }

    /// <summary>Writes a block of series that are given in any order.</summary>
    public static void Write(string path, BlockMeta meta, IEnumerable<Labels> series, Action<Labels, BlockWriter> writeSamples)
    {
        var index = new SeriesIndex();
        var labelsOf = series.ToDictionary(labels => index.Add(SampleBatch.EncodeKey(labels)));
        var texts = new HeadLabels(index);
        using var writer = new BlockWriter(path, meta, texts, index.Count);
        foreach (var one in index.Ranks.Order(index.Count))
        {
            writer.BeginSeries(texts.Of(one));
            writeSamples(labelsOf[one], writer);
        }

        writer.Finish();
    }

    public Block Open(string name) => Block.Open(PathOf(name), Damage.Add);

    public static List<Sample> Read(Block block, int series, TimeRange range)
    {
        List<Sample> samples = [];
        using var reader = block.OpenReader(series, range);
        while (reader.MoveNext())
        {
            for (var i = 0; i < reader.TimestampsMs.Length; i++)
                samples.Add(new Sample(reader.TimestampsMs[i], reader.Values[i]));
        }

        return samples;
    }

    public static void AssertHolds(Dictionary<Labels, SortedDictionary<long, double>> expected, Block block)
    {
        Assert.Equal(expected.Count, block.SeriesCount);
        for (var series = 0; series < block.SeriesCount; series++)
            AssertSame(expected[block.ReadLabels(series)].Select(static pair => new Sample(pair.Key, pair.Value)), Read(block, series, TimeRange.All));
    }

    public static void AssertSame(IEnumerable<Sample> expected, IEnumerable<Sample> read) =>
        Assert.Equal(expected.Select(Bits), read.Select(Bits));

    public static (long TimestampMs, long Bits) Bits(Sample sample) => (sample.TimestampMs, BitConverter.DoubleToInt64Bits(sample.Value));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
