namespace Barograph.TimeSeries;

/// <summary>
/// The rollups of a store, in a folder of their own: one sub-folder a resolution, one block a period. They follow the raw
/// blocks and can always be made anew from them, as long as those are kept.
/// <para>
/// How the store drives it: whenever raw samples changed (a head window became a block, late samples among them; a delete;
/// a block found at the start whose generation is beyond <see cref="Generation"/>), <see cref="MarkChanged"/> with their
/// range, and then <see cref="Refresh"/>. A delete is marked before the tombstones are written; a flush may be marked after,
/// since its generation tells of it. A crash in between costs only the work: it is done at the next refresh.
/// One thread changes the set at a time; any number pin and read.
/// </para>
/// </summary>
internal sealed class RollupSet : IDisposable
{
    /// <summary>Where the store keeps how far its rollups are.</summary>
    public const string ProgressName = "rollups/progress";

    readonly string _folder;
    readonly Action<BlockDamage> _damaged;
    readonly Disk _disk;
    readonly Dictionary<string, IReadOnlyList<RollupFile>> _files = new(StringComparer.Ordinal); // replaced whole, under its lock
    RollupProgress _progress;
    bool _isClosed; // under the lock of the files

    RollupSet(string folder, Action<BlockDamage> damaged, Disk disk)
    {
        (_folder, _damaged, _disk) = (folder, damaged, disk);
        _progress = RollupProgress.Load(ProgressPath);
    }

    /// <summary>The newest raw block that the rollups know.</summary>
    public long Generation => _progress.Generation;

    /// <summary>Whether something changed since the last refresh.</summary>
    public bool IsDirty => _progress.Changed.Count > 0;

    public long SizeBytes => RollupResolution.All.Sum(resolution => FilesOf(resolution).Sum(static file => file.Block.SizeBytes));

    string ProgressPath => Path.Combine(_folder, "progress");

    /// <summary>Opens the rollups, and removes what a crash left. A block that cannot be read is made anew.</summary>
    /// <param name="disk">What changes the files; the real one when it is not said.</param>
    public static RollupSet Open(string folder, Action<BlockDamage> damaged, Disk? disk = null)
    {
        disk ??= Disk.Real;
        disk.CreateFolder(folder);
        var set = new RollupSet(folder, damaged, disk);
        foreach (var resolution in RollupResolution.All)
            set.OpenFiles(resolution);
        return set;
    }

    /// <summary>Remembers, durably, that raw samples in a range changed.</summary>
    public void MarkChanged(TimeRange changed) => Advance(_progress.With(changed));

    /// <summary>Brings the rollups up to what the raw blocks hold.</summary>
    /// <param name="raw">All raw blocks, pinned, the one that wins at equal times first.</param>
    /// <param name="generation">The newest of them.</param>
    /// <param name="wanted">Of a resolution, from where to where windows are to be; all when it is not said. What is there beyond is corrected, too.</param>
    /// <param name="cancel">What was finished stays; the rest is done the next time.</param>
    /// <exception cref="IOException">The disk did not take it; likewise.</exception>
    public void Refresh(IReadOnlyList<Block> raw, long generation, Func<RollupResolution, TimeRange>? wanted = null, CancellationToken cancel = default)
    {
        if (raw.Count > 0)
        {
            _progress = _progress.WithFirstRaw(raw.Min(static block => block.Info.FirstMs));
            foreach (var resolution in RollupResolution.All)
                BringUp(resolution, raw, wanted?.Invoke(resolution) ?? TimeRange.All, cancel);
        }

        Advance(_progress with { Generation = generation, Changed = [] });
    }

    /// <summary>
    /// Deletes windows of some series that share a moment with a range. Where raw samples are still kept, a refresh makes the
    /// windows at the edges anew.
    /// </summary>
    public void Delete(IReadOnlyList<Matcher> matchers, TimeRange deleted)
    {
        foreach (var resolution in RollupResolution.All)
        {
            foreach (var (_, _, block) in FilesOf(resolution))
            {
                var window = block.Info.Meta.Window;
                if (!window.Overlaps(deleted))
                    continue;
                var start = RollupBuilder.StartOf(Math.Max(deleted.StartMs, window.StartMs), resolution.StepMs);
                if (block.Find(matchers) is { Length: > 0 } series)
                    block.Delete(series, new TimeRange(start, Math.Min(deleted.EndMs, window.EndMs)));
            }
        }
    }

    /// <summary>Drops the files of a resolution whose period is over at a time.</summary>
    public void DropBefore(RollupResolution resolution, long timestampMs)
    {
        foreach (var file in FilesOf(resolution).Where(file => file.PeriodStartMs + resolution.PeriodMs <= timestampMs).ToList())
            Replace(resolution, file, null);
    }

    /// <summary>Where the windows of a resolution end: what comes behind is not summed up yet.</summary>
    public long EndMs(RollupResolution resolution) => FilesOf(resolution) is { Count: > 0 } files ? files[^1].Block.Info.Meta.Window.EndMs : long.MinValue;

    /// <summary>The blocks of a resolution that may have windows that begin in a range, pinned, in the order of time.</summary>
    public IReadOnlyList<Block> Pin(RollupResolution resolution, TimeRange range)
    {
        // Closing happens after the block has left the set, and both under the lock: what is listed can be pinned.
        lock (_files)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(MetricStore));
            var blocks = FilesOf(resolution).Select(static file => file.Block).Where(block => block.Info.Meta.Window.Overlaps(range)).ToList();
            blocks.ForEach(static block => Invariant.Holds(block.TryPin()));
            return blocks;
        }
    }

    public void Dispose()
    {
        lock (_files)
        {
            _isClosed = true;
            foreach (var file in RollupResolution.All.SelectMany(FilesOf))
                file.Block.Dispose();
        }
    }

    IReadOnlyList<RollupFile> FilesOf(RollupResolution resolution)
    {
        lock (_files)
            return _files[resolution.Name];
    }

    void BringUp(RollupResolution resolution, IReadOnlyList<Block> raw, TimeRange wanted, CancellationToken cancel)
    {
        // Only windows that are over are made: the last one is still growing.
        var firstMs = RollupBuilder.StartOf(_progress.FirstRawMs, resolution.StepMs);
        var completeMs = _progress.GoneBeforeMs > firstMs ? RollupBuilder.StartOf(_progress.GoneBeforeMs + resolution.StepMs - 1, resolution.StepMs) : firstMs;
        var endMs = Math.Min(RollupBuilder.StartOf(raw.Max(static block => block.Info.LastMs), resolution.StepMs), Math.Max(wanted.EndMs, EndMs(resolution)));
        // A period some of which is past its time is made as a whole: it is dropped as a whole, too.
        for (var start = RollupBuilder.StartOf(Math.Max(firstMs, wanted.StartMs), resolution.PeriodMs); start < endMs; start += resolution.PeriodMs)
        {
            var old = FilesOf(resolution).FirstOrDefault(file => file.PeriodStartMs == start);
            // A window some of whose samples were dropped is made only where there is none yet.
            var period = new TimeRange(Math.Max(start, old is null ? firstMs : completeMs), Math.Min(start + resolution.PeriodMs, endMs));
            if (old is null && !raw.Any(block => block.Info.FirstMs < period.EndMs && block.Info.LastMs >= period.StartMs))
                continue; // years without a sample have no files
            if (ChangeIn(period, old) is { } changed)
                Rewrite(resolution, start, period, changed, old, raw, cancel);
        }
    }

    /// <summary>What of a period has to be made anew: what changed, and what has come to its end since the last time.</summary>
    TimeRange? ChangeIn(TimeRange period, RollupFile? old)
    {
        if (old is null)
            return period;
        var madeUntilMs = old.Block.Info.Meta.Window.EndMs;
        var (startMs, endMs) = madeUntilMs < period.EndMs ? (madeUntilMs, period.EndMs) : (long.MaxValue, long.MinValue);
        foreach (var range in _progress.Changed)
        {
            if (!range.Overlaps(period))
                continue;
            startMs = Math.Min(startMs, Math.Max(range.StartMs, period.StartMs));
            endMs = Math.Max(endMs, Math.Min(range.EndMs, period.EndMs));
        }

        return startMs < endMs ? new TimeRange(startMs, endMs) : null;
    }

    void Rewrite(RollupResolution resolution, long periodStartMs, TimeRange period, TimeRange changed, RollupFile? old,
        IReadOnlyList<Block> raw, CancellationToken cancel)
    {
        var version = (old?.Version ?? 0) + 1;
        var path = Path.Combine(_folder, resolution.Name, RollupFile.NameOf(periodStartMs, version));
        // Older windows than the raw samples' stay in the file: raw samples are dropped long before the rollups.
        var startMs = old is null ? period.StartMs : Math.Min(period.StartMs, old.Block.Info.Meta.Window.StartMs);
        var meta = new BlockMeta(new TimeRange(startMs, Math.Max(period.EndMs, old?.Block.Info.Meta.Window.EndMs ?? period.EndMs)), resolution.StepMs);
        var needed = new TimeRange(changed.StartMs - 2 * RollupBuilder.LookbackMs(resolution.StepMs), changed.EndMs + 2 * RollupBuilder.LookbackMs(resolution.StepMs));
        var sources = raw.Where(block => block.Info.FirstMs < needed.EndMs && block.Info.LastMs >= needed.StartMs).ToList();
        if (old is null)
            RollupBlocks.Build(sources, path, meta, _disk, cancel);
        else
            RollupBlocks.Correct(old.Block, sources, changed, path, meta, _disk, cancel);
        Replace(resolution, old, new RollupFile(periodStartMs, version, Block.Open(path, _damaged, _disk)));
    }

    void Replace(RollupResolution resolution, RollupFile? old, RollupFile? made)
    {
        lock (_files)
        {
            var files = _files[resolution.Name].Where(file => file != old);
            _files[resolution.Name] = [.. (made is null ? files : files.Append(made)).OrderBy(static file => file.PeriodStartMs)];
        }

        old?.Delete(_disk);
    }

    void Advance(RollupProgress progress)
    {
        progress.Save(_disk, ProgressPath);
        _progress = progress;
    }

    void OpenFiles(RollupResolution resolution)
    {
        var folder = Path.Combine(_folder, resolution.Name);
        _disk.CreateFolder(folder);
        foreach (var unfinished in Directory.EnumerateFiles(folder, "*" + StoreFolder.TemporarySuffix))
            _disk.Delete(unfinished);
        var files = new Dictionary<long, RollupFile>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.block").Order(StringComparer.Ordinal).ToList())
        {
            if (!RollupFile.TryParse(path, out var periodStartMs, out var version))
                continue;
            try
            {
                var file = new RollupFile(periodStartMs, version, Block.Open(path, _damaged, _disk));
                if (files.TryGetValue(periodStartMs, out var other))
                    (file.Version > other.Version ? other : file).Delete(_disk);
                if (other is null || file.Version > other.Version)
                    files[periodStartMs] = file;
            }
            catch (CorruptBlockException unreadable)
            {
                _damaged(new BlockDamage(path, null, default, 0, $"{unreadable.Message} It is made anew from raw samples as far as they are kept"));
                _disk.Move(path, path + ".damaged");
            }
        }

        _files[resolution.Name] = [.. files.Values.OrderBy(static file => file.PeriodStartMs)];
    }
}
