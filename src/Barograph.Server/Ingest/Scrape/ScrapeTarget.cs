using System.Text;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>How a target is.</summary>
internal sealed record ScrapeHealth(bool? IsUp, string LastError, DateTimeOffset? LastScrape, TimeSpan LastDuration);

/// <summary>A page to be scraped: where it is and what its series are labelled with.</summary>
internal sealed class ScrapeTarget
{
    ScrapeTarget(ScrapeJob job, Uri address, SortedDictionary<string, string> discovered, SortedDictionary<string, string> labels)
    {
        (Job, Address, DiscoveredLabels, Labels) = (job, address, discovered, labels);
        LabelBytes = [.. labels.Select(static label => (Encoding.UTF8.GetBytes(label.Key), Encoding.UTF8.GetBytes(label.Value)))];
    }

    public ScrapeJob Job { get; }

    public Uri Address { get; }

    /// <summary>Before relabelling.</summary>
    public IReadOnlyDictionary<string, string> DiscoveredLabels { get; }

    /// <summary>What every series of it gets.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>The same in UTF-8.</summary>
    public IReadOnlyList<(byte[] Name, byte[] Value)> LabelBytes { get; }

    /// <summary>What happened last.</summary>
    public ScrapeHealth Health { get; set; } = new(null, "", null, TimeSpan.Zero);

    /// <summary>The same target discovered again has the same identity.</summary>
    public string Identity => $"{Job.Name}\n{Address}\n{string.Join('\n', Labels.Select(static label => $"{label.Key}={label.Value}"))}";

    /// <summary>Makes a target of an address; null when relabelling drops it.</summary>
    /// <exception cref="ScrapeConfigException">What relabelling left is no address.</exception>
    public static ScrapeTarget? From(ScrapeJob job, string address, IReadOnlyDictionary<string, string> groupLabels)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["__address__"] = address,
            ["__scheme__"] = job.Scheme,
            ["__metrics_path__"] = job.MetricsPath,
            ["job"] = job.Name,
        };
        foreach (var (name, value) in job.Parameters)
            labels.TryAdd($"__param_{name}", value);
        foreach (var (name, value) in groupLabels)
            labels[name] = value;
        var discovered = new SortedDictionary<string, string>(labels, StringComparer.Ordinal);
        foreach (var step in job.Relabel)
        {
            if (!step.Apply(labels))
                return null;
        }

        var path = labels.GetValueOrDefault("__metrics_path__", "/metrics");
        var text = $"{labels.GetValueOrDefault("__scheme__", "http")}://{labels.GetValueOrDefault("__address__", "")}{(path.StartsWith('/') ? "" : "/")}{path}{Query(job, labels)}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ScrapeConfigException($"job '{job.Name}': '{text}' is not an address");
        labels.TryAdd("instance", labels["__address__"]);
        foreach (var hidden in labels.Keys.Where(static name => name.StartsWith("__", StringComparison.Ordinal)).ToArray())
            labels.Remove(hidden);
        return new ScrapeTarget(job, uri, discovered, labels);
    }

    /// <summary>The first value of each parameter is what relabelling made of it.</summary>
    static string Query(ScrapeJob job, SortedDictionary<string, string> labels)
    {
        const string Prefix = "__param_";
        var pairs = labels.Where(static label => label.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static label => (Name: label.Key[Prefix.Length..], label.Value))
            .Concat(job.Parameters.GroupBy(static parameter => parameter.Name, StringComparer.Ordinal).SelectMany(static group => group.Skip(1)));
        var query = string.Join('&', pairs.Select(static pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value)}"));
        return query.Length == 0 ? "" : $"?{query}";
    }
}
