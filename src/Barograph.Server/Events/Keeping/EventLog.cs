using System.Runtime.InteropServices;
using Barograph.Server.Processes;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>How events are kept.</summary>
/// <param name="Folder">Where.</param>
/// <param name="Retention">How long.</param>
/// <param name="SizeBytes">How much room they may take; the oldest go first.</param>
internal sealed record EventLogOptions(string Folder, TimeSpan Retention, long SizeBytes)
{
    /// <summary>When a file of the log is so large, another is begun.</summary>
    public long SegmentBytes { get; init; } = 32 << 20;

    /// <summary>How many bytes of the disk are left to the store.</summary>
    public long DiskReserveBytes { get; init; }

    /// <summary>Gets what a bug threw that ended the writing; must not throw.</summary>
    public Action<Exception> ReportBug { get; init; } = static _ => { };
}

/// <summary>
/// The durable log of events, which holds none twice. One thread takes all requests that wait, sets aside what is there already, writes the rest with
/// one sync, and hands it on in the order of the log.
/// </summary>
internal sealed class EventLog : IDisposable
{
    /// <summary>The thread among the workers.</summary>
    const string Worker = "event-log";

    const int OwnTypesMax = 1000, GroupEventsMax = 50_000;

    readonly EventLogOptions _options;
    readonly RecordLog _log;
    readonly EventBook _book;
    readonly TimeProvider _clock;
    readonly Action<RecordPlace, EventRecord[]> _next;
    readonly object _gate = new(); // guards what waits; pulsed when there is something
    readonly Queue<Pending> _waiting = new();
    readonly Dictionary<ulong, ulong> _newIds = []; // of the group that is being written: id and content
    readonly Workers _workers;
    readonly CancellationTokenSource _stop = new();
    Task _running = Task.CompletedTask;
    bool _stopping;

    sealed record Pending(EventRequest Request, TaskCompletionSource Done)
    {
        public List<(EventRecord[] Events, Task<RecordPlace> Place)> Blocks { get; } = [];
    }

    /// <summary>Opens the log and learns what is in it.</summary>
    /// <param name="options">Where and how long.</param>
    /// <param name="clock">For the retention.</param>
    /// <param name="next">Gets all events that were written, in the order of the log, from one thread; may wait.</param>
    /// <param name="workers">Whose worker the thread is.</param>
    /// <exception cref="StoreUnavailableException">The folder cannot be used.</exception>
    public EventLog(EventLogOptions options, TimeProvider clock, Action<RecordPlace, EventRecord[]> next, Workers workers)
    {
        (_options, _clock, _next, _workers) = (options, clock, next, workers);
        _log = RecordLog.Open(options.Folder, new RecordLogOptions
        {
            SegmentBytes = options.SegmentBytes,
            DiskReserveBytes = options.DiskReserveBytes,
            Clock = clock,
            ReportBug = options.ReportBug,
        });
        _book = new EventBook(_log);
        try
        {
            _book.Open();
        }
        catch
        {
            _log.Dispose(); // it is tried again, and the folder must be free then
            throw;
        }
    }

    public RecordLog Records => _log;

    public EventBook Book => _book;

    /// <summary>From where on derivation may still want to read; older segments may go.</summary>
    public Func<long> KeepFromSegment { get; set; } = static () => long.MaxValue;

    /// <summary>The time before which events are not kept.</summary>
    public long OldestMs => Math.Max(0, (_clock.GetUtcNow() - _options.Retention).ToUnixTimeMilliseconds());

    /// <summary>Begins to take requests.</summary>
    public void Start() => _running = _workers.RunOnThreadAsync(Worker, Run, _stop.Token, isVital: true);

    /// <summary>Keeps the events of a request; completes when they are on disk and the request knows which of them were duplicates or contradict.</summary>
    /// <exception cref="StoreUnavailableException">The disk took nothing; nothing of the request was kept.</exception>
    public Task KeepAsync(EventRequest request)
    {
        var pending = new Pending(request, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            if (_stopping)
                throw new StoreUnavailableException("The server is being stopped.");
            _waiting.Enqueue(pending);
            Monitor.Pulse(_gate);
        }

        return pending.Done.Task;
    }

    /// <summary>Deletes what is too old or too much.</summary>
    public void Forget() => _book.Forget(OldestMs, _options.SizeBytes, KeepFromSegment());

    /// <summary>Takes no more requests, and hands on what was taken. Reading goes on until <see cref="Dispose"/>.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        if (!_running.IsCompleted)
        {
            _stop.Cancel();
            _running.Wait();
        }

        lock (_gate)
        {
            while (_waiting.TryDequeue(out var pending)) // only after a failure from which the thread did not come back
                pending.Done.TrySetException(new StoreUnavailableException("The server is being stopped."));
        }
    }

    public void Dispose()
    {
        Stop();
        _log.Dispose();
        _book.Dispose();
        _stop.Dispose();
    }

    void Run()
    {
        var group = new List<Pending>();
        while (TakeGroup(group))
        {
            Write(group);
            group.Clear();
        }
    }

    bool TakeGroup(List<Pending> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_stopping)
                    return false;
                Monitor.Wait(_gate);
            }

            for (var events = 0; events < GroupEventsMax && _waiting.TryDequeue(out var pending); events += pending.Request.Events.Count)
                group.Add(pending);
            return true;
        }
    }

#pragma warning disable CA1031 // the edge of a worker: whatever it was, the senders must be told, and the thread must live
    void Write(List<Pending> group)
    {
        try
        {
            _newIds.Clear();
            foreach (var pending in group)
                Append(pending);
            // A duplicate of an event whose write failed would be told as kept: a group is kept or refused as one.
            Task.WaitAll([.. group.SelectMany(static pending => pending.Blocks).Select(static block => block.Place)]);
            foreach (var (events, place) in group.SelectMany(static pending => pending.Blocks))
                _book.Add(place.Result, events);
            // Before the answers: whoever was told that an event is kept finds what follows from it behind it.
            foreach (var (events, place) in group.SelectMany(static pending => pending.Blocks))
                _next(place.Result, events);
            foreach (var pending in group)
                pending.Done.SetResult();
        }
        catch (Exception cause)
        {
            TryNoteWhatWasWritten(group);
            if (cause is not (IOException or AggregateException { InnerException: IOException }))
                _workers.Survived(Worker, cause);
            var failure = cause as StoreUnavailableException ?? (cause as AggregateException)?.InnerException as StoreUnavailableException
                ?? new StoreUnavailableException($"The events could not be kept: {cause.Message}", cause);
            foreach (var pending in group)
                pending.Done.TrySetException(failure);
        }
    }

    void TryNoteWhatWasWritten(List<Pending> group)
    {
        try
        {
            NoteWhatWasWritten(group);
        }
        catch (Exception cause)
        {
            _workers.Survived(Worker, cause);
        }
    }
#pragma warning restore CA1031

    /// <summary>Of a group that failed, some records may be on disk: they count, and sending them again finds them there.</summary>
    void NoteWhatWasWritten(List<Pending> group)
    {
        foreach (var (events, place) in group.Where(static pending => !pending.Done.Task.IsCompleted).SelectMany(static pending => pending.Blocks))
        {
            if (!place.IsCompletedSuccessfully)
                continue;
            _book.Add(place.Result, events);
            _next(place.Result, events);
        }
    }

    void Append(Pending pending)
    {
        var request = pending.Request;
        var kept = new List<EventRecord>(request.Events.Count);
        for (var i = 0; i < request.Events.Count; i++)
        {
            var one = request.Events[i];
            if (!_book.HasRoomFor(one.Type, OwnTypesMax))
                Reject(request, i, "type", one.Type, $"must be one of the {OwnTypesMax} types that are known already: there is no room for more");
            else if (one.IdHash == 0)
                kept.Add(one);
            else if (!TryFindContent(one.IdHash, out var content))
            {
                _newIds.Add(one.IdHash, one.ContentHash);
                kept.Add(one);
            }
            else if (content == one.ContentHash)
                request.DuplicateCount++;
            else
                Reject(request, i, "id", one.Id, "must name one fact for ever: an event of this id with other content is kept already");
        }

        request.AcceptedCount = kept.Count;
        AppendBlocks(pending, CollectionsMarshal.AsSpan(kept));
    }

    void AppendBlocks(Pending pending, ReadOnlySpan<EventRecord> kept)
    {
        while (!kept.IsEmpty)
        {
            var count = 0;
            for (var bytes = 0; count < kept.Length && count < EventBlock.EventsMax && bytes < EventBlock.BytesMax; count++)
                bytes += kept[count].Json.Length;
            pending.Blocks.Add((kept[..count].ToArray(), _log.AppendAsync(EventBlock.Encode(kept[..count]))));
            kept = kept[count..];
        }
    }

    bool TryFindContent(ulong idHash, out ulong content)
    {
        if (_newIds.TryGetValue(idHash, out content))
            return true;
        var isThere = _book.TryFind(idHash, out _, out var entry);
        content = entry.ContentHash;
        return isThere;
    }

    static void Reject(EventRequest request, int i, string field, string value, string rule)
    {
        var one = request.Events[i];
        request.Reject(new Rejection(request.Indices[i], one.Id, one.Type, field, Rejection.Cut(value), rule, System.Text.Encoding.UTF8.GetString(one.Json.Span[..Math.Min(one.Json.Length, Rejection.TextLengthMax)])));
    }
}
