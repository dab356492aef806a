namespace Barograph.TimeSeries.Tests;

/// <summary>A disk that has as much room as a test says.</summary>
internal sealed class SizedDisk : Disk
{
    public long FreeBytes { get; set; }

    public long TotalBytes { get; init; } = 1L << 40;

    public override (long FreeBytes, long TotalBytes) Space(string folder) => (FreeBytes, TotalBytes);
}
