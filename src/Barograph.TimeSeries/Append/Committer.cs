namespace Barograph.TimeSeries;

/// <summary>
/// The log's thread. It takes all appends that wait, writes them with one sync, appends them to the head window in the same
/// order, makes them visible and answers. Nobody waits for company: while one group is synced the next one gathers. A disk that
/// refuses is tried again; a bug ends the thread, and all who wait or come later are told so.
/// </summary>
internal sealed class Committer : IDisposable
{
    /// <summary>A group larger than this waits for the next sync, so that the wait of each sender stays bounded.</summary>
    const long GroupBytesLimit = 8 << 20;

    /// <summary>A window is cut when its log has so many bytes: what opening the store after a crash has to read.</summary>
    const long GenerationBytesLimit = 512 << 20;
    const long HeadBytesPerSeries = 264; // a lane and the first two chunks, and what shows that these are full

    const int FarBeyondLimit = 16; // a backup or a rollup may take minutes, in which senders should not wait

    static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    readonly WalWriter _log;
    readonly Timeline _timeline;
    readonly Admission _admission;
    readonly StoreOptions _options;
    readonly ExemplarRing _exemplars;
    readonly StoreChanges _changes;
    readonly Thread _thread;
    readonly object _gate = new(); // guards the fields below; pulsed when there is work
    Queue<PendingAppend> _waiting = new();
    long _queuedBytes;
    TaskCompletionSource? _room;
    TaskCompletionSource? _freeze;
    StoreBrokenException? _broken;
    bool _stopping, _ended;

    public Committer(WalWriter log, Timeline timeline, Admission admission, ExemplarRing exemplars, StoreOptions options, StoreChanges changes)
    {
        (_log, _timeline, _admission, _exemplars, _options, _changes) = (log, timeline, admission, exemplars, options, changes);
        _thread = new Thread(Run) { IsBackground = true, Name = "Barograph log" };
        _thread.Start();
    }

    /// <summary>Called on the log's thread when the window should become a block. Must return at once.</summary>
    public Action HeadIsFull { get; set; } = static () => { };

    /// <summary>Why windows cannot become blocks, or null.</summary>
    public string? FlushFailure { get; set; }

    /// <summary>The bug that ended all writing, or null.</summary>
    public StoreBrokenException? Broken => Volatile.Read(ref _broken);

    /// <summary>Returns when there is room: the brake on senders who are faster than the disk.</summary>
    /// <exception cref="StoreUnavailableException">
    /// There is no room, and blocks cannot be written to make some; or the store is being closed, or broken.
    /// </exception>
    public async ValueTask WaitForRoomAsync(CancellationToken cancel)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                ThrowIfOver(_stopping);
                var headIsCrammed = IsHeadCrammed;
                if (_queuedBytes < _options.QueuedBytesLimit && !headIsCrammed)
                    return;
                if (headIsCrammed && FlushFailure is { } failure)
                {
                    throw new StoreUnavailableException(
                        $"The newest samples fill their memory (HeadBytesLimit {_options.HeadBytesLimit}, or {HeadBytesPerSeries} a series). {failure}");
                }

                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }

            await room.WaitAsync(cancel);
        }
    }

    /// <summary>Whether a sender waits for room.</summary>
    public bool HasWaitingSenders
    {
        get
        {
            lock (_gate)
                return _room is not null;
        }
    }

    /// <summary>Whether the window that is written has all the memory (or log) that it should.</summary>
    public bool IsHeadFull(HeadWindow head) => head.SizeBytes > LimitOf(head) || _log.GenerationBytes > GenerationBytesLimit;

    /// <summary>Begins a new window; the one that was written until now is frozen when it returns.</summary>
    /// <exception cref="IOException">The log could not go on behind it, and nothing has changed; or the store is broken.</exception>
    public void FreezeHead()
    {
        TaskCompletionSource freeze;
        lock (_gate)
        {
            ThrowIfOver(_ended);
            freeze = _freeze ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Monitor.Pulse(_gate);
        }

        freeze.Task.GetAwaiter().GetResult();
    }

    /// <summary>The frozen window is in a block, or cannot get there for now: senders who wait look again.</summary>
    public void HeadHasRoom()
    {
        lock (_gate)
            WakeSenders();
    }

    /// <summary>Takes no more appends; who waits for room is told so.</summary>
    public void StopTaking()
    {
        lock (_gate)
        {
            _stopping = true;
            WakeSenders();
        }
    }

    /// <exception cref="StoreUnavailableException">The store is being closed, or broken.</exception>
    public void Enqueue(PendingAppend append)
    {
        lock (_gate)
        {
            ThrowIfOver(_stopping);
            _waiting.Enqueue(append);
            _queuedBytes += append.Records.Length;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Commits what is queued, then ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = _ended = true;
            WakeSenders();
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    /// <summary>Call it under the gate.</summary>
    void WakeSenders()
    {
        _room?.SetResult();
        _room = null;
    }

    void ThrowIfOver(bool isClosed)
    {
        if (_broken is not null)
            throw new StoreBrokenException(_broken.InnerException!);
        if (isClosed)
            throw new StoreUnavailableException("The store is being closed; nothing of the batch was stored.");
    }

#pragma warning disable CA1031 // the edge of the thread: whatever it was, all who wait must be told, and the process must live
    void Run()
    {
        var group = new List<PendingAppend>();
        try
        {
            while (TakeGroup(group))
            {
                if (group.Count > 0)
                    CommitGroup(group);
                else
                    _log.TryRepair();
                group.Clear();
                FreezeIfAsked();
                var view = _timeline.View;
                if (view.Frozen is null && IsHeadFull(view.Head))
                    HeadIsFull();
            }
        }
        catch (Exception bug)
        {
            Break(group, bug);
        }
    }
#pragma warning restore CA1031

    /// <summary>
    /// Ends all writing. The group may be in the window in part, under a commit that nobody was told of: the number is never used
    /// again, so readers never see it.
    /// </summary>
    void Break(List<PendingAppend> group, Exception bug)
    {
        var broken = new StoreBrokenException(bug);
        TaskCompletionSource? freeze;
        lock (_gate)
        {
            Volatile.Write(ref _broken, broken);
            group.AddRange(_waiting);
            _waiting.Clear();
            _queuedBytes = 0;
            (freeze, _freeze) = (_freeze, null);
            WakeSenders();
        }

        Fail(group, broken);
        freeze?.SetException(broken);
        _options.ReportBug(bug);
    }

    /// <summary>Waits for work. An empty group means that it is time to look after a log that failed.</summary>
    bool TakeGroup(List<PendingAppend> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_ended)
                    return false;
                if (_freeze is not null)
                    return true;
                if (!Monitor.Wait(_gate, _log.Failure is null ? Timeout.InfiniteTimeSpan : RetryInterval))
                    return true;
            }

            long bytes = 0;
            while (bytes < GroupBytesLimit && _waiting.TryDequeue(out var append))
            {
                bytes += append.Records.Length;
                group.Add(append);
            }

            _queuedBytes -= bytes;
            if (_room is not null && _queuedBytes < _options.QueuedBytesLimit && !IsHeadCrammed)
                WakeSenders();
            return true;
        }
    }

    void CommitGroup(List<PendingAppend> group)
    {
        try
        {
            foreach (var append in group)
            {
                if (append.View.Head.Index != _timeline.View.Head.Index)
                    _admission.Admit(append, _log.Scope); // its numbers are of an index that is no more
            }

            _log.Write(group, _timeline.View.Head.Index);
        }
        catch (Exception cause) when (DiskFault.Is(cause))
        {
            Fail(group, cause as StoreUnavailableException ?? new StoreUnavailableException(DiskFault.Explain(cause), cause));
            return;
        }

        Apply(group); // it is in the log: whatever fails from here on is beyond repair
    }

    static void Fail(List<PendingAppend> group, StoreUnavailableException cause)
    {
        foreach (var append in group)
            append.Fail(cause);
    }

    void Apply(List<PendingAppend> group)
    {
        var commit = _timeline.Commit + 1;
        lock (_timeline.Applying)
        {
            foreach (var append in group)
                Apply(append, commit);
            _timeline.Commit = commit;
        }

        _changes.Note(group.Min(OldestMs));
        foreach (var append in group)
            append.Complete();
    }

    static long OldestMs(PendingAppend append)
    {
        var oldestMs = long.MaxValue;
        var series = append.Series;
        var times = append.Batch.TimestampsMs;
        for (var i = 0; i < series.Length; i++)
            oldestMs = series[i] < 0 ? oldestMs : Math.Min(oldestMs, times[i]);
        for (var i = 0; i < append.Batch.HistogramCount; i++)
            oldestMs = Math.Min(oldestMs, append.Batch.Histograms[i].TimestampMs);
        return oldestMs;
    }

    /// <summary>
    /// Two windows are in memory, and the one that is written is full as well; or it has grown far beyond its limit, because upkeep has
    /// been busy with something else all the time.
    /// </summary>
    bool IsHeadCrammed => _timeline.View is var view && view.Head.SizeBytes > LimitOf(view.Head) * (view.Frozen is null ? FarBeyondLimit : 1);

    /// <summary>
    /// With very many series their first chunks alone would fill the limit: each is given room for some more, or windows would
    /// be written with a sample or two of each.
    /// </summary>
    long LimitOf(HeadWindow head) => Math.Max(_options.HeadBytesLimit, head.Index.Count * HeadBytesPerSeries);

    void FreezeIfAsked()
    {
        TaskCompletionSource? freeze;
        lock (_gate)
            (freeze, _freeze) = (_freeze, null);
        if (freeze is null)
            return;
        try
        {
            var head = _timeline.View.Head;
            Invariant.Holds(_timeline.View.Frozen is null);
            _log.BeginGeneration(head.Generation + 1);
            lock (_timeline.Applying)
            {
                _timeline.View = _timeline.View with { Head = HeadWindow.After(head, _options.Clock.GetTimestamp()), Frozen = head };
            }

            freeze.SetResult();
        }
        catch (Exception cause)
        {
            freeze.SetException(cause);
            if (!DiskFault.Is(cause))
                throw;
        }
    }

    void Apply(PendingAppend append, long commit)
    {
        var view = _timeline.View;
        var head = view.Head;
        foreach (var (known, newestMs) in append.NewestInBlocks)
            head.RaiseNewest(known, newestMs);
        // Blocks that appeared since the sender looked may hold what it sent.
        using var late = append.View.Blocks == view.Blocks ? null : new LateSamples(_timeline, view, windowMs: null);
        var batch = append.Batch;
        var series = append.Series;
        var times = batch.TimestampsMs;
        var values = batch.Values;
        for (var i = 0; i < series.Length; i++)
        {
            if (series[i] < 0)
                continue;
            var reason = late?.Recheck(series[i], times[i], StoredValue.Of(values[i])) ?? head.Append(series[i], times[i], values[i], commit);
            if (reason == RejectReason.None)
                continue;
            if (append.CountRejected(reason))
                Describe(append, reason, series[i], times[i]);
        }

        if (batch.HistogramCount > 0)
            ApplyHistograms(append, late, commit);
        if (batch.ExemplarCount > 0)
            ApplyExemplars(append);
    }

    void ApplyHistograms(PendingAppend append, LateSamples? late, long commit)
    {
        var head = _timeline.View.Head;
        var series = append.HistogramSeries;
        var histograms = append.Batch.Histograms;
        for (var i = 0; i < series.Length; i++)
        {
            if (series[i] < 0)
                continue;
            var (_, timestampMs, histogram) = histograms[i];
            var reason = late?.Recheck(series[i], timestampMs, StoredValue.Of(histogram)) ?? head.Append(series[i], timestampMs, histogram, commit);
            if (reason == RejectReason.None)
                continue;
            if (append.CountRejectedHistogram(reason))
                Describe(append, reason, series[i], timestampMs);
        }
    }

    void ApplyExemplars(PendingAppend append)
    {
        var batch = append.Batch;
        for (var i = 0; i < batch.ExemplarCount; i++)
        {
            if (!append.TakesExemplar[i])
                continue;
            var (series, timestampMs, value, labels) = batch.Exemplars[i];
            append.AcceptedExemplars += _exemplars.Add(batch.Key(series), timestampMs, value, labels.Span) ? 1 : 0;
        }
    }

    void Describe(PendingAppend append, RejectReason reason, int series, long timestampMs) =>
        append.Describe(reason, _admission.Describe(reason, _timeline.View.Head.Index.Key(series, new GrowingBytes()), timestampMs));
}
