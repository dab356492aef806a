using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries.Tests;

/// <summary>
/// Files that version 1 wrote are read for ever, and version 1 is what is written until the number changes. A new version
/// gets new files beside the old ones: run these tests once with BAROGRAPH_WRITE_FIXTURES=1. A writer that chooses otherwise among what the version
/// has gets one too; what the one before wrote stays, to be read.
/// </summary>
public sealed class BlockFormatTests
{
    const long Minute = 60_000;

    [Fact]
    public void A_block_of_version_1_is_read_and_written_as_it_was()
    {
        using var model = new BlockModel();
        using var written = model.Write("raw", Samples());
        var fixture = Fixture("version-1-in-order.block", written.Path);
        using var block = Block.Open(fixture, model.Damage.Add);
        BlockModel.AssertHolds(Samples(), block);
        AssertSameBytes(block, written);
        Assert.Empty(model.Damage);
    }

    [Fact]
    public void A_block_of_version_1_that_an_older_writer_wrote_is_read()
    {
        using var model = new BlockModel();
        using var block = Block.Open(Fixture("version-1.block"), model.Damage.Add);
        BlockModel.AssertHolds(Samples(), block);
        Assert.Empty(model.Damage);
    }

    [Fact]
    public void A_rollup_block_of_version_1_is_read_and_written_as_it_was()
    {
        using var model = new BlockModel();
        using var raw = model.Write("raw", Samples());
        RollupBlocks.Build([raw], model.PathOf("rollup"), new BlockMeta(new TimeRange(0, 120 * Minute), 5 * Minute));
        using var written = model.Open("rollup");
        var fixture = Fixture("version-1-rollup.block", written.Path);
        using var block = Block.Open(fixture, model.Damage.Add);
        for (var series = 0; series < block.SeriesCount; series++)
        {
            var (old, fresh) = (new RollupReader(block, series, TimeRange.All), new RollupReader(written, series, TimeRange.All));
            while (fresh.MoveNext())
            {
                Assert.True(old.MoveNext());
                Assert.Equal(fresh.Windows.StartsMs.ToArray(), old.Windows.StartsMs.ToArray());
                Assert.Equal(fresh.Windows.Sums.ToArray(), old.Windows.Sums.ToArray());
                Assert.Equal(fresh.Windows.Increases.ToArray(), old.Windows.Increases.ToArray());
            }
        }

        AssertSameBytes(block, written);
        Assert.Empty(model.Damage);
    }

    [Fact]
    public void Tombstones_of_version_1_are_written_as_they_were()
    {
        var tombstones = Tombstones.None.With([1, 3], new TimeRange(1000, 2000)).With([3], new TimeRange(5000, 9000));
        Assert.Equal("4247544F4D4253310201" + "01D00FE807" + "0202D00FE807904EA01F" + "A9F79191", Convert.ToHexString(tombstones.Encode()));
        var read = Tombstones.Decode(tombstones.Encode());
        Assert.Equal([new TimeRange(1000, 2000), new TimeRange(5000, 9000)], read.Of(3).ToArray());
    }

    static Dictionary<Labels, SortedDictionary<long, double>> Samples()
    {
        var all = new Dictionary<Labels, SortedDictionary<long, double>>();
        Add("constant", static i => 12.5);
        Add("counter", static i => i % 500 * 7);
        Add("decimal", static i => 20 + i * 37 % 101 / 100.0);
        Add("stale", static i => i == 300 ? StaleMarker.Value : i / 10.0);
        Add("float32", static i => 1 / (float)(1 + i % 17));
        Add("ratio", static i => 1.0 / (1 + i % 13));
        Add("odd", static i => (i % 7) switch { 0 => double.NaN, 1 => -0.0, 2 => double.PositiveInfinity, 3 => double.MinValue, 4 => double.Epsilon, 5 => 1e300, _ => 3 });
        return all;

        void Add(string name, Func<int, double> value) =>
            all[Labels.Of("__name__", name, "host", $"h{name.Length % 2}", "π", "naïve")] =
                new(Enumerable.Range(0, 700).ToDictionary(i => i * 10_000L + (name.Length % 2 == 0 ? i * i % 5 : 0), value));
    }

    /// <summary>All but the spare and what tells of it: another Brotli may find another compression.</summary>
    static void AssertSameBytes(Block expected, Block actual)
    {
        var end = (int)expected.Sections[(int)SectionKind.Spare].OffsetBytes;
        Assert.Equal(end, actual.Sections[(int)SectionKind.Spare].OffsetBytes);
        Assert.True(File.ReadAllBytes(expected.Path).AsSpan(0, end).SequenceEqual(File.ReadAllBytes(actual.Path).AsSpan(0, end)));
        Assert.Equal(expected.Info, actual.Info);
    }

    static string Fixture(string name, string? written = null, [CallerFilePath] string here = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(here)!, "..", "Fixtures", name);
        if (Environment.GetEnvironmentVariable("BAROGRAPH_WRITE_FIXTURES") == "1" && written is not null)
            File.Copy(written, path, overwrite: true);
        return path;
    }
}
