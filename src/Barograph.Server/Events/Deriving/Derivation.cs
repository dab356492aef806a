using System.Text;
using Barograph.Server.Data;
using Barograph.Server.Processes;
using Barograph.Server.Storage;
using Barograph.Server.Sources;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>Who hears of what is wrong with derivation.</summary>
/// <param name="Tell">Gets a sentence.</param>
/// <param name="SetAside">Gets an event of which not everything that follows could be made, and why.</param>
/// <param name="Refuse">Gets how many samples of a batch the store took, and what it did not.</param>
internal sealed record DerivationTroubles(
    Action<string> Tell, Action<EventRecord, Exception> SetAside, Action<int, IEnumerable<Refused>> Refuse);

/// <summary>
/// Makes series of the log: docs/adr/0004. One thread folds events in the order of the log and writes what came together once a second: first into the
/// redo file with the place in the log, then into the store.
/// </summary>
internal sealed class Derivation : IDisposable
{
    /// <summary>The thread among the workers.</summary>
    public const string Worker = "event-derivation";

    /// <summary>Events that may wait to be folded; beyond it the log waits, and so do senders.</summary>
    const int WaitingMax = 20_000;

    /// <summary>
    /// So many folded events are written at once, without waiting for the second to be over: of a flood of old events nearly each one is a second of its own in each
    /// bucket, and the samples of a second's work were hundreds of megabytes.
    /// </summary>
    const int FlushEventsMax = 5_000;

    const long FlushMs = 1000, ReportMs = 5000, SnapshotMs = 60_000;

    static readonly string[] s_files = ["redo", "state"];
    static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    readonly IMetricStore _store;
    readonly EventLog _log;
    readonly TimeProvider _clock;
    readonly SampleWriter _writer;
    readonly string _redoPath, _statePath;
    readonly DerivationTroubles _troubles;
    readonly IReadOnlyList<EventRule> _defined; // at the start
    readonly Workers _workers;
    readonly Action<string, byte[]> _replace;
    readonly HashSet<string> _described = new(StringComparer.Ordinal);
    readonly object _gate = new(); // guards the queues; pulsed when there is something, or room
    readonly Queue<Work> _waiting = new();
    readonly CancellationTokenSource _stop = new();
    Task _running = Task.CompletedTask;
    int _waitingEvents, _unwrittenEvents;

    /// <summary>The events of a record, or something else to be done between two records.</summary>
    readonly record struct Work(RecordPlace Place, EventRecord[] Events, Action? Order);

    bool _stopping, _killed, _ended;

    // Stopped while the disk refused: what came together is lost here, and is folded again at the next start. Nothing may be written any more, for it would be
    // without what is lost, and say that it has it.
    bool _gaveUp;

    RecordPlace _place; // everything up to here (this record too) is folded
    RecordPlace _flushed, _saved;
    long _nextFlushMs, _nextReportMs, _nextSnapshotMs;

    /// <summary>Begins where the last process ended.</summary>
    /// <param name="store">Where the samples go.</param>
    /// <param name="log">The events, opened and not started.</param>
    /// <param name="defined">The rules of definitions.</param>
    /// <param name="folder">For the redo file and the snapshot.</param>
    /// <param name="clock">For gauges and intervals.</param>
    /// <param name="troubles">Gets what is wrong.</param>
    /// <param name="workers">Whose worker the thread is.</param>
    /// <param name="replace">Replaces a file whole and durably, or throws; null for that of the disk.</param>
    public Derivation(
        IMetricStore store, EventLog log, IReadOnlyList<EventRule> defined, string folder, TimeProvider clock, DerivationTroubles troubles, Workers workers,
        Action<string, byte[]>? replace = null)
    {
        _replace = replace ?? (static (path, content) => DurableFile.Replace(path, content));
        (_store, _log, _clock, _troubles, _workers, _defined) = (store, log, clock, troubles, workers, defined);
        Directory.CreateDirectory(folder);
        (_redoPath, _statePath) = (Path.Combine(folder, "redo"), Path.Combine(folder, "state"));
        (_writer, Fold) = (new SampleWriter(store), NewFold(defined));
    }

    public EventFold Fold { get; private set; }

    /// <summary>The oldest segment that a start would read again.</summary>
    public long KeepFromSegment => Math.Min(_saved.Segment, _flushed.Segment);

    /// <summary>Catches up with the log, then goes on with what <see cref="Take"/> gets.</summary>
    public void Start()
    {
        Recover();
        _running = _workers.RunOnThreadAsync(Worker, Run, _stop.Token);
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
    public void Order(Action action) => TryOrder(action);

    /// <returns>Whether it will be run; not when the thread has ended.</returns>
    bool TryOrder(Action action)
    {
        lock (_gate)
        {
            if (_ended)
                return false;
            _waiting.Enqueue(new Work(default, [], action));
            Monitor.PulseAll(_gate);
            return true;
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
    /// <exception cref="StoreUnavailableException">It was stopped, and the disk had not taken it.</exception>
    public Task FlushAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Order(() =>
        {
            try
            {
                Flush();
                if (_gaveUp)
                    done.SetException(new StoreUnavailableException("The derivation was stopped while the disk took nothing."));
                else
                    done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
                throw;
            }
        });
        return done.Task;
    }

    /// <summary>
    /// Completes when what was folded is in the store and remembered on disk; until the result is disposed, or cancelled, nothing more is folded or written. The log
    /// has everything up to that moment, then and later.
    /// </summary>
    /// <exception cref="StoreUnavailableException">It was stopped.</exception>
    public async Task<StandStill> HoldAsync(CancellationToken cancel)
    {
        var done = new TaskCompletionSource<StandStill>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isOrdered = TryOrder(() =>
        {
            if (cancel.IsCancellationRequested)
                return;
            try
            {
                Flush();
                Save();
                if (_gaveUp)
                    throw new StoreUnavailableException("The server is being stopped.");
                var still = new StandStill(ReadFiles(Path.GetDirectoryName(_redoPath)!));
                done.SetResult(still);
                still.Wait(cancel);
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                done.TrySetException(cause);
            }
        });
        if (!isOrdered)
            throw new StoreUnavailableException("The server is being stopped.");
        return await done.Task.WaitAsync(cancel);
    }

    /// <summary>The files in the folder of a derivation that stands still.</summary>
    public static Dictionary<string, byte[]> ReadFiles(string folder) => s_files.Select(name => Path.Combine(folder, name))
        .Where(File.Exists).ToDictionary(static path => path, File.ReadAllBytes, StringComparer.Ordinal);

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

        _stop.Cancel();
        _running.Wait();
    }

    void Run()
    {
        while (TakeOne(out var work))
        {
            if (work.Order is { } order)
                Try(order);
            else if (work.Events is { } events && !_gaveUp)
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
            {
                _ended = true;
                return false;
            }

            if (_waiting.TryDequeue(out work))
            {
                _waitingEvents -= work.Events.Length;
                Monitor.PulseAll(_gate);
            }

            return true;
        }
    }

    /// <summary>What one piece of work throws that nobody expected costs that piece, and is told.</summary>
    void Try(Action piece)
    {
        try
        {
            piece();
        }
#pragma warning disable CA1031 // the edge of one piece of work
        catch (Exception failure) when (failure is not IOException)
#pragma warning restore CA1031
        {
            _workers.Survived(Worker, failure);
        }
    }

    void SetAside(EventRecord one, Exception failure)
    {
        _workers.Survived(Worker, failure);
        _troubles.SetAside(one, failure);
    }

    EventFold NewFold(IReadOnlyList<EventRule> defined)
    {
        var fold = new EventFold(_log, SetAside);
        fold.Define(defined);
        return fold;
    }

    void Apply(RecordPlace place, EventRecord?[] events)
    {
        Fold.Apply(place, events);
        _place = place;
        _unwrittenEvents += events.Length;
    }

    /// <summary>Does what is due.</summary>
    void Keep()
    {
        if (_gaveUp)
            return;
        var nowMs = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (nowMs >= _nextReportMs)
        {
            _nextReportMs = nowMs + ReportMs;
            Try(() => Fold.Report(nowMs));
        }

        if (nowMs >= _nextFlushMs || nowMs < _nextFlushMs - 10 * FlushMs || _unwrittenEvents >= FlushEventsMax)
        {
            _nextFlushMs = nowMs + FlushMs;
            Try(Flush);
        }

        if (nowMs >= _nextSnapshotMs)
        {
            var isFirst = _nextSnapshotMs == 0;
            _nextSnapshotMs = nowMs + SnapshotMs;
            Try(() => Forget(nowMs));
            if (!isFirst)
                Try(Save);
        }
    }

    void Forget(long nowMs)
    {
        Fold.Forget(nowMs);
        foreach (var metric in Fold.Metrics)
            _writer.Forget(metric.LabelSets, nowMs);
    }

    /// <summary>
    /// Writes what came together: the redo file, then the store. In this order, and never the second without the first: the next start folds again what
    /// lies behind the place in the redo file, so what is in the store and not in that file would count twice.
    /// </summary>
    void Flush()
    {
        _unwrittenEvents = 0;
        if (_gaveUp || !Fold.HasChanged)
            return;
        Describe();
        var batch = new SampleBatch { TakesAnyAge = true };
        Fold.Flush(_writer, batch, NotMade);
        var redo = new Redo(_place, Math.Max(_writer.LatestMs, _writer.HorizonMs), batch).Encode();
        _gaveUp = !Retry(() => _replace(_redoPath, redo)) || !Append(batch);
        if (!_gaveUp)
            _flushed = _place;
    }

    void NotMade(string metric, Exception failure)
    {
        _workers.Survived(Worker, failure);
        _troubles.Tell($"Samples of {metric} could not be made: {failure.Message}");
    }

    bool Append(SampleBatch batch) => Retry(() =>
    {
        try
        {
            var result = _store.AppendAsync(batch).AsTask().GetAwaiter().GetResult();
            if (result.Rejected > 0)
                _troubles.Refuse(result.Accepted, Refused.By(result));
        }
#pragma warning disable CA1031 // a batch that the store fails at would be tried for ever, at each start, too
        catch (Exception failure) when (failure is not (IOException or UnauthorizedAccessException))
#pragma warning restore CA1031
        {
            _troubles.Refuse(0, [new Refused(RefusalReason.ServerFailure, batch.SampleCount, $"the store failed at them: {failure.Message}")]);
            _workers.Survived(Worker, failure);
            _troubles.Tell($"{batch.SampleCount} derived samples were set aside, for the store failed at them: {failure.Message}");
        }
    });

    /// <summary>What the disk does not take now it may take later; until then events wait, and senders with them.</summary>
    /// <returns>Whether it was done; not when it was stopped before the disk took it.</returns>
    bool Retry(Action action)
    {
        while (true)
        {
            try
            {
                action();
                return true;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                _troubles.Tell(failure.Message);
                lock (_gate)
                {
                    if (_stopping)
                        return false;
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
        if (_gaveUp || _place == _saved || _place != _flushed)
            return;
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(_place.Segment);
        writer.Write(_place.OffsetBytes);
        writer.Write(Fold.Write());
        writer.Write(StableHash.Of(memory.GetBuffer().AsSpan(0, (int)memory.Length)));
        writer.Flush();
        var state = memory.ToArray();
        if (Retry(() => _replace(_statePath, state)))
            _saved = _place;
    }

    void Recover()
    {
        Fold.Forget(_clock.GetUtcNow().ToUnixTimeMilliseconds());
        MakeRoom(_redoPath);
        MakeRoom(_statePath);
        var redo = Redo.Read(_redoPath, out var isDamaged);
        if (isDamaged)
            _troubles.Tell($"{_redoPath} is damaged; what it remembers is made of the events again, and may count the last moments of the process before twice.");
        var from = ReadState();
        // What was folded and written before is folded again for what must be remembered of it.
        if (redo is not null)
        {
            Replay(from, redo.Place);
            Fold.Drop();
            _writer.HorizonMs = redo.HorizonMs;
            _gaveUp = !Append(redo.Batch);
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
            if (_gaveUp || segment.Number < after.Segment || (until is { } last && segment.Number > last.Segment))
                continue;
            _log.Records.Read(new RecordPlace(segment.Number, 0), (place, record) =>
            {
                if (!place.IsAfter(after))
                    return true;
                if (until is { } end && place.IsAfter(end))
                    return false;
                Apply(place, Restore(place, record));
                if (until is null)
                    Keep();
                else
                    Fold.Drop(); // it is in the store, and would fill the memory
                return !_gaveUp;
            });
        }
    }

    /// <summary>The events of a record; null stands for one that cannot be read, now or at the next start.</summary>
    EventRecord?[] Restore(RecordPlace place, ReadOnlySpan<byte> record)
    {
        try
        {
            return [.. EventBlock.Decode(record).Select(entry => Restore(place, entry))];
        }
#pragma warning disable CA1031 // the edge of one record
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _workers.Survived(Worker, failure);
            _troubles.Tell($"The events at byte {place.OffsetBytes} of segment {place.Segment} cannot be read: {failure.Message}");
            return [];
        }
    }

    EventRecord? Restore(RecordPlace place, BlockEntry entry)
    {
        try
        {
            return entry.Restore();
        }
#pragma warning disable CA1031 // the edge of one event
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _workers.Survived(Worker, failure);
            _troubles.Tell($"An event at byte {place.OffsetBytes} of segment {place.Segment} cannot be read: {failure.Message}");
            return null;
        }
    }

    /// <summary>A folder where a file must be would be taken for a full disk, for ever.</summary>
    void MakeRoom(string path)
    {
        if (Directory.Exists(path))
            _troubles.Tell($"{path} is a folder, where a file must be; it is now {DamagedFile.SetAside(path, _clock)}");
    }

    RecordPlace ReadState()
    {
        if (!File.Exists(_statePath))
            return default;
        var bytes = File.ReadAllBytes(_statePath);
        if (bytes.Length < 24 || BitConverter.ToUInt64(bytes, bytes.Length - 8) != StableHash.Of(bytes.AsSpan(0, bytes.Length - 8)))
        {
            _troubles.Tell($"{_statePath} is damaged; what it remembers is made of the events again.");
            return default;
        }

        try
        {
            if (Fold.TryRead(bytes[16..^8]))
                return new RecordPlace(BitConverter.ToInt64(bytes, 0), BitConverter.ToInt64(bytes, 8));
        }
#pragma warning disable CA1031 // the edge of one file: whatever it holds, the events are there
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _troubles.Tell($"{_statePath} cannot be understood ({failure.Message}); what it remembers is made of the events again.");
            Fold = NewFold(_defined); // what it took up by then is no state
        }

        return default; // what another version wrote is made of the events again
    }
}
