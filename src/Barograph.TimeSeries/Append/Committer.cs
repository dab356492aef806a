namespace Barograph.TimeSeries;

/// <summary>
/// The log's thread. It takes all appends that wait, writes them with one sync, appends them to the head window in the same
/// order, makes them visible and answers. Nobody waits for company: while one group is synced the next one gathers.
/// </summary>
internal sealed class Committer : IDisposable
{
    /// <summary>A group larger than this waits for the next sync, so that the wait of each sender stays bounded.</summary>
    const long GroupBytesLimit = 8 << 20;

    static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    readonly WalWriter _log;
    readonly Timeline _timeline;
    readonly Admission _admission;
    readonly long _queuedBytesLimit;
    readonly Thread _thread;
    readonly object _gate = new(); // guards the fields below; pulsed when there is work
    Queue<PendingAppend> _waiting = new();
    long _queuedBytes;
    TaskCompletionSource? _room;
    bool _stopping;

    public Committer(WalWriter log, Timeline timeline, Admission admission, StoreOptions options)
    {
        (_log, _timeline, _admission, _queuedBytesLimit) = (log, timeline, admission, options.QueuedBytesLimit);
        _thread = new Thread(Run) { IsBackground = true, Name = "Barograph log" };
        _thread.Start();
    }

    /// <summary>Returns when the queue has room: the brake on senders who are faster than the disk.</summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancel)
    {
        while (true)
        {
            Task room;
            lock (_gate)
            {
                if (_queuedBytes < _queuedBytesLimit)
                    return;
                _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                room = _room.Task;
            }

            await room.WaitAsync(cancel);
        }
    }

    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public void Enqueue(PendingAppend append)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(MetricStore));
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
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    void Run()
    {
        var group = new List<PendingAppend>();
        while (TakeGroup(group))
        {
            if (group.Count > 0)
                CommitGroup(group);
            else
                _log.TryRepair();
            group.Clear();
        }
    }

    /// <summary>Waits for work. An empty group means that it is time to look after a log that failed.</summary>
    bool TakeGroup(List<PendingAppend> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_stopping)
                    return false;
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
            if (_room is not null && _queuedBytes < _queuedBytesLimit)
            {
                _room.SetResult();
                _room = null;
            }

            return true;
        }
    }

    void CommitGroup(List<PendingAppend> group)
    {
        try
        {
            _log.Write(group, _timeline.View.Head.Index);
        }
        catch (IOException cause)
        {
            var failure = cause as StoreUnavailableException ?? new StoreUnavailableException(WalWriter.Explain(cause), cause);
            foreach (var append in group)
                append.Fail(failure);
            return;
        }

        try
        {
            Apply(group);
        }
#pragma warning disable CA1031 // the edge of a worker: whatever it was, the senders must be told, and the thread must live
        catch (Exception cause)
        {
            foreach (var append in group)
                append.Fail(new StoreUnavailableException($"The batch is in the log but could not be made visible: {cause.Message}", cause));
        }
#pragma warning restore CA1031
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

        foreach (var append in group)
            append.Complete();
    }

    void Apply(PendingAppend append, long commit)
    {
        var head = _timeline.View.Head;
        var batch = append.Batch;
        var series = append.Series;
        var times = batch.TimestampsMs;
        var values = batch.Values;
        for (var i = 0; i < series.Length; i++)
        {
            if (series[i] < 0)
                continue;
            var reason = head.Append(series[i], times[i], values[i], commit);
            if (reason == RejectReason.None)
                continue;
            if (append.HasExample)
                append.RejectMore(1);
            else
                append.Reject(reason, _admission.Describe(reason, head.Index.Key(series[i]), times[i]));
        }
    }
}
