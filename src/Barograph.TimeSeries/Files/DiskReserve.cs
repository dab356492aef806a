namespace Barograph.TimeSeries;

/// <summary>
/// What of its disk the log leaves to blocks, merges and retention. Asking the disk costs microseconds, so it is asked now and
/// then. Used by one thread at a time.
/// </summary>
internal sealed class DiskReserve(Disk disk, string folder, long reserveBytes)
{
    /// <summary>On a small disk the reserve is this part of it.</summary>
    const int PartOfDisk = 20;

    const int MostMsBetween = 500;

    const long MostBytesBetween = 16 << 20;

    long _askedAtMs = long.MinValue / 2;
    long _bytesUntilNext;
    string? _touched;

    /// <summary>Tells of bytes that are about to be written.</summary>
    /// <returns>A sentence, when they would touch the reserve.</returns>
    public string? Touched(long sizeBytes = 0)
    {
        _bytesUntilNext -= sizeBytes;
        // Others fill the disk as well: time passes, too.
        if (_bytesUntilNext < 0 || Environment.TickCount64 - _askedAtMs > MostMsBetween)
            Ask();
        return _touched;
    }

    /// <summary>Whether so many bytes fit beside the reserve; a disk that does not tell is taken to have room.</summary>
    public bool HasRoomFor(long sizeBytes) => reserveBytes <= 0 || Space() is not { } space || space.FreeBytes - Kept(space.TotalBytes) >= sizeBytes;

    void Ask()
    {
        (_askedAtMs, _bytesUntilNext, _touched) = (Environment.TickCount64, long.MaxValue, null);
        if (reserveBytes <= 0 || Space() is not { } space)
            return;
        var kept = Kept(space.TotalBytes);
        _bytesUntilNext = Math.Min(MostBytesBetween, (space.FreeBytes - kept) / 2);
        if (space.FreeBytes < kept)
            _touched = $"The disk is full but for {space.FreeBytes >> 10} KiB; the last {kept >> 10} KiB are for blocks and retention (DiskReserveBytes). Nothing is written until there is room again.";
    }

    long Kept(long totalBytes) => Math.Min(reserveBytes, totalBytes / PartOfDisk);

    (long FreeBytes, long TotalBytes)? Space()
    {
        try
        {
            return disk.Space(folder);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
