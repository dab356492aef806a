namespace Barograph.TimeSeries.Tests;

public sealed class RollupSetTests : IDisposable
{
    const long Minute = 60_000, Hour = 60 * Minute, Day = 24 * Hour;

    readonly BlockModel _model = new();
    readonly List<Block> _raw = [];

    string Folder => _model.PathOf("rollups");

    public void Dispose()
    {
        _raw.ForEach(static block => block.Dispose());
        _model.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Refreshed_block_by_block_the_rollups_are_those_of_all_samples(int seed)
    {
        var random = new Random(seed);
        var rollups = RollupSet.Open(Folder, _model.Damage.Add);
        for (var flush = 0; flush < 12; flush++)
        {
            // Mostly onwards by some hours; now and then late.
            var startHour = random.Next(4) == 0 ? Math.Max(0, flush * 5 - 9) : flush * 5;
            AddRaw(startHour * Hour + random.Next(1_000_000), hours: random.Next(1, 7), counter: true);
            rollups.MarkChanged(RangeOf(_raw[^1]));
            if (random.Next(3) == 0)
            {
                rollups.Dispose(); // as after a crash between the two
                rollups = RollupSet.Open(Folder, _model.Damage.Add);
                Assert.True(rollups.IsDirty);
            }

            rollups.Refresh(_raw, generation: flush + 1);
            Assert.Equal((flush + 1, false), (rollups.Generation, rollups.IsDirty));
        }

        foreach (var resolution in RollupResolution.All)
            AssertIsThatOfAllSamples(rollups, resolution);
        rollups.Dispose();
        Assert.Empty(_model.Damage);
    }

    [Fact]
    public void A_window_is_made_when_it_is_over()
    {
        using var rollups = RollupSet.Open(Folder, _model.Damage.Add);
        AddRaw(0, hours: 3, counter: true);
        rollups.Refresh(_raw, 1);
        Assert.Equal(179, Read(rollups, RollupResolution.All[0]).Count); // the last sample is at 2:59:50
        Assert.Equal(2, Read(rollups, RollupResolution.All[2]).Count);
        Assert.Empty(RollupSelection.Open(rollups, RollupResolution.All[3], [], TimeRange.All, long.MaxValue).Series);
    }

    [Fact]
    public void Windows_outlive_their_raw_samples()
    {
        using var rollups = RollupSet.Open(Folder, _model.Damage.Add);
        AddRaw(0, hours: 10, counter: true);
        AddRaw(10 * Hour + 20_000, hours: 10, counter: true);
        rollups.Refresh(_raw, 1);
        var before = Read(rollups, RollupResolution.All[0]).Counts.ToArray();
        _raw[0].Dispose();
        _raw.RemoveAt(0);
        rollups.MarkChanged(TimeRange.All);
        rollups.Refresh(_raw, 1);
        Assert.Equal(before, Read(rollups, RollupResolution.All[0]).Counts.ToArray());
    }

    [Fact]
    public void Deleted_samples_leave_the_rollups()
    {
        using var rollups = RollupSet.Open(Folder, _model.Damage.Add);
        AddRaw(0, hours: 4, counter: true);
        rollups.Refresh(_raw, 1);
        var deleted = new TimeRange(Hour + 30_000, 2 * Hour + 30_000);
        rollups.MarkChanged(deleted);
        _raw[0].Delete([0], deleted);
        rollups.Delete([], deleted);
        var windows = Read(rollups, RollupResolution.All[0]);
        Assert.DoesNotContain(windows.StartsMs.ToArray(), static start => start is >= Hour and < 2 * Hour + 30_000);
        rollups.Refresh(_raw, 1);
        Assert.Equal(3, windows.Counts[59] - Read(rollups, RollupResolution.All[0]).Counts[60]); // half of the window at the edge is back
    }

    [Fact]
    public void Old_files_are_dropped_resolution_by_resolution()
    {
        using var rollups = RollupSet.Open(Folder, _model.Damage.Add);
        AddRaw(0, hours: 60, counter: true);
        rollups.Refresh(_raw, 1);
        rollups.DropBefore(RollupResolution.All[0], 2 * Day);
        Assert.Equal(2 * Day, Read(rollups, RollupResolution.All[0]).StartsMs[0]);
        Assert.Equal(0, Read(rollups, RollupResolution.All[1]).StartsMs[0]);
    }

    [Fact]
    public void A_damaged_file_is_reported_and_made_anew()
    {
        AddRaw(0, hours: 4, counter: true);
        long[] before;
        using (var rollups = RollupSet.Open(Folder, _model.Damage.Add))
        {
            rollups.Refresh(_raw, 1);
            before = Read(rollups, RollupResolution.All[0]).Counts.ToArray();
        }

        var path = Directory.GetFiles(Path.Combine(Folder, "1m")).Single();
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^500]);
        using var reopened = RollupSet.Open(Folder, _model.Damage.Add);
        Assert.Single(_model.Damage);
        reopened.Refresh(_raw, 1);
        Assert.Equal(before, Read(reopened, RollupResolution.All[0]).Counts.ToArray());
    }

    [Fact]
    public void Of_two_versions_that_a_crash_left_the_newer_one_stays()
    {
        AddRaw(0, hours: 4, counter: true);
        using (var rollups = RollupSet.Open(Folder, _model.Damage.Add))
            rollups.Refresh(_raw, 1);
        var path = Directory.GetFiles(Path.Combine(Folder, "1m")).Single();
        File.Copy(path, Path.Combine(Folder, "1m", RollupFile.NameOf(0, 2)));
        File.WriteAllText(Path.Combine(Folder, "1m", RollupFile.NameOf(0, 3) + StoreFolder.TemporarySuffix), "half");
        using var reopened = RollupSet.Open(Folder, _model.Damage.Add);
        Assert.Equal([RollupFile.NameOf(0, 2)], Directory.GetFiles(Path.Combine(Folder, "1m")).Select(Path.GetFileName));
        Assert.Equal(239, Read(reopened, RollupResolution.All[0]).Count);
    }

    [Fact]
    public void Damaged_progress_means_that_all_changed()
    {
        using (var rollups = RollupSet.Open(Folder, _model.Damage.Add))
            rollups.MarkChanged(new TimeRange(1, 2));
        var path = Path.Combine(Folder, "progress");
        var bytes = File.ReadAllBytes(path);
        bytes[12] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var reopened = RollupSet.Open(Folder, _model.Damage.Add);
        Assert.True(reopened.IsDirty);
    }

    void AddRaw(long startMs, int hours, bool counter)
    {
        var samples = new SortedDictionary<long, double>();
        for (var time = startMs; time < startMs + hours * Hour; time += 10_000)
            samples[time] = counter ? time / 10_000 % 3000 : Math.Sin(time);
        _raw.Add(_model.Write($"raw-{_raw.Count}", new() { [BlockModel.LabelsOf(1)] = samples }));
    }

    void AssertIsThatOfAllSamples(RollupSet rollups, RollupResolution resolution)
    {
        var window = new TimeRange(0, RollupBuilder.StartOf(_raw.Max(static block => block.Info.LastMs), resolution.StepMs));
        RollupBlocks.Build(_raw, _model.PathOf("all"), new BlockMeta(window, resolution.StepMs));
        using var all = _model.Open("all");
        var expected = new RollupColumns();
        var reader = new RollupReader(all, 0, window);
        while (reader.MoveNext())
            expected.Append(reader.Windows, ..);
        var read = Read(rollups, resolution);
        Assert.Equal(expected.StartsMs.ToArray(), read.StartsMs.ToArray());
        Assert.Equal(expected.Counts.ToArray(), read.Counts.ToArray());
        Assert.Equal(expected.Sums.ToArray(), read.Sums.ToArray());
        Assert.Equal(expected.Lasts.ToArray(), read.Lasts.ToArray());
        Assert.Equal(expected.Increases.ToArray(), read.Increases.ToArray());
    }

    static TimeRange RangeOf(Block block) => new(block.Info.FirstMs, block.Info.LastMs + 1);

    static RollupColumns Read(RollupSet rollups, RollupResolution resolution)
    {
        using var selection = RollupSelection.Open(rollups, resolution, [new Matcher(MatchType.Equal, "__name__", "metric_1")], TimeRange.All, long.MaxValue);
        return Assert.Single(selection.Series).ReadWindows();
    }
}
