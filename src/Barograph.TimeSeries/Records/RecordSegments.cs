namespace Barograph.TimeSeries;

/// <summary>
/// Which segments a log has: those that are sealed, and the one that is written, up to its last acknowledged record. Any thread may
/// ask; the writer alone begins, advances and seals.
/// </summary>
internal sealed class RecordSegments
{
    readonly string _folder;
    readonly Disk _disk;
    readonly Lock _gate = new(); // guards everything below
    readonly SortedDictionary<long, Sealed> _sealed = [];
    WalSegment? _active;
    long _activeBytes, _lastNumber;

    readonly record struct Sealed(WalSegmentName Name, long SizeBytes);

    /// <summary>Lists what is there.</summary>
    public RecordSegments(string folder, Disk disk)
    {
        (_folder, _disk) = (folder, disk);
        foreach (var name in WalSegmentName.List(folder))
        {
            var found = new Sealed(name, new FileInfo(PathOf(name)).Length);
            // Two of one number: one was given up before it had a record, and a power cut brought it back.
            if (!_sealed.TryGetValue(name.Number, out var other) || other.SizeBytes < found.SizeBytes)
                _sealed[name.Number] = found;
            _lastNumber = name.Number;
        }
    }

    /// <summary>All segments, the oldest first.</summary>
    public IReadOnlyList<RecordSegment> All
    {
        get
        {
            lock (_gate)
            {
                var segments = _sealed.Values.Select(static one => new RecordSegment(one.Name.Number, one.Name.Generation, one.SizeBytes, true));
                return _active is { } active
                    ? [.. segments, new RecordSegment(active.Name.Number, active.Name.Generation, _activeBytes, false)]
                    : [.. segments];
            }
        }
    }

    /// <summary>The files of all segments, the oldest first, and where their acknowledged records end.</summary>
    public IReadOnlyList<(string Path, long SizeBytes)> Files
    {
        get
        {
            lock (_gate)
            {
                var files = _sealed.Values.Select(one => (PathOf(one.Name), one.SizeBytes));
                return _active is { } active ? [.. files, (PathOf(active.Name), _activeBytes)] : [.. files];
            }
        }
    }

    /// <summary>Bytes of all segments.</summary>
    public long SizeBytes
    {
        get
        {
            lock (_gate)
                return _activeBytes + _sealed.Values.Sum(static one => one.SizeBytes);
        }
    }

    /// <summary>The segment that is written, or null.</summary>
    public WalSegment? Active => _active;

    public string PathOf(WalSegmentName name) => Path.Combine(_folder, name.FileName);

    /// <summary>A segment, and where its acknowledged records end.</summary>
    public bool TryFind(long number, out WalSegmentName name, out long endBytes)
    {
        lock (_gate)
        {
            (name, endBytes) = (default, 0);
            if (_active is { } active && active.Name.Number == number)
                (name, endBytes) = (active.Name, _activeBytes);
            else if (_sealed.TryGetValue(number, out var found))
                (name, endBytes) = (found.Name, found.SizeBytes);
            return name.Number > 0;
        }
    }

    /// <summary>Begins another segment. A number is used once, also when the disk does not take the file.</summary>
    /// <exception cref="IOException">It does not; the one before is still written.</exception>
    public WalSegment Begin(long nowMs)
    {
        var scope = new WalScope(nowMs);
        var next = WalSegment.Create(_disk, _folder, new WalSegmentName(++_lastNumber, scope.Generation, scope.Salt));
        lock (_gate)
        {
            SealActive();
            (_active, _activeBytes) = (next, next.Length);
        }

        return next;
    }

    /// <summary>The records that were written are acknowledged now.</summary>
    public void Advance()
    {
        lock (_gate)
            _activeBytes = _active!.Length;
    }

    /// <summary>Nothing is written to the active segment any more.</summary>
    public void Seal()
    {
        lock (_gate)
            SealActive();
    }

    /// <summary>Takes a sealed segment out.</summary>
    /// <returns>The path of its file; null when there is none.</returns>
    public string? Remove(long number)
    {
        lock (_gate)
            return _sealed.Remove(number, out var removed) ? PathOf(removed.Name) : null;
    }

    void SealActive()
    {
        if (_active is not { } active)
            return;
        active.Dispose();
        _sealed.Add(active.Name.Number, new Sealed(active.Name, active.Length));
        (_active, _activeBytes) = (null, 0);
    }
}
