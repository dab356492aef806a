namespace Barograph.TimeSeries.Tests;

/// <summary>A life, recorded, and the power cut at any moment of it.</summary>
internal sealed class CrashStates : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly RecordingDisk _disk;
    readonly ILife _life;

    /// <param name="begin">Makes the life, of its disk and of what counts the changes.</param>
    /// <param name="diskLies">Whether the disk says of syncs that were not made that they were.</param>
    public CrashStates(Func<Disk, Func<int>, ILife> begin, bool diskLies = false)
    {
        _disk = new RecordingDisk(diskLies);
        _life = begin(_disk, () => _disk.Count);
    }

    /// <summary>How many changes of files it has.</summary>
    public int Count => _disk.Count;

    string Data => _folder.In("data");

    public void Dispose() => _folder.Dispose();

    public async Task Record()
    {
        await _life.RunAsync(Data, _folder.In("backup"));
        if (_life.Refused > 0)
            throw new InvalidOperationException("The life was not a smooth one.");
    }

    /// <summary>Records it, cuts the power at moments all over it, and looks.</summary>
    /// <returns>What was broken.</returns>
    public async Task<List<string>> FindBrokenAsync(int count)
    {
        await Record();
        var seed = Environment.TickCount & 0xFFFFFF;
        var broken = new List<string>();
        for (var i = 0; i < count; i++)
        {
            if (await TryOpenAfter(Count * (i + 1) / count, seed + i) is { } state)
                broken.Add(state);
        }

        return broken;
    }

    /// <summary>Cuts the power after some changes, opens what is left, and compares it with what was promised until then.</summary>
    /// <returns>What was broken, or null.</returns>
    public async Task<string?> TryOpenAfter(int changes, int seed)
    {
        using var left = new TemporaryFolder();
        try
        {
            CrashState.After(_disk.Changes.Take(changes), new Random(seed)).Write(Data, left.Path);
            await _life.CheckAsync(left.Path, changes, goesOn: seed % 8 == 0);
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
