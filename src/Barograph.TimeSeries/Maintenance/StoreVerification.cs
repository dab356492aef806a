namespace Barograph.TimeSeries;

/// <summary>Looks through the files of a store that nobody has open, and says what is there and what is not as it was written.</summary>
internal sealed class StoreVerification(ReadOnlyStore store, bool everyByte, CancellationToken cancel)
{
    readonly List<StoreFile> _files = [];
    readonly HashSet<Damage> _damage = [.. store.Damage];
    readonly Dictionary<string, Block> _blocks = store.View.Blocks.Blocks.ToDictionary(static block => block.Block.Path, static block => block.Block);
    readonly Dictionary<string, string> _newestRollups = new(StringComparer.Ordinal); // by folder and period
    long _lostSamples;

    StoreFolder Folder => store.Folder;

    /// <param name="path">The store's folder.</param>
    /// <param name="everyByte">Reads all of it; otherwise only what opening reads.</param>
    /// <exception cref="StoreUnavailableException">It is no store, in use, or newer.</exception>
    public static StoreReport Run(string path, bool everyByte, CancellationToken cancel)
    {
        using var store = ReadOnlyStore.Open(path);
        return new StoreVerification(store, everyByte, cancel).Report();
    }

    StoreReport Report()
    {
        CheckNames();
        foreach (var path in Directory.EnumerateFiles(Folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            _files.Add(Look(path));
        }

        var view = store.View;
        using var all = store.Select([], TimeRange.All);
        _damage.UnionWith(store.Damage);
        return new StoreReport(Folder.Path, Folder.Version, all.Series.Count,
            view.Blocks.Blocks.Sum(static block => block.Block.Info.SampleCount), view.Head.SampleCount,
            view.FirstMs == long.MaxValue ? null : view.FirstMs, view.LastMs == long.MinValue ? null : view.LastMs,
            _files, [.. _damage.OrderBy(static damage => damage.File, StringComparer.Ordinal)], _lostSamples);
    }

    StoreFile Look(string path)
    {
        var name = Folder.Within(path);
        var kind = KindOf(path, name);
        var file = new StoreFile(name, kind, new FileInfo(path).Length);
        if (kind == StoreFileKind.Rollup)
            return file with { Content = LookInside(path) };
        if (kind == StoreFileKind.Block)
        {
            if (everyByte)
                ReadAll(path);
            return file with { Content = Describe(_blocks[path].Info) };
        }

        if (name == RollupSet.ProgressName && RollupProgress.Load(path) == RollupProgress.Unknown)
            _damage.Add(new Damage(name, "damaged; all rollups are made anew from raw samples as far as they are kept."));
        return file;
    }

    StoreFileKind KindOf(string path, string name)
    {
        if (name is StoreFolder.VersionFile or StoreFolder.LockFile or MetadataFile.Name or ExemplarFile.Name or RollupSet.ProgressName)
            return StoreFileKind.Manifest;
        if (name.EndsWith(StoreFolder.TemporarySuffix, StringComparison.Ordinal))
            return StoreFileKind.Leftover;
        if (name.EndsWith(Tombstones.FileSuffix, StringComparison.Ordinal))
            return File.Exists(path[..^Tombstones.FileSuffix.Length]) ? StoreFileKind.Tombstones : StoreFileKind.Leftover;
        var (folder, file) = (Path.GetDirectoryName(name)!, Path.GetFileName(name));
        return folder switch
        {
            "wal" when WalSegmentName.TryParse(file, out var segment) =>
                segment.Generation < store.View.Head.FirstGeneration ? StoreFileKind.Leftover : StoreFileKind.Log,
            "blocks" when _blocks.ContainsKey(path) => StoreFileKind.Block,
            "blocks" when BlockName.TryParse(path, out var block) && _blocks.Count > 0 && BlocksReplace(block) => StoreFileKind.Leftover,
            _ when RollupResolution.All.Any(resolution => folder == "rollups/" + resolution.Name) && file.EndsWith(BlockName.Extension, StringComparison.Ordinal)
                && RollupFile.TryParse(path, out var periodStartMs, out _) =>
                _newestRollups[$"{folder}/{periodStartMs}"] == path ? StoreFileKind.Rollup : StoreFileKind.Leftover,
            _ => StoreFileKind.Unknown,
        };
    }

    bool BlocksReplace(BlockName name) => store.View.Blocks.Blocks.Any(block => block.Name.Replaces(name));

    /// <summary>Blocks whose windows overlap, though neither was made of the other; and which of several rollups of a period counts.</summary>
    void CheckNames()
    {
        NamedBlock? before = null;
        foreach (var block in store.View.Blocks.Blocks)
        {
            if (before is not null && block.Name.First <= before.Name.Last)
                _damage.Add(new Damage(Folder.Within(block.Block.Path), $"has windows that {Folder.Within(before.Block.Path)} has as well: one of them does not belong here."));
            before = block;
        }

        foreach (var resolution in RollupResolution.All)
        {
            var newest = StoreFolder.Files(Path.Combine(Folder.Rollups, resolution.Name), "*" + BlockName.Extension)
                .Select(static path => (Path: path, Parsed: RollupFile.TryParse(path, out var start, out var version), Start: start, Version: version))
                .Where(static file => file.Parsed).GroupBy(static file => file.Start);
            foreach (var period in newest)
                _newestRollups[$"rollups/{resolution.Name}/{period.Key}"] = period.MaxBy(static file => file.Version).Path;
        }
    }

    StoreFileContent? LookInside(string path)
    {
        if (everyByte)
            return ReadAll(path);
        try
        {
            using var block = Block.Open(path, found => _damage.Add(Folder.Describe(found)), Folder.Disk);
            return Describe(block.Info);
        }
        catch (CorruptBlockException cause)
        {
            _damage.Add(new Damage(Folder.Within(path), $"cannot be read: {cause.Message}"));
            return null;
        }
    }

    StoreFileContent? ReadAll(string path)
    {
        var report = BlockVerification.Verify(path, cancel);
        foreach (var found in report.Damage)
            _damage.Add(Folder.Describe(found));
        _lostSamples += report.LostSamples;
        return report.Info is { } info ? Describe(info) : null;
    }

    static StoreFileContent Describe(BlockInfo info) =>
        new(info.SeriesCount, info.SampleCount, info.FirstMs, info.LastMs, info.Meta.ResolutionMs, info.Meta.Level);
}
