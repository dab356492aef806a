using Barograph.TimeSeries;

namespace Barograph.Server.Query.Prometheus;

/// <summary><c>/api/v1/query_exemplars</c>: the exemplars of the series that any selector of an expression selects.</summary>
internal static class ExemplarsEndpoint
{
    public static ValueTask<PrometheusAnswer> SelectAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var (start, end) = (parameters.Time("start", long.MinValue), parameters.Time("end", long.MaxValue - 1));
        if (end < start)
            throw new ApiErrorException(ApiError.BadData("end timestamp must not be before start timestamp"));
        var query = desk.Prepare(parameters["query"]);
        var store = desk.Store;
        var found = new SortedDictionary<Labels, IReadOnlyList<Exemplar>>(Comparer<Labels>.Create(static (left, right) => string.CompareOrdinal(left.ToString(), right.ToString())));
        foreach (var selector in query.Selectors)
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            Matcher[] matchers = [.. selector.AllMatchers.Select(static matcher => new Matcher(matcher.Match, matcher.Name, matcher.Value))];
            foreach (var series in store.SelectExemplars(matchers, new TimeRange(start, end + 1)))
                found[series.Labels] = series.Exemplars;
        }

        return new(new PrometheusAnswer(stream => WriteAsync(stream, found)));
    }

    static async ValueTask WriteAsync(JsonStream stream, IReadOnlyDictionary<Labels, IReadOnlyList<Exemplar>> found)
    {
        var json = stream.Json;
        json.WriteStartArray();
        foreach (var (labels, exemplars) in found)
        {
            json.WriteStartObject();
            json.WritePropertyName("seriesLabels"u8);
            stream.Write(labels);
            json.WriteStartArray("exemplars"u8);
            foreach (var exemplar in exemplars)
            {
                json.WriteStartObject();
                json.WritePropertyName("labels"u8);
                stream.Write(exemplar.Labels);
                json.WritePropertyName("value"u8);
                stream.WriteValue(exemplar.Value);
                json.WritePropertyName("timestamp"u8);
                stream.WriteSeconds(exemplar.TimestampMs);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            await stream.PassOnAsync();
        }

        json.WriteEndArray();
    }
}
