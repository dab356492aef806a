using System.Collections.Concurrent;
using System.Text;
using Barograph.Server.Events;
using Barograph.Server.Processes;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Events;

/// <summary>Log, derivation and store in a folder of their own, which can be stopped, killed and opened again.</summary>
internal sealed class EventHouse : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-events-").FullName;
    readonly MetricStore _store;
    readonly FailingStore _failing;
    readonly IReadOnlyList<EventRule> _defined;
    EventLog _log = null!;

    public EventHouse(IReadOnlyList<EventRule>? defined = null)
    {
        _store = MetricStore.Open(Path.Combine(_folder, "store"));
        (_failing, _defined) = (new FailingStore(_store), defined ?? []);
        Open();
    }

    public Derivation Derivation { get; private set; } = null!;

    public EventLog Log => _log;

    public FailingStore Appends => _failing;

    public Workers Workers { get; } = SomeWorkers.New();

    /// <summary>What derivation told.</summary>
    public ConcurrentBag<string> Told { get; } = [];

    /// <summary>The ids of events that were set aside.</summary>
    public ConcurrentBag<string> SetAside { get; } = [];

    /// <summary>The disk of the derivation's own files.</summary>
    public FailingFiles Files { get; } = new();

    public MetricStore Store => _store;

    /// <summary>Gets one for each complaint of the derivation.</summary>
    public System.Collections.Concurrent.BlockingCollection<int> Complaints { get; } = [];

    /// <summary>Sends JSON as the door does.</summary>
    public async Task<EventRequest> SendAsync(IEnumerable<string> events)
    {
        var body = Encoding.UTF8.GetBytes(string.Join('\n', events));
        var request = new EventRequestReader(new EventParser(null), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), _log.OldestMs, static _ => { }).Read(body);
        await _log.KeepAsync(request);
        return request;
    }

    /// <summary>Stops in good order and opens again; in between something may be done to the folder of derivation.</summary>
    public void Restart(Action<string> change)
    {
        Close();
        change(Path.Combine(_folder, "derived"));
        Open();
    }

    /// <summary>Stops in good order and opens again; in between something may be done to the snapshot.</summary>
    public void Restart(Action<byte[]>? changeState = null)
    {
        Close();
        if (changeState is not null)
        {
            var path = Path.Combine(_folder, "derived", "state");
            var state = File.ReadAllBytes(path);
            changeState(state);
            File.WriteAllBytes(path, state);
        }

        Open();
    }

    /// <summary>Stops in good order while the disk fails, and opens again with one that is well.</summary>
    public void StopWhileFailing()
    {
        Close();
        Mend();
        Open();
    }

    void Mend()
    {
        _failing.IsFailing = false;
        Files.Fault = FileFault.None;
    }

    /// <summary>Ends the derivation as a killed process would, and opens again.</summary>
    public void Kill()
    {
        Derivation.Kill();
        _log.Dispose();
        Mend();
        Open();
    }

    /// <summary>All samples of all series whose metric passes, by the text of the labels.</summary>
    public Dictionary<string, List<(long TimeMs, double Value)>> Read(Func<string, bool> metric)
    {
        var found = new Dictionary<string, List<(long, double)>>(StringComparer.Ordinal);
        using var selection = _store.Select([], TimeRange.All);
        foreach (var series in selection.Series.Where(one => metric(one.Labels.Name)))
        {
            var samples = new List<(long, double)>();
            using var reader = series.OpenReader();
            while (reader.MoveNext())
            {
                for (var i = 0; i < reader.TimestampsMs.Length; i++)
                    samples.Add((reader.TimestampsMs[i], reader.Values[i]));
            }

            found.Add(series.Labels.ToString(), samples);
        }

        return found;
    }

    /// <summary>What increments add up to in each second, without the seconds in which they cancel out.</summary>
    public Dictionary<string, SortedDictionary<long, double>> Seconds(Func<string, bool> metric) =>
        Read(metric).Select(static one => (one.Key, Sums: Sum(one.Value))).Where(static one => one.Sums.Count > 0).ToDictionary(static one => one.Key, static one => one.Sums, StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        Close();
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    void Close()
    {
        _log.Stop();
        Derivation.Dispose();
        _log.Dispose();
    }

    static SortedDictionary<long, double> Sum(List<(long TimeMs, double Value)> samples)
    {
        var sums = new SortedDictionary<long, double>();
        foreach (var (timeMs, value) in samples)
            sums[timeMs / 1000] = sums.GetValueOrDefault(timeMs / 1000) + value;
        foreach (var (second, _) in sums.Where(static sum => Math.Abs(sum.Value) < 1e-9).ToList())
            sums.Remove(second);
        return sums;
    }

    void Tell(string what)
    {
        Told.Add(what);
        Complaints.Add(1);
    }

    void Open()
    {
        _log = new EventLog(new EventLogOptions(Path.Combine(_folder, "log"), TimeSpan.FromDays(30), 1L << 30) { SegmentBytes = 64 << 10 }, TimeProvider.System, (place, events) => Derivation.Take(place, events), Workers);
        Derivation = new Derivation(_failing, _log, _defined, Path.Combine(_folder, "derived"), TimeProvider.System, new DerivationTroubles(Tell, (one, _) => SetAside.Add(one.Id!), static (_, _) => { }), Workers, Files.Replace);
        Derivation.Start();
        _log.Start();
    }
}

/// <summary>A store whose disk can be told to fail.</summary>
internal sealed class FailingStore(IMetricStore store) : IMetricStore
{
    public bool IsFailing { get; set; }

    public IReadOnlyDictionary<string, MetricMetadata> Metadata => store.Metadata;

    public StoreStatus Status => store.Status;

    public ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default) =>
        IsFailing ? throw new StoreUnavailableException("The disk takes no writes.") : store.AppendAsync(batch, cancel);

    public StoreChanges Changes => store.Changes;

    public IReadOnlyList<SeriesExemplars> SelectExemplars(IReadOnlyList<Matcher> matchers, TimeRange range) => store.SelectExemplars(matchers, range);

    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range) => store.Select(matchers, range);

    public IReadOnlyList<string> LabelNames(IReadOnlyList<Matcher> matchers, TimeRange range) => store.LabelNames(matchers, range);

    public IReadOnlyList<string> LabelValues(string name, IReadOnlyList<Matcher> matchers, TimeRange range) => store.LabelValues(name, matchers, range);

    public void SetMetadata(string metric, MetricMetadata metadata) => store.SetMetadata(metric, metadata);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>At which step of replacing a file the disk refuses.</summary>
public enum FileFault
{
    None,
    Write,
    Sync,
    Rename,

    /// <summary>The file has its name, and nobody knows whether that is durable.</summary>
    FolderSync,
}

/// <summary>Replaces files, and can be told to fail for files of a name.</summary>
internal sealed class FailingFiles
{
    public FileFault Fault { get; set; }

    public string FailsFor { get; set; } = "";

    public void Replace(string path, byte[] content)
    {
        if (Fault == FileFault.None || Path.GetFileName(path) != FailsFor)
        {
            DurableFile.Replace(path, content);
            return;
        }

        var temporary = path + ".new";
        if (Fault == FileFault.Write)
            File.WriteAllBytes(temporary, content[..(content.Length / 2)]);
        if (Fault is FileFault.Sync or FileFault.Rename)
            File.WriteAllBytes(temporary, content);
        if (Fault == FileFault.FolderSync)
            DurableFile.Replace(path, content);
        throw new IOException($"{Fault} failed: Input/output error (errno 5).");
    }
}
