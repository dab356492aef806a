using System.Collections.Concurrent;
using Barograph.Server.Processes;
using Barograph.Server.Settings;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>
/// Keeps one loop for each target of the scrape configuration. The file and the files of targets are looked at again and again;
/// a mistake in a changed one is told, and the targets stay as they were.
/// </summary>
internal sealed class Scraper(
    string path, IReadOnlyList<ScrapeJob> jobs, IngestDesk desk, TimeProvider clock, Workers workers, Warnings warnings, ILogger<Scraper> log)
    : SupervisedService("scrape-targets", workers)
{
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<string, Running> _running = new(StringComparer.Ordinal);
    readonly ScrapeClients _clients = new();
    readonly Dictionary<ScrapeJob, (DateTimeOffset ReadAt, List<TargetGroup> Groups)> _fileTargets = [];
    readonly ConcurrentDictionary<ScrapeJob, string> _obstacles = new();
    IReadOnlyList<ScrapeJob> _jobs = jobs;
    volatile IReadOnlyList<DroppedTarget> _dropped = [];
    DateTime _changedAt = File.GetLastWriteTimeUtc(path);

    sealed record Running(ScrapeLoop Loop, CancellationTokenSource Removal, Task Task);

    /// <summary>A target that relabelling dropped.</summary>
    internal sealed record DroppedTarget(ScrapeJob Job, IReadOnlyDictionary<string, string> DiscoveredLabels);

    /// <summary>All targets that relabelling dropped, by job.</summary>
    public IReadOnlyList<DroppedTarget> Dropped => _dropped;

    /// <summary>The jobs of the configuration in its order, those without a target too.</summary>
    public IReadOnlyList<ScrapeJob> Jobs => _jobs;

    /// <summary>All targets, by job and address.</summary>
    public IReadOnlyList<ScrapeTarget> Targets =>
        [.. _running.Values.Select(static running => running.Loop.Target).OrderBy(static target => (target.Job.Name, target.Address.ToString()))];

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                ReloadConfig();
                await ReconcileAsync(stopping);
                await Task.Delay(LookAgain, clock, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await Task.WhenAll(_running.Values.Select(static running => running.Task));
        }
    }

    void ReloadConfig()
    {
        var changedAt = File.GetLastWriteTimeUtc(path);
        if (changedAt == _changedAt)
            return;
        _changedAt = changedAt;
        try
        {
            _jobs = ScrapeConfig.Read(path);
            _fileTargets.Clear();
            warnings.Clear(path);
        }
        catch (ScrapeConfigException mistake)
        {
            ScrapeLog.Mistake(log, mistake.Message);
            warnings.Set(path, $"Scraping: {mistake.Message}. The targets stay as they were.");
        }
    }

    /// <summary>Ends the loops of targets that are gone and starts those of new ones.</summary>
    async Task ReconcileAsync(CancellationToken stopping)
    {
        var wanted = Discover();
        foreach (var (identity, running) in _running)
        {
            if (wanted.TryGetValue(identity, out var target) && ReferenceEquals(target.Job, running.Loop.Target.Job))
                continue;
            _running.TryRemove(identity, out _);
            await running.Removal.CancelAsync();
            await running.Task;
            running.Removal.Dispose();
        }

        _clients.KeepOnly(_jobs);
        foreach (var (identity, target) in wanted)
        {
            if (_running.ContainsKey(identity))
                continue;
            var loop = new ScrapeLoop(target, _clients, () => _obstacles.GetValueOrDefault(target.Job), desk, clock, Workers);
            var removal = new CancellationTokenSource();
            _running[identity] = new Running(loop, removal, loop.RunAsync(removal.Token, stopping));
        }
    }

    Dictionary<string, ScrapeTarget> Discover()
    {
        var targets = new Dictionary<string, ScrapeTarget>(StringComparer.Ordinal);
        var dropped = new List<DroppedTarget>();
        foreach (var job in _jobs)
        {
            var before = targets.Count;
            foreach (var group in job.StaticTargets.Concat(FileTargets(job)))
            {
                foreach (var address in group.Targets)
                    Add(job, address, group);
            }

            // As upstream has it: which of them to leave out, nobody could say; so all of them are down, and say why.
            if (job.TargetLimit > 0 && targets.Count - before > job.TargetLimit)
                _obstacles[job] = $"the job has {targets.Count - before} targets, and target_limit is {job.TargetLimit}";
            else
                _obstacles.TryRemove(job, out _);
        }

        _dropped = dropped;
        return targets;

        void Add(ScrapeJob job, string address, TargetGroup group)
        {
            try
            {
                if (ScrapeTarget.From(job, address, group.Labels, out var discovered) is { } target)
                    targets.TryAdd(target.Identity, target);
                else
                    dropped.Add(new DroppedTarget(job, discovered));
            }
            catch (ScrapeConfigException mistake)
            {
                ScrapeLog.Mistake(log, mistake.Message);
            }
        }
    }

    List<TargetGroup> FileTargets(ScrapeJob job)
    {
        if (job.TargetFiles.Count == 0)
            return [];
        var now = clock.GetUtcNow();
        if (_fileTargets.TryGetValue(job, out var known) && now - known.ReadAt < job.TargetFilesInterval)
            return known.Groups;
        try
        {
            known = (now, [.. job.TargetFiles.SelectMany(Files).SelectMany(ReadGroups)]);
        }
        catch (Exception failure) when (failure is ScrapeConfigException or YamlException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            ScrapeLog.Mistake(log, failure.Message);
            known = (now, known.Groups ?? []);
        }

        _fileTargets[job] = known;
        return known.Groups;
    }

    /// <summary>A pattern may have <c>*</c> in its last part, as Prometheus has it.</summary>
    IEnumerable<string> Files(string pattern)
    {
        var full = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, pattern);
        var folder = Path.GetDirectoryName(full)!;
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, Path.GetFileName(full)).Order(StringComparer.Ordinal) : [];
    }

    /// <summary>YAML or JSON, which is YAML too.</summary>
    static IEnumerable<TargetGroup> ReadGroups(string file)
    {
        if (YamlFile.Read(file) is not [var root, ..])
            return [];
        return root is YamlSequenceNode groups
            ? [.. groups.Select(group => ScrapeConfig.ReadGroup(new YamlMap(file, group)))]
            : throw new ScrapeConfigException($"{file}: a list of groups is expected");
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _clients.Dispose();
        base.Dispose();
    }
}

internal static partial class ScrapeLog
{
    [LoggerMessage(LogLevel.Warning, "Scraping: {Mistake}. The targets stay as they were.")]
    public static partial void Mistake(ILogger logger, string mistake);
}
