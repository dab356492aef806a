using System.Globalization;
using System.Text;
using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Server.Query.Prometheus;

/// <summary><c>/api/v1/series</c>, <c>labels</c>, <c>label/{name}/values</c> and <c>metadata</c>.</summary>
internal static class SeriesEndpoints
{
    static readonly string[] Truncated = ["results truncated due to limit"];

    public static ValueTask<PrometheusAnswer> SeriesAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        if (parameters.All("match[]").Count == 0)
            throw new ApiErrorException(ApiError.BadData("no match[] parameter provided"));
        var (limit, range) = (parameters.Limit, RangeOf(parameters));
        var selectors = SelectorsOf(parameters);
        var found = new SortedSet<Labels>(Comparer<Labels>.Create(LabelOrder.Compare));
        foreach (var matchers in range.StartMs < range.EndMs ? selectors : [])
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            using var selection = desk.Store.Select(matchers, range);
            foreach (var series in selection.Series)
                found.Add(series.Labels);
        }

        var isTruncated = limit > 0 && found.Count > limit;
        return new(new PrometheusAnswer(async stream =>
        {
            stream.Json.WriteStartArray();
            foreach (var labels in found.Take(isTruncated ? limit : found.Count))
            {
                stream.Write(labels);
                await stream.PassOnAsync();
            }

            stream.Json.WriteEndArray();
        })
        { Warnings = isTruncated ? Truncated : [] });
    }

    public static ValueTask<PrometheusAnswer> LabelsAsync(HttpContext http, RequestParameters parameters, QueryDesk desk) =>
        new(Names(parameters, (matchers, range) => desk.Store.LabelNames(matchers, range)));

    public static ValueTask<PrometheusAnswer> LabelValuesAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var name = Unescape((string)http.Request.RouteValues["name"]!);
        return name.Length > 0
            ? new(Names(parameters, (matchers, range) => desk.Store.LabelValues(name, matchers, range)))
            : throw new ApiErrorException(ApiError.BadData("invalid label name: \"\""));
    }

    public static ValueTask<PrometheusAnswer> MetadataAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var (limit, perMetric) = (parameters.Number("limit"), parameters.Number("limit_per_metric"));
        var metric = parameters["metric"];
        IEnumerable<KeyValuePair<string, MetricMetadata>> known = desk.Store.Metadata;
        if (metric.Length > 0)
            known = known.Where(entry => entry.Key == metric);
        known = known.OrderBy(static entry => entry.Key, StringComparer.Ordinal);
        if (limit >= 0)
            known = known.Take(limit);
        return new(new PrometheusAnswer(async stream =>
        {
            var json = stream.Json;
            json.WriteStartObject();
            foreach (var (name, metadata) in known)
            {
                json.WriteStartArray(name);
                if (perMetric != 0) // there is one of each; upstream takes 0 for none as well
                {
                    json.WriteStartObject();
                    json.WriteString("type"u8, metadata.Type.ToString().ToLowerInvariant());
                    json.WriteString("help"u8, metadata.Help);
                    json.WriteString("unit"u8, metadata.Unit);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                await stream.PassOnAsync();
            }

            json.WriteEndObject();
        }));
    }

    /// <summary>
    /// A label name as it may stand in a path: <c>U__http_2e_code</c> is <c>http.code</c>. What is not such an escape is the name itself.
    /// </summary>
    internal static string Unescape(string name)
    {
        const string Prefix = "U__";
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return name;
        var text = new StringBuilder();
        for (var i = Prefix.Length; i < name.Length; i++)
        {
            if (name[i] != '_')
            {
                text.Append(name[i]);
                continue;
            }

            var end = name.IndexOf('_', i + 1);
            if (end < 0)
                return name;
            if (end == i + 1)
                text.Append('_');
            else if (end - i <= 7 && int.TryParse(name.AsSpan(i + 1, end - i - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && Rune.IsValid(code))
                text.Append(new Rune(code).ToString());
            else
                return name;
            i = end;
        }

        return text.ToString();
    }

    /// <summary>The matchers of each <c>match[]</c>; none when there is none.</summary>
    public static List<Matcher[]> SelectorsOf(RequestParameters parameters)
    {
        var selectors = new List<Matcher[]>();
        foreach (var text in parameters.All("match[]"))
        {
            try
            {
                selectors.Add([.. Parser.ParseSelector(text ?? "").AllMatchers.Select(static matcher => new Matcher(matcher.Match, matcher.Name, matcher.Value))]);
            }
            catch (Exception mistake) when (mistake is PromQLSyntaxException or ArgumentException)
            {
                throw new ApiErrorException(ApiError.Parameter("match[]", mistake.Message));
            }
        }

        return selectors;
    }

    static PrometheusAnswer Names(RequestParameters parameters, Func<IReadOnlyList<Matcher>, TimeRange, IReadOnlyList<string>> find)
    {
        var (limit, range) = (parameters.Limit, RangeOf(parameters));
        var selectors = SelectorsOf(parameters);
        IReadOnlyList<string> names = selectors.Count switch
        {
            _ when range.StartMs >= range.EndMs => [],
            0 => find([], range),
            1 => find(selectors[0], range),
            _ => [.. selectors.SelectMany(matchers => find(matchers, range)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
        var isTruncated = limit > 0 && names.Count > limit;
        return PrometheusAnswer.Of(names, isTruncated ? limit : names.Count) with { Warnings = isTruncated ? Truncated : [] };
    }

    /// <summary>Both ends are in it, as upstream has them; all of time when they are not given. No time at all when they are the wrong way round.</summary>
    static TimeRange RangeOf(RequestParameters parameters)
    {
        var (start, end) = (parameters.Time("start", long.MinValue), parameters.Time("end", long.MaxValue));
        return new TimeRange(start, end == long.MaxValue ? end : end + 1);
    }
}
