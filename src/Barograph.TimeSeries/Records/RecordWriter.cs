namespace Barograph.TimeSeries;

/// <summary>
/// The group commit of a log of records: whoever comes while a group is synced goes into the next one. It works on the thread pool, and
/// only while somebody waits: a server has several such logs, and most of them are idle.
/// </summary>
internal sealed class RecordWriter(RecordSegments segments, string folder, RecordLogOptions options) : IDisposable
{
    readonly DiskReserve _reserve = new(options.Disk, folder, options.DiskReserveBytes);
    readonly long _segmentAgeMs = (long)(options.SegmentAge ?? TimeSpan.MaxValue).TotalMilliseconds;
    readonly List<ReadOnlyMemory<byte>> _pieces = [];
    readonly object _gate = new(); // guards the fields below; pulsed when a group is written, and when who held the writer up is done
    List<Pending> _waiting = [];
    List<Pending> _group = [];
    bool _isRunning, _isWriting, _isClosed;
    int _holders;
    volatile string? _failure;
    volatile StoreBrokenException? _broken;

    /// <summary>A record on its way to the disk.</summary>
    sealed class Pending(byte[] record)
    {
        public byte[] Record => record;
        public TaskCompletionSource<RecordPlace> OnDisk { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Why the last record was not taken, or null.</summary>
    public string? Failure => _failure;

    /// <summary>Takes a record; completes when it is on disk.</summary>
    public Task<RecordPlace> AppendAsync(ReadOnlySpan<byte> payload)
    {
        var record = new byte[WalRecord.HeaderBytes + payload.Length];
        payload.CopyTo(record.AsSpan(WalRecord.HeaderBytes));
        WalRecord.Prepare(record, WalRecordType.Opaque, payload);
        var pending = new Pending(record);
        lock (_gate)
        {
            if (_broken is { } broken)
                return Task.FromException<RecordPlace>(new StoreBrokenException(broken.InnerException!));
            if (_isClosed)
                return Task.FromException<RecordPlace>(new StoreUnavailableException("The log is being closed; nothing of it was stored."));
            _waiting.Add(pending);
            if (_isRunning)
                return pending.OnDisk.Task;
            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static writer => writer.Run(), this, preferLocal: false);
        return pending.OnDisk.Task;
    }

    /// <summary>Seals the segment that is written, between two groups, if it has a number.</summary>
    public void SealIf(long number)
    {
        lock (_gate)
        {
            _holders++;
            while (_isWriting)
                Monitor.Wait(_gate);
            if (segments.Active?.Name.Number == number)
                segments.Seal();
            _holders--;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes no more records, waits for those it took, and closes the segment.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            while (_isRunning)
                Monitor.Wait(_gate);
        }

        segments.Active?.Dispose();
    }

#pragma warning disable CA1031 // the edge of a worker: whatever it was, all who wait must be told, and the process must live
    void Run()
    {
        try
        {
            while (TakeGroup())
                WriteGroup();
        }
        catch (Exception bug)
        {
            Break(bug);
        }
    }
#pragma warning restore CA1031

    bool TakeGroup()
    {
        lock (_gate)
        {
            _isWriting = false;
            _group.Clear();
            Monitor.PulseAll(_gate);
            while (_holders > 0)
                Monitor.Wait(_gate);
            (_group, _waiting) = (_waiting, _group);
            return _isRunning = _isWriting = _group.Count > 0;
        }
    }

    void Break(Exception bug)
    {
        var broken = new StoreBrokenException(bug);
        lock (_gate)
        {
            (_broken, _failure) = (broken, broken.Message);
            _group.AddRange(_waiting);
            _waiting.Clear();
            foreach (var pending in _group)
                pending.OnDisk.TrySetException(broken);
            _group.Clear();
            _isRunning = _isWriting = false;
            Monitor.PulseAll(_gate);
        }

        options.ReportBug(bug);
    }

    void WriteGroup()
    {
        try
        {
            if (_reserve.Touched(_group.Sum(static pending => (long)pending.Record.Length)) is { } full)
            {
                Fail(new StoreUnavailableException(full));
                return;
            }

            WriteTo(IsDue(segments.Active) ? segments.Begin(NowMs) : segments.Active!);
            _failure = null;
        }
        catch (Exception cause) when (DiskFault.Is(cause))
        {
            // As in the store's log: cut back to what was acknowledged, and never write that file again.
            segments.Active?.GiveUp();
            segments.Seal();
            Fail(new StoreUnavailableException(DiskFault.Explain(cause), cause));
        }
    }

    void Fail(StoreUnavailableException cause)
    {
        _failure = cause.Message;
        foreach (var pending in _group)
            pending.OnDisk.TrySetException(cause);
    }

    long NowMs => options.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Also when the clock was set back behind its beginning: it would be written for ever.</summary>
    bool IsDue(WalSegment? active) =>
        active is null || active.Length >= options.SegmentBytes || Math.Abs(NowMs - active.Name.Generation) >= _segmentAgeMs;

    void WriteTo(WalSegment segment)
    {
        var places = new RecordPlace[_group.Count];
        var end = segment.Length;
        _pieces.Clear();
        for (var i = 0; i < places.Length; i++)
        {
            WalRecord.Bind(_group[i].Record, segment.Name.Salt, end);
            _pieces.Add(_group[i].Record);
            places[i] = new RecordPlace(segment.Name.Number, end);
            end += _group[i].Record.Length;
        }

        segment.Append(_pieces, end - segment.Length);
        segments.Advance();
        for (var i = 0; i < places.Length; i++)
            _group[i].OnDisk.SetResult(places[i]);
    }
}
