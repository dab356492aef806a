namespace Barograph.Server.Collect.Host;

/// <summary>
/// Pressure stall information, from <c>/proc/pressure/{cpu,io,memory}</c>:
/// <c>some avg10=1.50 avg60=1.31 avg300=2.97 total=29132801</c>, the total in microseconds, and <c>full</c> alike.
/// </summary>
internal sealed class PressureSource(HostPaths paths, SourceSeries series) : ISource
{
    const int NotSupported = 95; // EOPNOTSUPP: built into the kernel and switched off at its start

    readonly Resource[] _resources = [.. new[] { "cpu", "io", "memory" }.Select(name => new Resource(
        new ProcFile(paths.Proc("pressure/" + name)),
        series.Add(HostMetrics.PressureStallTime, name, "some"),
        series.Add(HostMetrics.PressureStallTime, name, "full")))];

    readonly record struct Resource(ProcFile File, int Some, int Full);

    public string Name => "pressure";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        try
        {
            foreach (var resource in _resources)
                Read(resource);
        }
        catch (IOException failure) when (failure.HResult == NotSupported)
        {
            throw new SourceUnavailableException("pressure stall information is switched off (start the kernel with psi=1)", failure);
        }
    }

    public void Dispose()
    {
        foreach (var resource in _resources)
            resource.File.Dispose();
    }

    void Read(Resource resource)
    {
        var cursor = new ProcCursor(resource.File.Read(), resource.File.Path);
        for (; !cursor.AtEnd; cursor.NextLine())
        {
            var slot = cursor.TrySkip("some "u8) ? resource.Some : cursor.TrySkip("full "u8) ? resource.Full : -1;
            if (slot < 0)
                continue;
            cursor.SkipWords(3);
            cursor.SkipPast((byte)'=');
            series.Set(slot, cursor.Number() / 1e6);
        }
    }
}
