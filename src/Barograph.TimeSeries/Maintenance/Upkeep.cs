namespace Barograph.TimeSeries;

/// <summary>
/// The background of a store: cuts the head, writes what was cut into a block, gives the log's segments back, merges blocks,
/// drops what is past its retention. One piece of work at a time; a disk that refuses is tried again later, and a bug in one kind of
/// work ends that kind alone.
/// </summary>
internal sealed class Upkeep : IAsyncDisposable
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    static readonly TimeSpan s_roomInterval = TimeSpan.FromMilliseconds(100);

    readonly StoreFolder _folder;
    readonly StoreOptions _options;
    readonly Timeline _timeline;
    readonly Committer _committer;
    readonly DamageLog _damage;
    readonly StoreChanges _changes;
    readonly ExemplarFile _exemplars;
    readonly MergePolicy _policy;
    readonly SemaphoreSlim _working = new(1);
    readonly SemaphoreSlim _wake = new(0, 1);
    readonly CancellationTokenSource _stopping = new();
    readonly ITimer _timer;
    readonly UpkeepTask _flush;
    readonly UpkeepTask[] _tasks;
    readonly Task _loop;

    public Upkeep(StoreFolder folder, StoreOptions options, Timeline timeline, Committer committer, RollupSet rollups, ExemplarFile exemplars,
        DamageLog damage, StoreChanges changes)
    {
        (_folder, _options, _timeline, _committer, _exemplars, _damage, _changes) = (folder, options, timeline, committer, exemplars, damage, changes);
        _policy = new MergePolicy(options);
        Rollups = new RollupUpkeep(rollups, options, timeline);
        Rollups.MarkUnseen();
        _flush = new UpkeepTask("Blocks cannot be written", FlushIfDue, options.ReportBug);
        _tasks =
        [
            new UpkeepTask("Old samples cannot be dropped", DropExpired, options.ReportBug), // first: on a full disk it makes the room for a block
            _flush,
            new UpkeepTask("Rollups cannot be made", RefreshRollups, options.ReportBug),
            new UpkeepTask("Blocks cannot be merged", MergeDue, options.ReportBug),
        ];
        _timer = options.Clock.CreateTimer(_ => Wake(), null, Interval, Interval);
        committer.HeadIsFull = Wake;
        _loop = Task.Run(RunAsync);
    }

    public RollupUpkeep Rollups { get; }

    /// <summary>What cannot be done and why, or null; blocks that cannot be written come first.</summary>
    public string? Failure => _flush.Failure ?? Array.Find(_tasks, static task => task.Failure is not null)?.Failure;

    /// <summary>Does some work now that must not meet other work on the blocks.</summary>
    /// <exception cref="StoreUnavailableException">The store is being closed; the work may be done in part.</exception>
    public async Task<T> ExclusivelyAsync<T>(Func<CancellationToken, T> work, CancellationToken cancel)
    {
        var stopping = _stopping.Token;
        try
        {
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, stopping))
                await _working.WaitAsync(either.Token); // nobody would wake who waits while the store is being closed
            try
            {
                return await Task.Run(() => work(stopping), cancel);
            }
            finally
            {
                _working.Release();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new StoreUnavailableException("The store is being closed; what was acknowledged is in its log.");
        }
    }

    /// <summary>Puts everything that was appended before the call into blocks. Call it exclusively.</summary>
    public void FlushAll(CancellationToken stopping) => FlushAll(null, stopping);

    /// <summary>Puts everything that was appended before somebody stood still into blocks. Call it exclusively.</summary>
    /// <param name="standingStill">Completes when they do, until it is disposed: which is as soon as a new window is begun.</param>
    /// <param name="stopping">Ends it.</param>
    public void FlushAll(Task<IDisposable>? standingStill, CancellationToken stopping)
    {
        FlushFrozen(stopping); // of an attempt that failed
        // Who is to stand still may be waiting for room in the window that is written, and only we can make some.
        while (standingStill is { } waiting && !waiting.Wait((int)s_roomInterval.TotalMilliseconds, stopping))
        {
            if (_committer.IsHeadFull(_timeline.View.Head))
            {
                _committer.FreezeHead();
                FlushFrozen(stopping);
            }
        }

        using (standingStill?.GetAwaiter().GetResult())
        {
            if (_timeline.View.Head.SampleCount == 0 && !_exemplars.HasChanged)
                return;
            _committer.FreezeHead();
        }

        FlushFrozen(stopping);
    }

    /// <summary>
    /// Sums up all that is over, drops what is past its retention, and merges neighbouring blocks as far as the policy ever would.
    /// Blocks that come meanwhile are left as they are. Call it exclusively.
    /// </summary>
    public void Compact(CancellationToken stopping)
    {
        var last = _timeline.View.Blocks.Blocks.Select(static block => block.Name.Last).DefaultIfEmpty(-1).Max();
        Rollups.Refresh(stopping);
        DropExpired(stopping);
        while (_policy.FindAny(_timeline.View.Blocks, last) is { } chosen && HasRoomFor(chosen))
            Merge(chosen, stopping);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _timer.DisposeAsync();
        Wake();
        await _loop;
        await _working.WaitAsync();
        _working.Dispose();
        _wake.Dispose();
        _stopping.Dispose();
    }

    void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake.
        }
        catch (ObjectDisposedException)
        {
            // The log's thread, or the timer, comes once more while the store is being closed.
        }
    }

    async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await _wake.WaitAsync();
            await _working.WaitAsync();
            try
            {
                foreach (var task in _tasks)
                {
                    task.Run(_stopping.Token);
                    TellSenders();
                }
            }
            catch (OperationCanceledException)
            {
                // The store is closing: the log still has what was not written.
            }
            finally
            {
                _working.Release();
            }
        }
    }

    /// <summary>Who waits for room learns why there is none.</summary>
    void TellSenders()
    {
        _committer.FlushFailure = _flush.Failure;
        if (_flush.Failure is not null)
            _committer.HeadHasRoom();
    }

    void FlushIfDue(CancellationToken stopping)
    {
        FlushFrozen(stopping);
        var head = _timeline.View.Head;
        if (_committer.Broken is null && (_committer.IsHeadFull(head) || IsOld(head)))
        {
            _committer.FreezeHead();
            FlushFrozen(stopping);
        }
    }

    /// <summary>A head that fills while blocks are merged becomes a block in between: its memory is bounded, and senders need not wait.</summary>
    void FlushMeanwhile(CancellationToken stopping)
    {
        if (_flush.Failure is not null || !_committer.IsHeadFull(_timeline.View.Head))
            return;
        _flush.Run(stopping);
        TellSenders();
    }

    bool IsOld(HeadWindow head) => head.SampleCount > 0 && _options.Clock.GetElapsedTime(head.CreatedAt) >= _options.HeadDuration;

    void RefreshRollups(CancellationToken stopping)
    {
        if (Failure is not null)
            Rollups.MarkUnseen(); // a block may have been written, and its mark not
        Rollups.RefreshIfDue(stopping);
    }

    void MergeDue(CancellationToken stopping)
    {
        while (_policy.FindDue(_timeline.View.Blocks) is { } chosen && HasRoomFor(chosen))
            Merge(chosen, stopping);
    }

    void FlushFrozen(CancellationToken stopping)
    {
        if (_timeline.View.Frozen is not { } frozen)
            return;
        _exemplars.Save(); // before the block is there, for then its segments of the log count as needless
        var name = new BlockName(frozen.FirstGeneration, frozen.Generation);
        var path = _folder.In(name);
        NamedBlock? written = HeadFlush.Write(frozen, path, _folder.Disk, stopping) ? new NamedBlock(name, OpenBlock(path)) : null;
        lock (_timeline.Applying)
        {
            var view = _timeline.View;
            view.Head.ForgetBefore();
            _timeline.View = view with { Frozen = null, Blocks = view.Blocks.Replace([], written) };
        }

        frozen.Unpin();
        _committer.HeadHasRoom();
        WalSegmentName.DeleteUpTo(_folder.Disk, _folder.Wal, frozen.Generation);
        if (written is not null)
            Rollups.MarkChanged(written.Block.Info);
    }

    void Merge(IReadOnlyList<NamedBlock> chosen, CancellationToken stopping)
    {
        var name = new BlockName(chosen[0].Name.First, chosen[^1].Name.Last);
        var path = _folder.In(name);
        var window = new TimeRange(chosen.Min(static block => block.Block.Info.FirstMs), chosen.Max(static block => block.Block.Info.LastMs) + 1);
        var meta = new BlockMeta(window, Level: chosen.Max(static block => block.Block.Info.Meta.Level) + 1);
        IReadOnlyList<Block> sources = [.. chosen.Select(static block => block.Block)];
        BlockMerge.Merge(sources, path, meta, new TimeRange(CutoffMs(), long.MaxValue), _folder.Disk, () => FlushMeanwhile(stopping), stopping);
        Replace(chosen, new NamedBlock(name, OpenBlock(path)));
    }

    /// <summary>
    /// Drops blocks whose newest sample is too old, then the oldest ones beyond the size limit. The age counts from the newest
    /// sample or the clock, whichever is earlier: a clock that jumps ahead drops nothing.
    /// </summary>
    void DropExpired(CancellationToken stopping)
    {
        var cutoffMs = CutoffMs();
        var expired = _timeline.View.Blocks.Blocks.Where(block => block.Block.Info.LastMs < cutoffMs).ToList();
        var excess = _timeline.View.Blocks.SizeBytes - expired.Sum(static block => block.Block.SizeBytes) - (_options.SizeLimitBytes ?? long.MaxValue);
        foreach (var block in _timeline.View.Blocks.Blocks.Except(expired).OrderBy(static block => block.Block.Info.LastMs).ToList())
        {
            if (excess <= 0)
                break;
            excess -= block.Block.SizeBytes;
            expired.Add(block);
        }

        if (expired.Count == 0)
            return;
        try
        {
            Rollups.BeforeDrop(expired.Max(static block => block.Block.Info.LastMs) + 1, stopping);
        }
        catch (IOException full) when (Posix.IsDiskFull(full))
        {
            // What could not be summed up goes, too: otherwise nothing would ever go.
        }

        Replace(expired, null);
        _changes.Note(expired.Min(static block => block.Block.Info.FirstMs));
    }

    /// <summary>Merged blocks stand beside their sources until they are whole.</summary>
    bool HasRoomFor(IReadOnlyList<NamedBlock> blocks) =>
        new DiskReserve(_folder.Disk, _folder.Path, _options.DiskReserveBytes).HasRoomFor(blocks.Sum(static block => block.Block.SizeBytes));

    long CutoffMs()
    {
        if (_options.Retention is not { } retention)
            return long.MinValue;
        var newestMs = _timeline.View.LastMs;
        return newestMs == long.MinValue ? newestMs : Math.Min(newestMs, _options.Clock.GetUtcNow().ToUnixTimeMilliseconds()) - (long)retention.TotalMilliseconds;
    }

    void Replace(IReadOnlyCollection<NamedBlock> old, NamedBlock? merged)
    {
        lock (_timeline.Applying)
        {
            var view = _timeline.View;
            _timeline.View = view with { Blocks = view.Blocks.Replace(old, merged) };
        }

        foreach (var (_, block) in old)
        {
            block.Dispose(); // unmapped when the last reader is done
            _folder.Disk.DeleteBlock(block.Path);
        }
    }

    Block OpenBlock(string path) => Block.Open(path, damage => _damage.Add(_folder.Describe(damage)), _folder.Disk);
}
