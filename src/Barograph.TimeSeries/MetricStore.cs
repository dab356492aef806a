using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// The embedded store: a folder with a log and blocks, and the newest samples in memory. An append that returned is on disk;
/// opening reads the log back. One process at a time.
/// </summary>
public sealed class MetricStore : IMetricStore
{
    readonly StoreOptions _options;
    readonly StoreFolder _folder;
    readonly MetadataFile _metadata;
    readonly WalWriter _log;
    readonly Timeline _timeline;
    readonly Admission _admission;
    readonly Committer _committer;
    bool _disposed;

    MetricStore(StoreFolder folder, StoreOptions options)
    {
        (_folder, _options) = (folder, options);
        var damage = new List<Damage>();
        _metadata = new MetadataFile(folder.In("metadata"), options.Clock);
        if (_metadata.Load() is { } lost)
            damage.Add(lost);
        var segments = WalSegmentName.List(folder.Wal);
        var generation = segments.Count == 0 ? 1 : segments[^1].Generation;
        const long opening = 1;
        var head = new HeadWindow(new SeriesIndex(), generation, before: null);
        var replay = new WalReplay(folder.Wal, head);
        replay.Read(segments, opening);
        damage.AddRange(replay.Damage);
        Damage = damage;
        _timeline = new Timeline(new StoreView(head), opening);
        _log = new WalWriter(folder.Wal, segments.Count == 0 ? 0 : segments[^1].Number, generation);
        _admission = new Admission(options);
        _committer = new Committer(_log, _timeline, _admission, options);
    }

    /// <summary>Opens the store in a folder, or makes one.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The folder cannot be written, is in use by another process, or has a newer format; the message says which.
    /// </exception>
    public static MetricStore Open(string folder, StoreOptions? options = null)
    {
        var taken = StoreFolder.Open(folder);
        try
        {
            return new MetricStore(taken, options ?? new StoreOptions());
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>What was not as it had been written when the store was opened, and what was lost with it.</summary>
    public IReadOnlyList<Damage> Damage { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, MetricMetadata> Metadata => _metadata.All;

    /// <inheritdoc/>
    public StoreStatus Status
    {
        get
        {
            var head = _timeline.View.Head;
            var oldestMs = head.Bounds.MinMs;
            return new StoreStatus(_log.Failure is null, _log.Failure ?? DescribeDamage(), head.Index.Count,
                new DirectoryInfo(_folder.Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length),
                oldestMs == long.MaxValue ? null : oldestMs);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(SampleBatch batch, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancel.ThrowIfCancellationRequested();
        if (batch.SampleCount == 0)
            return default;
        await _committer.WaitForRoomAsync(cancel);
        using var pending = _admission.Admit(batch, _timeline.View, _log.Scope);
        if (pending.Records.IsEmpty)
            return pending.Result; // everything was refused: there is nothing to wait for
        _committer.Enqueue(pending);
        return await pending.Answer;
    }

    /// <inheritdoc/>
    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range) =>
        StoreSelection.Open(_timeline, matchers, range, _options.SelectSeriesLimit);

    /// <inheritdoc/>
    public IReadOnlyList<string> LabelNames(IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var series in Find(matchers, range))
        {
            var labels = new SeriesKey(series.Key);
            while (labels.MoveNext())
                names.Add(TimeSeries.LabelNames.Text(labels.Name));
        }

        return [.. names];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> LabelValues(string name, IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        var utf8 = Encoding.UTF8.GetBytes(name);
        var values = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var series in Find(matchers, range))
        {
            var value = SeriesKey.Find(series.Key, utf8);
            if (!value.IsEmpty)
                values.Add(Encoding.UTF8.GetString(value));
        }

        return [.. values];
    }

    /// <inheritdoc/>
    public void SetMetadata(string metric, MetricMetadata metadata) => _metadata.Set(metric, metadata);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_disposed)
            return ValueTask.CompletedTask;
        _disposed = true;
        _committer.Dispose();
        _log.Dispose();
        _metadata.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    IEnumerable<HeadSeries> Find(IReadOnlyList<Matcher> matchers, TimeRange range)
    {
        using var selection = Select(matchers, range);
        return selection.Series.Cast<HeadSeries>();
    }

    string? DescribeDamage() => Damage.Count == 0
        ? null
        : string.Join("; ", Damage.Take(3).Select(static damage =>
            $"{damage.File}, byte {damage.OffsetBytes}: {damage.LengthBytes} bytes were not as written; lost: {damage.Lost}"))
            + (Damage.Count > 3 ? $"; and {Damage.Count - 3} more" : "");
}
