using Barograph.PromQL;
using Barograph.Server.Query;
using Barograph.Server.Query.Prometheus;
using Barograph.TimeSeries;

namespace Barograph.Server.Exposition;

/// <summary>
/// <c>GET /federate</c>, as Prometheus has it: the newest sample of each series that one of the selectors matches, with its own
/// time, as far as it is not older than a query would look back. The text has no native histograms, and of a metric only that it
/// is untyped.
/// </summary>
internal static class FederateEndpoint
{
    const string Instance = "instance";

    static readonly long s_lookbackMs = QueryOptions.Default.LookbackMs;

    sealed record Newest(string Metric, Labels Labels, long TimestampMs, double Value);

    public static async Task GetAsync(HttpContext http, QueryDesk desk, QueryGate gate, TimeProvider clock)
    {
        List<Newest> found;
        try
        {
            var selectors = SeriesEndpoints.SelectorsOf(await RequestParameters.ReadAsync(http));
            using var turn = await gate.EnterAsync(http.RequestAborted);
            found = Find(selectors, desk.Store, clock.GetUtcNow().ToUnixTimeMilliseconds(), http.RequestAborted);
        }
        catch (Exception failure) when (ApiError.Of(failure) is { } error)
        {
            http.Response.StatusCode = error.Status;
            if (error.RetryAfterSeconds is { } seconds)
                http.Response.Headers.RetryAfter = seconds.ToString();
            http.Response.ContentType = "text/plain; charset=utf-8"; // as upstream, whose readers log the first line
            await http.Response.WriteAsync(error.Text + "\n");
            return;
        }

        var format = ExpositionFormat.Negotiate(http.Request, knowsOpenMetrics: false);
        http.Response.ContentType = format.ContentType;
        await WriteAsync(new ExpositionWriter(http.Response.BodyWriter, format), found, http.RequestAborted);
    }

    static List<Newest> Find(List<Matcher[]> selectors, IMetricStore store, long nowMs, CancellationToken hungUp)
    {
        var found = new Dictionary<Labels, Newest>();
        foreach (var matchers in selectors)
        {
            using var selection = store.Select(matchers, new TimeRange(nowMs - s_lookbackMs, nowMs + 1));
            SampleReader? reader = null;
            for (var i = 0; i < selection.Count; i++)
            {
                hungUp.ThrowIfCancellationRequested();
                reader = selection.OpenReader(i, reader);
                var labels = selection.LabelsOf(i);
                if (labels.Get(Labels.MetricName) is { Length: > 0 } metric && !found.ContainsKey(labels) && Last(reader) is { } last)
                    found.Add(labels, new Newest(metric, labels, last.TimestampMs, last.Value));
            }

            reader?.Dispose();
        }

        var newest = found.Values.ToList();
        newest.Sort(static (left, right) =>
            string.CompareOrdinal(left.Metric, right.Metric) is not 0 and var byName ? byName : LabelOrder.Compare(left.Labels, right.Labels));
        return newest;
    }

    /// <summary>The last sample, or null when there is none, the series has ended there, or it is a histogram.</summary>
    static (long TimestampMs, double Value)? Last(SampleReader reader)
    {
        (long, double)? last = null;
        while (reader.MoveNext())
        {
            if (!reader.TimestampsMs.IsEmpty)
                last = reader.Histograms.IsEmpty && !StaleMarker.Is(reader.Values[^1]) ? (reader.TimestampsMs[^1], reader.Values[^1]) : null;
        }

        return last;
    }

    static async Task WriteAsync(ExpositionWriter text, List<Newest> found, CancellationToken hungUp)
    {
        var family = "";
        foreach (var one in found)
        {
            if (one.Metric != family)
                text.Family(family = one.Metric, MetricType.Unknown);
            text.Sample(one.Metric, LabelsOf(one.Labels), one.Value, one.TimestampMs);
            await text.PassOnAsync(hungUp);
        }

        text.End();
    }

    /// <summary>A series without an instance says so: else who reads this would write us as its instance.</summary>
    static IEnumerable<(string Name, string Value)> LabelsOf(Labels labels)
    {
        foreach (var (name, value) in labels)
        {
            if (name != Labels.MetricName)
                yield return (name, value);
        }

        if (labels.Get(Instance).Length == 0)
            yield return (Instance, "");
    }
}
