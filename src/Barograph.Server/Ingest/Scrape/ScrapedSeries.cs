using System.Text;
using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>
/// Puts what a page says into a batch: with the target's labels, relabelled, and with a stale marker for each series that the
/// page before had and this one has not.
/// </summary>
internal sealed class ScrapedSeries(ScrapeTarget target) : IExpositionReader
{
    readonly Dictionary<byte[], (int First, int Last)> _scrapesOfSeries = new(KeyComparer.Instance);
    DecodedRequest _decoded = null!;
    long _timestampMs;
    int _scrape;
    int _last; // the series of the sample before, or negative

    /// <summary>Samples on the page.</summary>
    public int Scraped { get; private set; }

    /// <summary>Samples after relabelling.</summary>
    public int Kept { get; private set; }

    /// <summary>Series that the page before did not have.</summary>
    public int Added { get; private set; }

    /// <summary>Starts with a page.</summary>
    public void Begin(DecodedRequest decoded, long timestampMs)
    {
        (_decoded, _timestampMs, Scraped, Kept, Added) = (decoded, timestampMs, 0, 0, 0);
        _scrape++;
    }

    /// <inheritdoc/>
    public void Sample(SeriesKeyBuilder labels, double value, long? timestampMs)
    {
        Scraped++;
        if (Scraped > target.Job.SampleLimit)
            throw new RequestTooLargeException($"more than {target.Job.SampleLimit} samples; raise sample_limit or let the target show less");
        _last = -1;
        if (labels.PassesLimit)
        {
            _decoded.AddKeyedSeries(); // which refuses it
            return;
        }

        if (!TryLabel(labels))
            return;
        if (!labels.Contains("__name__"u8))
            throw new MalformedRequestException($"a sample has no metric name after relabelling; its first label is {labels.FirstLabel}");
        if (labels.Exceeds(target.Job.LabelLimit, target.Job.LabelNameLengthLimit, target.Job.LabelValueLengthLimit) is { } excess)
            throw new RequestTooLargeException(excess);
        Kept++;
        var hasOwnTime = timestampMs is not null && target.Job.HonorTimestamps;
        if (!hasOwnTime)
            See(labels);
        _last = _decoded.AddKeyedSeries();
        if (_last >= 0)
            _decoded.Add(_last, hasOwnTime ? timestampMs!.Value : _timestampMs, value);
    }

    /// <inheritdoc/>
    public void Exemplar(SeriesKeyBuilder labels, double value, long? timestampMs)
    {
        if (_last >= 0)
            _decoded.AddExemplar(_last, timestampMs ?? _timestampMs, value);
    }

    /// <inheritdoc/>
    public void Metadata(string metric, MetricMetadata metadata) => _decoded.AddMetadata(metric, metadata);

    /// <summary>
    /// Adds a stale marker for each series that was not seen since <see cref="Begin"/>, and forgets it. Past the limits of a request: there
    /// are never more of them than the page before had samples, and a page of the limit's size must be able to replace another.
    /// </summary>
    public void EndMissing()
    {
        foreach (var (key, (_, last)) in _scrapesOfSeries)
        {
            if (last == _scrape)
                continue;
            _decoded.Batch.Add(_decoded.Batch.AddSeries(key), _timestampMs, StaleMarker.Value);
            _scrapesOfSeries.Remove(key);
        }
    }

    /// <summary>A page that broke off in the middle counts as none.</summary>
    public void Discard()
    {
        _decoded.Begin();
        foreach (var (key, (first, _)) in _scrapesOfSeries.ToArray())
        {
            if (first == _scrape)
                _scrapesOfSeries.Remove(key); // none of its samples was written
            else
                _scrapesOfSeries[key] = (first, 0);
        }

        Scraped = Kept = Added = 0;
    }

    /// <summary>Adds a sample about the scrape itself, past the limits of a request, too.</summary>
    public void Report(string metric, double value)
    {
        var labels = _decoded.Key;
        labels.Clear();
        labels.Add("__name__", metric);
        foreach (var (name, labelValue) in target.LabelBytes)
            labels.Add(name, labelValue);
        if (labels.TryBuild(out var key, out var problem))
            _decoded.Batch.Add(_decoded.Batch.AddSeries(key), _timestampMs, value);
        else
            _decoded.Refuse(1, problem);
    }

    void See(SeriesKeyBuilder labels)
    {
        if (!labels.TryBuild(out var key, out _))
            return;
        var byKey = _scrapesOfSeries.GetAlternateLookup<ReadOnlySpan<byte>>();
        var isKnown = byKey.TryGetValue(key, out var scrapes);
        Added += isKnown ? 0 : 1;
        byKey[key] = (isKnown ? scrapes.First : _scrape, _scrape);
    }

    /// <returns>False when relabelling drops the series.</returns>
    bool TryLabel(SeriesKeyBuilder labels)
    {
        var scraped = labels.Count;
        var collides = false;
        foreach (var (name, value) in target.LabelBytes)
        {
            if (labels.Contains(name))
                collides |= !target.Job.HonorLabels;
            else if (!target.Job.HonorLabels || !labels.HasEmpty(name)) // an empty label is how a page says that there is to be none
                labels.Add(name, value);
        }

        if (!collides && target.Job.MetricRelabel.Count == 0)
            return true;
        labels.Truncate(scraped);
        return TryLabelSlowly(labels);
    }

    bool TryLabelSlowly(SeriesKeyBuilder labels)
    {
        var all = labels.ToDictionary();
        List<(string Name, string Value)> exported = [];
        foreach (var (name, value) in target.Labels)
        {
            if (!target.Job.HonorLabels && all.TryGetValue(name, out var own))
                exported.Add((name, own));
            if (!target.Job.HonorLabels || (!all.ContainsKey(name) && !labels.HasEmpty(Encoding.UTF8.GetBytes(name))))
                all[name] = value;
        }

        Export(exported, all);
        foreach (var step in target.Job.MetricRelabel)
        {
            if (!step.Apply(all))
                return false;
        }

        labels.Clear();
        foreach (var (name, value) in all)
            labels.Add(name, value);
        return labels.Count > 0;
    }

    /// <summary>Sets labels of the page aside that the target has too; the shortest first, as upstream, so that all find a name.</summary>
    static void Export(List<(string Name, string Value)> exported, SortedDictionary<string, string> all)
    {
        foreach (var (name, value) in exported.OrderBy(static label => label.Name.Length))
        {
            var free = $"exported_{name}";
            while (all.ContainsKey(free))
                free = $"exported_{free}";
            all[free] = value;
        }
    }
}
