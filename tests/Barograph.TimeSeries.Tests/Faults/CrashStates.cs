namespace Barograph.TimeSeries.Tests;

/// <summary>The life of a store, recorded, and the power cut at any moment of it.</summary>
internal sealed class CrashStates : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly RecordingDisk _disk;
    readonly Workload _workload;

    public CrashStates(bool diskLies = false)
    {
        _disk = new RecordingDisk(diskLies);
        _workload = new Workload(_disk, () => _disk.Count);
    }

    /// <summary>How many changes of files it has.</summary>
    public int Count => _disk.Count;

    string Data => _folder.In("data");

    public void Dispose() => _folder.Dispose();

    public async Task Record()
    {
        await _workload.Run(Data, _folder.In("backup"));
        if (_workload.Refused > 0)
            throw new InvalidOperationException("The life was not a smooth one.");
    }

    /// <summary>Cuts the power after some changes, opens what is left, and compares it with what was promised until then.</summary>
    /// <returns>What was broken, or null.</returns>
    public async Task<string?> TryOpenAfter(int changes, int seed)
    {
        using var left = new TemporaryFolder();
        try
        {
            CrashState.After(_disk.Changes.Take(changes), new Random(seed)).Write(Data, left.Path);
            await using var store = MetricStore.Open(left.Path, Workload.Afterwards);
            _workload.Check(store, changes);
            if (seed % 8 == 0)
                await Workload.GoOn(store);
            return null;
        }
#pragma warning disable CA1031 // whatever it was, it is the finding
        catch (Exception cause)
#pragma warning restore CA1031
        {
            return $"after change {changes} ({_disk.Changes[Math.Max(0, changes - 1)]}), seed {seed}: {cause}";
        }
    }
}
