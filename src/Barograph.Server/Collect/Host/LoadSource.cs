namespace Barograph.Server.Collect.Host;

/// <summary>
/// Load, threads, uptime and open files, from <c>/proc/loadavg</c> ("0.03 0.23 0.16 1/89 6205": the fourth is running/all threads),
/// <c>/proc/uptime</c> ("seconds idle-seconds") and <c>/proc/sys/fs/file-nr</c> ("open unused limit").
/// </summary>
internal sealed class LoadSource(HostPaths paths, SourceSeries series) : ISource
{
    readonly ProcFile _loadFile = new(paths.Proc("loadavg"));
    readonly ProcFile _uptimeFile = new(paths.Proc("uptime"));
    readonly ProcFile _openFilesFile = new(paths.Proc("sys/fs/file-nr"));
    readonly int _load1 = series.Add(HostMetrics.Load1);
    readonly int _load5 = series.Add(HostMetrics.Load5);
    readonly int _load15 = series.Add(HostMetrics.Load15);
    readonly int _threads = series.Add(HostMetrics.ThreadCount);
    readonly int _uptime = series.Add(HostMetrics.Uptime);
    readonly int _openFiles = series.Add(HostMetrics.OpenFiles);
    readonly int _openFilesLimit = series.Add(HostMetrics.OpenFilesLimit);

    public string Name => "load";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        var load = new ProcCursor(_loadFile.Read(), _loadFile.Path);
        series.Set(_load1, load.Fraction());
        series.Set(_load5, load.Fraction());
        series.Set(_load15, load.Fraction());
        load.Number();
        if (!load.TrySkip("/"u8))
            load.Fail("'/'");
        series.Set(_threads, load.Number());

        if (_uptimeFile.TryRead(out var uptimeText))
            series.Set(_uptime, new ProcCursor(uptimeText, _uptimeFile.Path).Fraction());

        if (!_openFilesFile.TryRead(out var openFilesText))
            return;
        var openFiles = new ProcCursor(openFilesText, _openFilesFile.Path);
        var open = openFiles.Number();
        series.Set(_openFiles, open - Math.Min(open, openFiles.Number()));
        series.Set(_openFilesLimit, openFiles.Number());
    }

    public void Dispose()
    {
        _loadFile.Dispose();
        _uptimeFile.Dispose();
        _openFilesFile.Dispose();
    }
}
