using System.Text;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>
/// Makes series of the log: docs/adr/0004. One thread folds events in the order of the log and writes what came together once a second: first into the
/// redo file with the place in the log, then into the store.
/// </summary>
internal sealed class Derivation : IDisposable
{
    /// <summary>Events that may wait to be folded; beyond it the log waits, and so do senders.</summary>
    const int WaitingMax = 20_000;

    /// <summary>
    /// So many folded events are written at once, without waiting for the second to be over: of a flood of old events nearly each one is a second of its own in each
    /// bucket, and the samples of a second's work were hundreds of megabytes.
    /// </summary>
    const int FlushEventsMax = 5_000;

    const long FlushMs = 1000, ReportMs = 5000, SnapshotMs = 60_000;

    static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    readonly IMetricStore _store;
    readonly EventLog _log;
    readonly TimeProvider _clock;
    readonly SampleWriter _writer;
    readonly string _redoPath, _statePath;
    readonly Action<string> _tell;
    readonly HashSet<string> _described = new(StringComparer.Ordinal);
    readonly object _gate = new(); // guards the queues; pulsed when there is something, or room
    readonly Queue<Work> _waiting = new();
    readonly Thread _thread;
    int _waitingEvents, _unwrittenEvents;

    /// <summary>The events of a record, or something else to be done between two records.</summary>
    readonly record struct Work(RecordPlace Place, EventRecord[] Events, Action? Order);

    bool _stopping, _killed;
    RecordPlace _place; // everything up to here (this record too) is folded
    RecordPlace _flushed, _saved;
    long _nextFlushMs, _nextReportMs, _nextSnapshotMs;

    /// <summary>Begins where the last process ended.</summary>
    /// <param name="store">Where the samples go.</param>
    /// <param name="log">The events, opened and not started.</param>
    /// <param name="defined">The rules of definitions.</param>
    /// <param name="folder">For the redo file and the snapshot.</param>
    /// <param name="clock">For gauges and intervals.</param>
    /// <param name="tell">Gets a sentence when something is wrong.</param>
    public Derivation(IMetricStore store, EventLog log, IReadOnlyList<EventRule> defined, string folder, TimeProvider clock, Action<string> tell)
    {
        (_store, _log, _clock, _tell) = (store, log, clock, tell);
        Directory.CreateDirectory(folder);
        (_redoPath, _statePath) = (Path.Combine(folder, "redo"), Path.Combine(folder, "state"));
        (_writer, Fold) = (new SampleWriter(store), new EventFold(log));
        Fold.Define(defined);
        _thread = new Thread(Run) { IsBackground = true, Name = "Barograph derivation" };
    }

    public EventFold Fold { get; }

    /// <summary>The oldest segment that a start would read again.</summary>
    public long KeepFromSegment => Math.Min(_saved.Segment, _flushed.Segment);

    /// <summary>Samples that the store refused.</summary>
    public long RefusedCount { get; private set; }

    /// <summary>Catches up with the log, then goes on with what <see cref="Take"/> gets.</summary>
    public void Start()
    {
        Recover();
        _thread.Start();
    }

    /// <summary>Takes the events of a record; waits while too many wait already.</summary>
    public void Take(RecordPlace place, EventRecord[] events)
    {
        lock (_gate)
        {
            while (_waitingEvents > WaitingMax && !_stopping)
                Monitor.Wait(_gate);
            _waiting.Enqueue(new Work(place, events, null));
            _waitingEvents += events.Length;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Runs something on the thread of the fold, between two records.</summary>
    public void Order(Action action)
    {
        lock (_gate)
        {
            _waiting.Enqueue(new Work(default, [], action));
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Counts what a request had rejected.</summary>
    public void CountRejected(EventRequest request)
    {
        if (request.RejectedCount == 0)
            return;
        var nowMs = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        var byType = request.Rejections.CountBy(static one => EventTypes.Check(one.Type) is null ? one.Type : "").ToList();
        Order(() =>
        {
            foreach (var (type, count) in byType)
                Fold.CountRejected(type, nowMs, count);
            if (request.RejectedCount > request.Rejections.Count)
                Fold.CountRejected("", nowMs, request.RejectedCount - request.Rejections.Count);
        });
    }

    /// <summary>Sets the rules of definitions, for the events that are taken from now on.</summary>
    public void Define(IReadOnlyList<EventRule> defined) => Order(() =>
    {
        Flush();
        _writer.HorizonMs = Math.Max(_writer.HorizonMs, _writer.LatestMs); // another rule may go on with a series
        Fold.Define(defined);
    });

    /// <summary>Completes when everything taken so far is in the store.</summary>
    public Task FlushAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Order(() =>
        {
            Flush();
            done.SetResult();
        });
        return done.Task;
    }

    /// <summary>Folds and writes what waits, and remembers it.</summary>
    public void Dispose() => Stop(killed: false);

    /// <summary>Ends as a killed process would: nothing more is written.</summary>
    internal void Kill() => Stop(killed: true);

    void Stop(bool killed)
    {
        lock (_gate)
        {
            (_stopping, _killed) = (true, killed);
            Monitor.PulseAll(_gate);
        }

        if (_thread.ThreadState != ThreadState.Unstarted)
            _thread.Join();
    }

    void Run()
    {
        while (TakeOne(out var work))
        {
            if (work.Order is { } order)
                order();
            else if (work.Events is { } events)
                Apply(work.Place, events);
            Keep();
        }

        if (_killed)
            return;
        Flush();
        Save();
    }

    /// <summary>Waits a moment for work; false when there is none any more.</summary>
    bool TakeOne(out Work work)
    {
        work = default;
        lock (_gate)
        {
            if (_waiting.Count == 0 && !_stopping)
                Monitor.Wait(_gate, (int)FlushMs / 2);
            if (_killed || (_waiting.Count == 0 && _stopping))
                return false;
            if (_waiting.TryDequeue(out work))
            {
                _waitingEvents -= work.Events.Length;
                Monitor.PulseAll(_gate);
            }

            return true;
        }
    }

    void Apply(RecordPlace place, EventRecord[] events)
    {
        Fold.Apply(place, events);
        _place = place;
        _unwrittenEvents += events.Length;
    }

    /// <summary>Does what is due.</summary>
    void Keep()
    {
        var nowMs = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (nowMs >= _nextReportMs)
        {
            Fold.Board.Report(nowMs);
            _nextReportMs = nowMs + ReportMs;
        }

        if (nowMs >= _nextFlushMs || nowMs < _nextFlushMs - 10 * FlushMs || _unwrittenEvents >= FlushEventsMax)
        {
            Flush();
            _nextFlushMs = nowMs + FlushMs;
        }

        if (nowMs >= _nextSnapshotMs)
        {
            Fold.Forget(nowMs);
            foreach (var metric in Fold.Metrics)
                _writer.Forget(metric.LabelSets, nowMs);
            if (_nextSnapshotMs > 0)
                Save();
            _nextSnapshotMs = nowMs + SnapshotMs;
        }
    }

    void Flush()
    {
        _unwrittenEvents = 0;
        if (!Fold.HasChanged)
            return;
        Describe();
        var batch = new SampleBatch { TakesAnyAge = true };
        Fold.Flush(_writer, batch);
        var redo = new Redo(_place, Math.Max(_writer.LatestMs, _writer.HorizonMs), batch).Encode();
        Retry(() => DurableFile.Replace(_redoPath, redo));
        Append(batch);
        _flushed = _place;
    }

    void Append(SampleBatch batch) => Retry(() =>
    {
        var result = _store.AppendAsync(batch).AsTask().GetAwaiter().GetResult();
        if (result.Rejected == 0)
            return;
        RefusedCount += result.Rejected;
        _tell($"{result.Rejected} derived samples were refused; the first: {result.FirstExample}");
    });

    /// <summary>What the disk does not take now it may take later; until then events wait, and senders with them.</summary>
    void Retry(Action action)
    {
        while (true)
        {
            try
            {
                action();
                return;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                _tell(failure.Message);
                lock (_gate)
                {
                    if (_stopping)
                        return; // the redo file, or the log, has it
                    Monitor.Wait(_gate, RetryInterval);
                }
            }
        }
    }

    void Describe()
    {
        foreach (var metric in Fold.Metrics)
        {
            if (metric.Changed.Count == 0 || !_described.Add(metric.Spec.Name))
                continue;
            _store.SetMetadata(metric.Spec.Name, metric.Spec.Metadata);
        }
    }

    /// <summary>Remembers the fold as it is now. Its place may lie before that of the redo file, never behind it.</summary>
    public void Save()
    {
        if (_place == _saved || _place != _flushed)
            return;
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(_place.Segment);
        writer.Write(_place.OffsetBytes);
        writer.Write(Fold.Write());
        writer.Write(StableHash.Of(memory.GetBuffer().AsSpan(0, (int)memory.Length)));
        writer.Flush();
        Retry(() => DurableFile.Replace(_statePath, memory.ToArray()));
        _saved = _place;
    }

    void Recover()
    {
        Fold.Forget(_clock.GetUtcNow().ToUnixTimeMilliseconds());
        var redo = Redo.Read(_redoPath);
        var from = ReadState();
        // What was folded and written before is folded again for what must be remembered of it.
        if (redo is not null)
        {
            Replay(from, redo.Place);
            Fold.Drop();
            _writer.HorizonMs = redo.HorizonMs;
            Append(redo.Batch);
            from = redo.Place;
        }

        _flushed = _saved = _place = from;
        Replay(from, null);
    }

    /// <summary>Folds what lies behind a place, up to another one (that one too) or the end.</summary>
    void Replay(RecordPlace after, RecordPlace? until)
    {
        foreach (var segment in _log.Records.Segments)
        {
            if (segment.Number < after.Segment || (until is { } last && segment.Number > last.Segment))
                continue;
            _log.Records.Read(new RecordPlace(segment.Number, 0), (place, record) =>
            {
                if (!place.IsAfter(after))
                    return true;
                if (until is { } end && place.IsAfter(end))
                    return false;
                Apply(place, [.. EventBlock.Decode(record).Select(static entry => entry.Restore())]);
                if (until is null)
                    Keep();
                else
                    Fold.Drop(); // it is in the store, and would fill the memory
                return true;
            });
        }
    }

    RecordPlace ReadState()
    {
        if (!File.Exists(_statePath))
            return default;
        var bytes = File.ReadAllBytes(_statePath);
        if (bytes.Length < 24 || BitConverter.ToUInt64(bytes, bytes.Length - 8) != StableHash.Of(bytes.AsSpan(0, bytes.Length - 8)))
        {
            _tell($"{_statePath} is damaged; what it remembers is made of the events again.");
            return default;
        }

        // What another version wrote is made of the events again.
        return Fold.TryRead(bytes[16..^8]) ? new RecordPlace(BitConverter.ToInt64(bytes, 0), BitConverter.ToInt64(bytes, 8)) : default;
    }
}
