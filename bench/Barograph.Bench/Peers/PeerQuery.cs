using System.Globalization;

namespace Barograph.Bench;

/// <summary>A question to all servers.</summary>
/// <param name="Name">What a row of results is called.</param>
/// <param name="Address">Path and query for an end (seconds), and what else is to be added to it.</param>
internal sealed record PeerQuery(string Name, Func<long, string, string> Address)
{
    const long Hour = 3600;
    const string SumOfAll = "sum by (job) (rate(wide_bucket[5m]))";
    const string SumOfSome = "sum by (job) (rate(wide_bucket{job=~\"j[12]\"}[5m]))";
    const string QuantileOfSome = "histogram_quantile(0.99, sum by (le) (rate(wide_bucket{job=~\"j[12]\"}[5m])))";

    public static IReadOnlyList<PeerQuery> All { get; } =
    [
        Range("one raw series, 24 h at 15 s", "long_total{job=\"j1\",instance=\"10.0.0.7:9100\"}", 24 * Hour, 15),
        Instant("one raw series, the samples of 24 h", "long_celsius{job=\"j1\",instance=\"10.0.0.7:9100\"}[24h]"),
        Range("sum by (job)(rate[5m]), 10,000 series, 1 h at 15 s", SumOfAll, Hour, 15),
        Range("sum by (job)(rate[5m]), 2,000 series, 1 h at 15 s", SumOfSome, Hour, 15),
        Range("sum by (job)(rate[5m]), 500 series, 24 h at 60 s", "sum by (job) (rate(long_total[5m]))", 24 * Hour, 60),
        Range("topk(5, rate[5m]), 10,000 series, 1 h at 15 s", "topk(5, rate(wide_bucket[5m]))", Hour, 15),
        Range("histogram_quantile(sum by (le)), 10,000 series", "histogram_quantile(0.99, sum by (le) (rate(wide_bucket[5m])))", Hour, 15),
        Range("quantile_over_time(0.9, [5m]), 1,000 series", "quantile_over_time(0.9, wide_bucket{job=\"j1\"}[5m])", Hour, 15),
        Range("quantile_over_time(0.9, [1h]), 50 series, 24 h at 60 s", "quantile_over_time(0.9, long_celsius{job=\"j1\"}[1h])", 24 * Hour, 60),
        Range("100-series chart, 24 h at 60 s", "long_celsius{job=~\"j[12]\"}", 24 * Hour, 60),
        Instant("instant, 10,000 series", "wide_bucket"),
        Instant("instant count of everything, 111,000 series", "count({__name__=~\".+\"})"),
        new("label values, 100,000", static (_, _) => "/api/v1/label/pod/values?"),
        Instant("instant sum by (job)(rate[5m]), 2,000 series", SumOfSome),
        Instant("instant histogram_quantile, 2,000 series", QuantileOfSome),
        Instant("instant sum by (job)(rate[5m]), 10,000 series", SumOfAll),
        Range("the same sum over 24 h again, caches on", "sum by (job) (rate(long_total[5m]))", 24 * Hour, 60) with { UsesCaches = true },
        Range("the same sum over 1 h again, caches on", SumOfAll, Hour, 15) with { UsesCaches = true },
        Refresh("refresh, sum by (job)(rate[5m]), 2,000 series", SumOfSome),
        Refresh("refresh, histogram_quantile, 2,000 series", QuantileOfSome),
        Refresh("refresh, sum by (job)(rate[5m]), 10,000 series", SumOfAll),
    ];

    public bool UsesCaches { get; init; }

    /// <summary>For a dashboard that refreshes: the seconds between two steps, of which one is new each time. Else 0.</summary>
    public long MovesBySeconds { get; init; }

    public string AddressAt(long endSeconds) => Address(endSeconds, UsesCaches ? "" : "&nocache=1");

    static PeerQuery Range(string name, string query, long seconds, long step) => new(name, (end, more) => string.Create(
        CultureInfo.InvariantCulture, $"/api/v1/query_range?query={Uri.EscapeDataString(query)}&start={end - seconds}&end={end}&step={step}{more}"));

    static PeerQuery Instant(string name, string query) => new(name, (end, more) =>
        string.Create(CultureInfo.InvariantCulture, $"/api/v1/query?query={Uri.EscapeDataString(query)}&time={end}{more}"));

    static PeerQuery Refresh(string name, string query) => Range(name, query, Hour, 15) with { UsesCaches = true, MovesBySeconds = 15 };
}
