using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Writes the log. After any failure the segment is cut back to what was acknowledged and never written again; nothing is
/// acknowledged before a new segment is durable. Used by one thread.
/// </summary>
internal sealed class WalWriter : IDisposable
{
    const long SegmentBytesLimit = 64 << 20;

    readonly Disk _disk;
    readonly DiskReserve _reserve;
    readonly string _folder;
    readonly List<ReadOnlyMemory<byte>> _pieces = [];
    readonly List<int> _newSeries = [];
    readonly MemoryStream[] _seriesRecords = [new(), new()];
    WalSegment? _segment;
    long _lastNumber;
    volatile WalScope _scope;
    volatile string? _failure;

    /// <summary>Begins to write behind the segments that are there. A disk that refuses leaves a log that repairs itself later.</summary>
    public WalWriter(Disk disk, string folder, long lastNumber, long generation, long reserveBytes)
    {
        (_disk, _reserve, _folder, _lastNumber, _scope) = (disk, new DiskReserve(disk, folder, reserveBytes), folder, lastNumber, new WalScope(generation));
        TryRepair();
    }

    /// <summary>The scope of the segment that is written.</summary>
    public WalScope Scope => _scope;

    /// <summary>Why nothing can be written, or null.</summary>
    public string? Failure => _failure;

    /// <summary>Writes the records of a group, and the keys of the series that the log does not know yet; durable on return.</summary>
    /// <exception cref="IOException">Nothing of the group is in the log.</exception>
    public void Write(List<PendingAppend> group, SeriesIndex index)
    {
        if (_failure is not null || _reserve.Touched(group.Sum(static append => (long)append.Records.Length)) is not null)
            TryRepair();
        if (_failure is { } failure)
            throw new StoreUnavailableException(failure);
        Invariant.Holds(_segment is not null);
        try
        {
            if (_segment.Length > SegmentBytesLimit)
                BeginSegment();
            WriteGroup(_segment, group, index);
        }
        catch (Exception cause) when (DiskFault.Is(cause))
        {
            _failure = DiskFault.Explain(cause);
            _segment.GiveUp();
            _segment = null;
            TryRepair();
            throw;
        }
    }

    /// <summary>Begins a segment for the next head window. When it fails, the log goes on as before.</summary>
    /// <exception cref="IOException">The disk did not take the new segment.</exception>
    public void BeginGeneration(long generation)
    {
        var scope = new WalScope(generation);
        var next = WalSegment.Create(_disk, _folder, new WalSegmentName(_lastNumber + 1, generation, scope.Salt));
        _lastNumber++;
        _segment?.Dispose();
        (_segment, _scope, GenerationBytes, _failure) = (next, scope, 0, null);
    }

    /// <summary>How many bytes the log has of the window that is written.</summary>
    public long GenerationBytes { get; private set; }

    /// <summary>Tries to begin a new segment if the last one failed, and looks whether there is room again.</summary>
    public void TryRepair()
    {
        try
        {
            if (_segment is null)
                BeginSegment();
            _failure = _reserve.Touched();
        }
        catch (Exception cause) when (DiskFault.Is(cause))
        {
            _failure = DiskFault.Explain(cause);
        }
    }

    public void Dispose()
    {
        _segment?.Dispose();
        foreach (var records in _seriesRecords)
            records.Dispose();
    }

    void BeginSegment()
    {
        var next = WalSegment.Create(_disk, _folder, new WalSegmentName(_lastNumber + 1, _scope.Generation, _scope.Salt));
        _lastNumber++;
        _segment?.Dispose();
        _segment = next;
    }

    void WriteGroup(WalSegment segment, List<PendingAppend> group, SeriesIndex index)
    {
        _pieces.Clear();
        var offset = AddNewSeries(segment.Length, group, index);
        foreach (var append in group)
            offset = AddPiece(append.Records, offset);
        if (_pieces.Count > 0)
        {
            GenerationBytes += offset - segment.Length;
            segment.Append(_pieces, offset - segment.Length);
        }

        foreach (var series in _newSeries)
            _scope.AddSeries(series);
    }

    long AddNewSeries(long offset, List<PendingAppend> group, SeriesIndex index)
    {
        _newSeries.Clear();
        foreach (var append in group)
        {
            // A batch that was looked at before the scope began tells nothing of the scope.
            if (append.Scope == _scope)
            {
                AddUnknown(CollectionsMarshal.AsSpan(append.UnloggedSeries));
            }
            else
            {
                AddUnknown(append.Series);
                AddUnknown(append.HistogramSeries); // exemplars carry the keys of theirs
            }
        }

        if (_newSeries.Count == 0)
            return offset;
        _newSeries.Sort(); // the same series may have come in several batches of the group
        var distinct = _newSeries.Distinct().ToArray();
        // Twice, in records of their own: without a key, all later samples of its series would be lost with it.
        foreach (var records in _seriesRecords)
        {
            records.SetLength(0);
            SeriesRecord.Write(records, distinct, index);
            offset = AddPiece(records.GetBuffer().AsMemory(0, (int)records.Length), offset);
        }

        return offset;
    }

    void AddUnknown(ReadOnlySpan<int> asked)
    {
        foreach (var series in asked)
        {
            if (series >= 0 && !_scope.HasSeries(series))
                _newSeries.Add(series);
        }
    }

    long AddPiece(Memory<byte> records, long offset)
    {
        if (records.IsEmpty)
            return offset;
        WalRecord.Bind(records.Span, _scope.Salt, offset);
        _pieces.Add(records);
        return offset + records.Length;
    }
}
