using Barograph.PromQL;
using Barograph.Server.Settings;

namespace Barograph.Server.Query.Prometheus;

/// <summary><c>/api/v1/features</c>: what a client may use, by category, so that it need not guess from the version.</summary>
internal static class FeaturesEndpoint
{
    public static ValueTask<PrometheusAnswer> ListAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var experimental = http.RequestServices.GetRequiredService<ServerSettings>().PromQLExperimental;
        return new(new PrometheusAnswer(stream =>
        {
            stream.Json.WriteStartObject();
            foreach (var (category, features) in Features(experimental))
            {
                stream.Json.WriteStartObject(category);
                foreach (var (name, isThere) in features.OrderBy(static feature => feature.Name, StringComparer.Ordinal))
                    stream.Json.WriteBoolean(name, isThere);
                stream.Json.WriteEndObject();
            }

            stream.Json.WriteEndObject();
            return default;
        }));
    }

    // The names are upstream's; what only a rule, a template or a service discovery would have is left out, as there are none.
    // OpenTelemetry is taken, but not at the address that upstream means by its receiver.
    static (string Category, IEnumerable<(string Name, bool IsThere)> Features)[] Features(bool experimental) =>
    [
        ("api",
        [
            ("admin", false), ("label_values_match", true), ("lifecycle", false), ("otlp_write_receiver", false), ("query_stats", true),
            ("query_warnings", true), ("remote_write_receiver", true), ("time_range_labels", true), ("time_range_series", true),
        ]),
        ("promql",
        [
            ("anchored", experimental), ("at_modifier", true), ("bool", true), ("by", true), ("delayed_name_removal", false), ("duration_expr", true),
            ("group_left", true), ("group_right", true), ("ignoring", true), ("negative_offset", true), ("offset", true), ("on", true),
            ("per_query_lookback_delta", true), ("per_step_stats", false), ("smoothed", experimental), ("subqueries", true),
            ("type_and_unit_labels", false), ("without", true),
        ]),
        ("promql_functions", Vocabulary.Functions.Select(one => (one.Name, experimental || !one.IsExperimental))),
        ("promql_operators", Vocabulary.Operators.Select(one => (one.Text, experimental || !one.IsExperimental))),
        ("tsdb", [("exemplar_storage", true), ("native_histograms", true)]),
    ];
}
