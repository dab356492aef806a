using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Barograph.Base;
using Barograph.PromQL;
using MatchType = Barograph.TimeSeries.MatchType;

namespace Barograph.Server.Query.MetricsApi;

/// <summary>The body of <c>POST /api/v1/metrics/query</c>.</summary>
internal sealed record MetricsRequest
{
    /// <summary>The metric, as OpenTelemetry (<c>task.execution.duration</c>) or as Prometheus writes it.</summary>
    public string? MetricName { get; init; }

    /// <summary>When; the last hour when it is left out.</summary>
    public MetricsRange? TimeRange { get; init; }

    /// <summary><c>avg</c>, <c>sum</c>, <c>count</c>, <c>min</c>, <c>max</c> or <c>pNN</c>; <c>avg</c> when it is left out.</summary>
    public string? Aggregation { get; init; }

    /// <summary>The labels that results are kept apart by.</summary>
    public IReadOnlyList<string>? GroupBy { get; init; }

    /// <summary>Label → value, or a list of values of which one must be there.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Filters { get; init; }

    /// <summary>How much time each result stands for, such as <c>5m</c>; chosen by the range when it is left out.</summary>
    public string? Step { get; init; }

    /// <summary>How old an answer to the same question may be, seconds; none when it is left out.</summary>
    public double? CacheDuration { get; init; }
}

/// <summary>Two times, RFC 3339 or Unix seconds.</summary>
internal sealed record MetricsRange(string? Start, string? End);

// A field that is misspelt would be a condition left out.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(MetricsRequest))]
[JsonSerializable(typeof(string))]
internal sealed partial class MetricsJson : JsonSerializerContext;

/// <summary>What kind of thing is asked for, and so what an aggregation means: see docs/query-api.md.</summary>
internal enum MetricKind
{
    Gauge,
    Counter,
    Histogram,
    NativeHistogram,
}

/// <summary>Makes PromQL of a request. It is built as a tree and printed, so that no name or value can become syntax.</summary>
internal sealed class MetricsTranslation(string metric, MetricKind kind, IReadOnlyList<LabelMatcher> filters, IReadOnlyList<string> groupBy, double windowSeconds)
{
    /// <summary>The expression for an aggregation.</summary>
    /// <exception cref="ApiErrorException">There is no such aggregation.</exception>
    public Expression Of(string aggregation)
    {
        var quantile = QuantileOf(aggregation);
        return kind switch
        {
            MetricKind.Histogram => OfHistogram(aggregation, quantile),
            MetricKind.NativeHistogram => OfNativeHistogram(aggregation, quantile),
            _ when aggregation == "count" => Fold(AggregationOperator.Sum, Over("count_over_time")),
            MetricKind.Counter => OfValues(aggregation, quantile, static (_, translation) => translation.Over("rate")),
            _ => OfValues(aggregation, quantile, static (function, translation) => translation.Over(function)),
        };
    }

    Aggregation OfValues(string aggregation, double? quantile, Func<string, MetricsTranslation, Expression> over) => (aggregation, quantile) switch
    {
        ("avg", _) => Fold(AggregationOperator.Avg, over("avg_over_time", this)),
        ("sum", _) => Fold(AggregationOperator.Sum, over("avg_over_time", this)),
        ("min", _) => Fold(AggregationOperator.Min, over("min_over_time", this)),
        ("max", _) => Fold(AggregationOperator.Max, over("max_over_time", this)),
        (_, { } share) => Fold(AggregationOperator.Quantile, over("avg_over_time", this), new NumberLiteral(share)),
        _ => throw Unknown(aggregation),
    };

    Expression OfHistogram(string aggregation, double? quantile) => (aggregation, quantile) switch
    {
        ("avg", _) => new Binary(
            BinaryOperator.Divide,
            Fold(AggregationOperator.Sum, Over("rate", "_sum")),
            Fold(AggregationOperator.Sum, Over("rate", "_count")),
            ReturnsBool: false,
            VectorMatching.Default),
        ("sum", _) => Fold(AggregationOperator.Sum, Over("increase", "_sum")),
        ("count", _) => Fold(AggregationOperator.Sum, Over("increase", "_count")),
        ("min", _) => Quantile(0),
        ("max", _) => Quantile(1),
        (_, { } share) => Quantile(share),
        _ => throw Unknown(aggregation),
    };

    Call OfNativeHistogram(string aggregation, double? quantile) => (aggregation, quantile) switch
    {
        ("avg", _) => new("histogram_avg", [Fold(AggregationOperator.Sum, Over("rate"))]),
        ("sum", _) => new("histogram_sum", [Fold(AggregationOperator.Sum, Over("increase"))]),
        ("count", _) => new("histogram_count", [Fold(AggregationOperator.Sum, Over("increase"))]),
        ("min", _) => NativeQuantile(0),
        ("max", _) => NativeQuantile(1),
        (_, { } share) => NativeQuantile(share),
        _ => throw Unknown(aggregation),
    };

    Call NativeQuantile(double share) => new("histogram_quantile", [new NumberLiteral(share), Fold(AggregationOperator.Sum, Over("rate"))]);

    Call Quantile(double share) => new("histogram_quantile",
    [
        new NumberLiteral(share),
        new Aggregation(AggregationOperator.Sum, null, Over("rate", "_bucket"), new Grouping(Without: false, ["le", .. groupBy])),
    ]);

    Aggregation Fold(AggregationOperator @operator, Expression operand, Expression? parameter = null) =>
        new(@operator, parameter, operand, groupBy.Count == 0 ? null : new Grouping(Without: false, [.. groupBy]));

    Call Over(string function, string suffix = "") => new(function,
    [
        new RangeSelector(new VectorSelector(metric + suffix, [.. filters], Timing.None), DurationExpression.OfSeconds(windowSeconds)),
    ]);

    static double? QuantileOf(string aggregation) =>
        aggregation.StartsWith('p') && decimal.TryParse(aggregation.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100
            ? (double)(percent / 100) // in decimal, so that p99.9 is 0.999
            : null;

    static ApiErrorException Unknown(string aggregation) => new(ApiError.Parameter(
        "aggregation", $"'{aggregation}' is not known; allowed is avg, sum, count, min, max or a percentile such as p95 or p99.9"));

    /// <summary>The condition that a filter is.</summary>
    public static LabelMatcher Filter(string label, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array when value.GetArrayLength() == 0 => throw new ApiErrorException(ApiError.Parameter("filters", $"the list of '{label}' is empty: no series could match")),
        JsonValueKind.Array => new LabelMatcher(MatchType.Regex, label, string.Join('|', value.EnumerateArray().Select(one => Re2.Quote(Text(label, one))))),
        _ => new LabelMatcher(MatchType.Equal, label, Text(label, value)),
    };

    static string Text(string label, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "", // no such label
        _ => throw new ApiErrorException(ApiError.Parameter("filters", $"'{label}' must have a text, a number, true, false, null or a list of those")),
    };
}
