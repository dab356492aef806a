namespace Barograph.TimeSeries;

/// <summary>
/// The embedded store: a folder with a log and blocks, and the newest samples in memory. An append that returned is on disk;
/// opening reads the log back. One process at a time.
/// </summary>
public sealed class MetricStore : IMetricStore
{
    readonly StoreOptions _options;
    readonly StoreFolder _folder;
    readonly DamageLog _damage = new();
    readonly MetadataFile _metadata;
    readonly ExemplarRing _exemplars;
    readonly ExemplarFile _exemplarFile;
    readonly WalWriter _log;
    readonly Timeline _timeline;
    readonly Admission _admission;
    readonly Committer _committer;
    readonly RollupSet _rollups;
    readonly SelectMemory _selects = new();
    readonly Upkeep _upkeep;
    readonly ClockWatch _clockWatch;
    int _disposed;

    MetricStore(StoreFolder folder, StoreOptions options)
    {
        (_folder, _options) = (folder, options);
        _metadata = new MetadataFile(folder.In(MetadataFile.Name), options.Clock, folder.Disk);
        if (_metadata.Load() is { } lost)
            _damage.Add(lost);
        _exemplars = new ExemplarRing(options.ExemplarLimit);
        _exemplarFile = new ExemplarFile(folder.In(ExemplarFile.Name), _exemplars, folder.Disk);
        if (_exemplarFile.Load() is { } lostExemplars)
            _damage.Add(lostExemplars);
        var opened = StoreOpening.Read(folder, options, _exemplars, _damage);
        _timeline = opened.Timeline;
        _clockWatch = new ClockWatch(options, _timeline);
        _log = new WalWriter(folder.Disk, folder.Wal, opened.LastSegment, opened.Timeline.View.Head.Generation, options.DiskReserveBytes);
        _admission = new Admission(options, _timeline, _exemplars);
        _committer = new Committer(_log, _timeline, _admission, _exemplars, options, Changes);
        _rollups = RollupSet.Open(folder.Rollups, found => _damage.Add(folder.Describe(found)), folder.Disk);
        _upkeep = new Upkeep(folder, options, _timeline, _committer, _rollups, _exemplarFile, _damage, Changes);
    }

    /// <summary>Opens the store in a folder, or makes one.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The folder cannot be written, is in use by another process, or has a newer format; the message says which.
    /// </exception>
    public static MetricStore Open(string folder, StoreOptions? options = null)
    {
        options ??= new StoreOptions();
        var taken = StoreFolder.Open(folder, options.Disk);
        try
        {
            return new MetricStore(taken, options);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>What was found not to be as it had been written, since the store was opened, and what was lost with it.</summary>
    public IReadOnlyList<Damage> Damage => _damage.Found;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, MetricMetadata> Metadata => _metadata.All;

    /// <inheritdoc/>
    public StoreChanges Changes { get; } = new();

    /// <inheritdoc/>
    public StoreStatus Status
    {
        get
        {
            var view = _timeline.View;
            var refusal = _committer.Broken?.Message ?? _log.Failure;
            return new StoreStatus(refusal is null, refusal ?? _upkeep.Failure ?? _damage.Describe(), view.Head.Index.Count,
                _folder.SizeBytes(), view.FirstMs == long.MaxValue ? null : view.FirstMs)
            {
                ClockTrouble = _clockWatch.Look(),
            };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        cancel.ThrowIfCancellationRequested();
        if (batch.SampleCount == 0 && batch.HistogramCount == 0 && batch.ExemplarCount == 0)
            return default;
        await _committer.WaitForRoomAsync(cancel);
        RightOfWay.Enter();
        try
        {
            using var pending = _admission.Admit(batch, _log.Scope);
            if (pending.Records.IsEmpty)
                return pending.Result; // all were refused or there already: nothing to wait for
            _committer.Enqueue(pending);
            return await pending.Answer;
        }
        finally
        {
            RightOfWay.Leave();
        }
    }

    /// <inheritdoc/>
    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range) => Search(matchers, range);

    /// <summary>Finds series and opens their windows of one resolution that begin in a range. Never mixes resolutions.</summary>
    /// <param name="matchers">All must hold. None selects every series.</param>
    /// <param name="range">Half-open.</param>
    /// <param name="step">A minute, five minutes, an hour or a day.</param>
    /// <exception cref="ArgumentException">There is no such resolution.</exception>
    public RollupSelection SelectRollups(IReadOnlyList<Matcher> matchers, TimeRange range, TimeSpan step) =>
        RollupResolution.All.FirstOrDefault(resolution => resolution.StepMs == step.TotalMilliseconds) is { } resolution
            ? RollupSelection.Open(_rollups, resolution, matchers, Kept(range, _options.RollupRetention.Of(resolution)), SettledMs())
            : throw new ArgumentException($"There is no resolution of {step}; there are {string.Join(", ", RollupResolution.All.Select(static known => known.Name))}.", nameof(step));

    /// <summary>The oldest time that a select can give, Unix milliseconds; <see cref="long.MaxValue"/> when there is none.</summary>
    public long OldestMs => Kept(new TimeRange(_timeline.View.FirstMs, long.MaxValue)).StartMs;

    /// <inheritdoc/>
    public IReadOnlyList<SeriesExemplars> SelectExemplars(IReadOnlyList<Matcher> matchers, TimeRange range) => _exemplars.Select(matchers, Kept(range));

    /// <inheritdoc/>
    public IReadOnlyList<string> LabelNames(IReadOnlyList<Matcher> matchers, TimeRange range) =>
        matchers.Count == 0 ? LabelSearch.AllNames(_timeline, _damage, Kept(range)) : LabelSearch.Names(Search(matchers, range));

    /// <inheritdoc/>
    public IReadOnlyList<string> LabelValues(string name, IReadOnlyList<Matcher> matchers, TimeRange range) =>
        matchers.Count == 0 ? LabelSearch.AllValues(_timeline, _damage, name, Kept(range)) : LabelSearch.Values(name, Search(matchers, range));

    /// <inheritdoc/>
    public void SetMetadata(string metric, MetricMetadata metadata) => _metadata.Set(metric, metadata);

    /// <summary>Puts what is in memory into a block and gives the log's room back. Appends go on meanwhile.</summary>
    /// <exception cref="IOException">The disk did not take it; nothing is lost, and it is tried again in time.</exception>
    public Task FlushAsync(CancellationToken cancel = default) => _upkeep.ExclusivelyAsync(stopping =>
    {
        _upkeep.FlushAll(stopping);
        return true;
    }, cancel);

    /// <summary>As <see cref="FlushAsync"/>, sums up rollups, drops what is past its retention and merges blocks as far as ever worthwhile.</summary>
    /// <exception cref="IOException">The disk did not take it; nothing is lost.</exception>
    public Task CompactAsync(CancellationToken cancel = default) => _upkeep.ExclusivelyAsync(stopping =>
    {
        _upkeep.FlushAll(stopping);
        _upkeep.Compact(stopping);
        return true;
    }, cancel);

    /// <summary>
    /// Deletes what the series that match have in a range, as of now: durable when it returns, gone from selects opened later,
    /// off the disk when blocks are merged. Samples appended later stay, whatever their time.
    /// </summary>
    /// <param name="matchers">At least one, so that nobody deletes everything by an empty list.</param>
    /// <param name="range">Half-open.</param>
    /// <param name="cancel">Honoured until the work begins.</param>
    /// <returns>How many series had something deleted in some block.</returns>
    /// <exception cref="IOException">The disk did not take it; some blocks may have it deleted. Do it again.</exception>
    public Task<int> DeleteAsync(IReadOnlyList<Matcher> matchers, TimeRange range, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(matchers.Count);
        return _upkeep.ExclusivelyAsync(stopping =>
        {
            _upkeep.FlushAll(stopping);
            _upkeep.Rollups.BeforeDelete(range);
            int series;
            try
            {
                series = StoreFiles.Delete(_timeline.View.Blocks, matchers, range);
            }
            finally
            {
                Changes.Note(range.StartMs); // also when only some blocks took it
            }

            _upkeep.Rollups.AfterDelete(matchers, range, stopping);
            _exemplars.Delete(matchers, range);
            _exemplarFile.Save();
            return series;
        }, cancel);
    }

    /// <summary>
    /// Copies the store, while it works, into a folder that is empty or not there: everything acknowledged before the call.
    /// The copy is a store of its own; restoring is copying it back.
    /// </summary>
    /// <exception cref="IOException">The folder is not empty, or a disk failed.</exception>
    public Task BackupAsync(string folder, CancellationToken cancel = default) => BackupAsync(folder, null, cancel);

    /// <summary>As <see cref="BackupAsync(string, CancellationToken)"/>, as of a moment at which somebody who appends stands still.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="standStill">
    /// Makes them stand still, until its result is disposed: the copy then has exactly what they had appended. They stand still for a moment only.
    /// </param>
    /// <param name="cancel">Ends it; what was copied is no store.</param>
    /// <exception cref="IOException">The folder is not empty, or a disk failed.</exception>
    public async Task BackupAsync(string folder, Func<CancellationToken, Task<IDisposable>>? standStill, CancellationToken cancel) =>
        await _upkeep.ExclusivelyAsync(stopping =>
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancel);
            _upkeep.FlushAll(standStill?.Invoke(ending.Token), ending.Token);
            _metadata.Write();
            StoreFiles.Copy(_folder, _timeline.View.Blocks, folder, ending.Token);
            return true;
        }, cancel);

    /// <summary>What a store consists of, from the parts that opening reads. Changes nothing; nobody may have it open.</summary>
    /// <exception cref="StoreUnavailableException">It is no store, in use by another process, or newer than this program.</exception>
    public static StoreReport Inspect(string folder, CancellationToken cancel = default) => StoreVerification.Run(folder, everyByte: false, cancel);

    /// <summary>
    /// Reads every byte of a store (log, blocks, index, rollups, manifest) and says what is not as it was written, and what is lost
    /// with it. Changes nothing; nobody may have it open. A store at work checks what it reads.
    /// </summary>
    /// <exception cref="StoreUnavailableException">It is no store, in use by another process, or newer than this program.</exception>
    public static StoreReport Verify(string folder, CancellationToken cancel = default) => StoreVerification.Run(folder, everyByte: true, cancel);

    /// <summary>
    /// Copies a backup (or any store that nobody has open) into a folder that is empty or not there, which is then a store. The
    /// copy is made durable; what is damaged is copied as it is.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The backup is no store, in use by another process, or newer than this program.</exception>
    /// <exception cref="IOException">The folder is not empty, or a disk failed.</exception>
    public static void Restore(string backup, string folder, CancellationToken cancel = default)
    {
        using var from = StoreFolder.OpenToRead(backup);
        StoreFiles.Restore(from, folder, Disk.Real, cancel);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _committer.StopTaking();
        await _upkeep.DisposeAsync();
        _committer.Dispose();
        _log.Dispose();
        _metadata.Dispose();
        _timeline.Close();
        foreach (var (_, block) in _timeline.View.Blocks.Blocks)
            block.Dispose();
        _rollups.Dispose();
        _folder.Dispose();
    }

    /// <summary>Whether a sender waits for room.</summary>
    internal bool WaitsForRoom => _committer.HasWaitingSenders;

    StoreSelection Search(IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return StoreSelection.Open(_timeline, _damage, matchers, Kept(range), _options.SelectSeriesLimit, _options.SelectSamplesLimit, _selects);
    }

    /// <summary>Up to when rollups know every sample: those that are in memory, or in a block that is new to them, may be late ones.</summary>
    long SettledMs()
    {
        var view = _timeline.View; // before the rollups' generation: what is summed up meanwhile counts as not yet
        var settledMs = Math.Min(view.Head.Bounds.MinMs, view.Frozen?.Bounds.MinMs ?? long.MaxValue);
        foreach (var (name, block) in view.Blocks.Blocks)
        {
            if (name.Last > _rollups.Generation)
                settledMs = Math.Min(settledMs, block.Info.FirstMs);
        }

        return settledMs;
    }

    /// <summary>What of a range the retention lets be seen: blocks are dropped as a whole, and later.</summary>
    TimeRange Kept(TimeRange range) => Kept(range, _options.Retention);

    TimeRange Kept(TimeRange range, TimeSpan? kept) => kept is { } retention
        ? range with { StartMs = Math.Max(range.StartMs, _options.Clock.GetUtcNow().ToUnixTimeMilliseconds() - (long)retention.TotalMilliseconds) }
        : range;
}
