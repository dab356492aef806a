using System.Text.RegularExpressions;
using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

/// <summary>Runs a case and compares.</summary>
internal static class UpstreamCheck
{
    static readonly PromQLEngine Engine = new(QueryOptions.Default with { Experimental = true });

    /// <returns>What is wrong, or null.</returns>
    public static string? Run(TestCase test, ISeriesSource source) => Run(test, (expression, times) => Engine.Evaluate(expression, source, times));

    /// <param name="test">The case.</param>
    /// <param name="evaluate">Evaluates an expression, or throws one of the language's exceptions.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Run(TestCase test, Func<string, QueryTimes, QueryResult> evaluate)
    {
        QueryResult result;
        try
        {
            result = evaluate(test.Expression, test.Times);
        }
        catch (Exception exception) when (exception is PromQLSyntaxException or QueryException)
        {
            return CheckFailure(test, exception.Message);
        }

        if (test.Expectations.Exists(static expectation => expectation.Kind == "fail"))
            return "expected a failure";
        return CheckAnnotations(test, "warn", result.Warnings) ?? CheckAnnotations(test, "info", result.Infos)
            ?? CheckResult(test, result) ?? CheckAsRange(test, evaluate, result);
    }

    static string? CheckFailure(TestCase test, string message)
    {
        if (test.Expectations.Find(static expectation => expectation.Kind == "fail") is not { } expected)
            return $"failed: {message}";
        var agrees = (expected.Message is null || message.Contains(expected.Message, StringComparison.Ordinal))
            && (expected.Pattern?.IsMatch(message) ?? true);
        return agrees ? null : $"failed with: {message}\nexpected: {expected.Message}{expected.Pattern}";
    }

    static string? CheckAnnotations(TestCase test, string kind, IReadOnlyList<string> annotations)
    {
        foreach (var expected in test.Expectations)
        {
            if (expected.Kind == $"no_{kind}" && annotations.Count > 0)
                return $"expected no {kind}, got {string.Join("; ", annotations)}";
            if (expected.Kind == kind && !annotations.Any(text => (expected.Message is null || text == expected.Message) && (expected.Pattern?.IsMatch(text) ?? true)))
                return $"expected {kind} {expected.Message}{expected.Pattern}, got {string.Join("; ", annotations)}";
        }

        return null;
    }

    static string? CheckResult(TestCase test, QueryResult result)
    {
        switch (result.Kind)
        {
            case ResultKind.String:
                var expected = test.Expectations.Find(static expectation => expectation.Kind == "string")?.Message;
                return expected is not null && Parser.Parse(expected) is StringLiteral literal && literal.Value == result.Text
                    ? null : $"expected {expected}, got {result.Text}";
            case ResultKind.Scalar:
                return test.Results.Count == 1 && Agree(test.Results[0].Values[0].Float ?? double.NaN, result.Scalar)
                    ? null : $"expected {test.Results.FirstOrDefault().Values?[0]}, got {result.Scalar}";
        }

        if (test.Expectations.Find(static expectation => expectation.Kind == "range vector") is { } range)
            return CheckSamples(test, result, range.Message!);
        return CheckSeries(test, result, test.Expectations.Exists(static expectation => expectation.Kind == "ordered"));
    }

    static string? CheckSeries(TestCase test, QueryResult result, bool isOrdered)
    {
        var remaining = result.Series.ToList();
        for (var i = 0; i < test.Results.Count; i++)
        {
            var labels = SeriesNotation.ParseLabels(test.Results[i].Series);
            var index = isOrdered ? 0 : remaining.FindIndex(one => one.Labels.Equals(labels));
            if (index < 0 || index >= remaining.Count || !remaining[index].Labels.Equals(labels))
                return $"expected {labels}, got {Describe(result)}";
            if (CheckSteps(test.Results[i].Values, remaining[index], result.Steps) is { } difference)
                return $"{labels}: {difference}\ngot {Describe(result)}";
            remaining.RemoveAt(index);
        }

        return remaining.Count == 0 ? null : $"did not expect {string.Join(", ", remaining.Select(static one => one.Labels))}; got {Describe(result)}";
    }

    static string? CheckSteps(List<Written> expected, ResultSeries series, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            var written = step < expected.Count ? expected[step] : Written.Nothing;
            if (!Agree(written, series, step))
                return $"step {step}: expected {Describe(written)}, got {Describe(series, step)}";
        }

        return null;
    }

    static string? CheckSamples(TestCase test, QueryResult result, string range)
    {
        var words = range.Split(' ', StringSplitOptions.RemoveEmptyEntries); // from A to B step S
        var (start, step) = (TestScript.Time(words[1]), TestScript.Time(words[5]));
        if (test.Results.Count != result.Series.Count)
            return $"expected {test.Results.Count} series, got {Describe(result)}";
        foreach (var (text, values) in test.Results)
        {
            var series = result.Series.FirstOrDefault(one => one.Labels.Equals(SeriesNotation.ParseLabels(text)));
            var wanted = values.Select((value, i) => (Time: start + i * step, Value: value)).Where(static pair => pair.Value != Written.Nothing).ToList();
            if (series is null || !series.TimestampsMs!.SequenceEqual(wanted.Select(static pair => pair.Time)))
                return $"{text}: expected other samples, got {Describe(result)}";
            for (var i = 0; i < wanted.Count; i++)
            {
                if (!Agree(wanted[i].Value, series, i))
                    return $"{text}: sample {i}: expected {Describe(wanted[i].Value)}, got {Describe(series, i)}";
            }
        }

        return null;
    }

    // An instant query is also the middle step of a range query around it.
    static string? CheckAsRange(TestCase test, Func<string, QueryTimes, QueryResult> evaluate, QueryResult instant)
    {
        if (!test.Times.IsInstant || instant.Kind != ResultKind.Vector || test.Expectations.Exists(static expectation => expectation.Kind == "ordered"))
            return null;
        if (Regex.IsMatch(test.Expression, @"\b(start|end|step|range)\(\)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)))
            return null; // asks for the query's own times
        var time = test.Times.StartMs;
        var range = evaluate(test.Expression, QueryTimes.Range(time - 60_000, time + 60_000, 60_000));
        var present = range.Series.Where(static series => series.Has(1)).ToList();
        foreach (var expected in instant.Series)
        {
            var series = present.Find(one => one.Labels.Equals(expected.Labels));
            if (series is null || !Agree(new Written(expected.HasFloat(0) ? expected.Values[0] : null, expected.Histograms?[0], null), series, 1))
                return $"as a range: expected {expected.Labels} {Describe(expected, 0)}, got {(series is null ? "nothing" : Describe(series, 1))}";
        }

        return present.Count == instant.Series.Count ? null : $"as a range: {present.Count} series, not {instant.Series.Count}";
    }

    static bool Agree(Written expected, ResultSeries series, int step)
    {
        var histogram = series.Histograms?[step];
        if (expected.Histogram is { } wanted)
            return histogram is not null && Agree(wanted, histogram) && (expected.Hint is null || expected.Hint == histogram.CounterResetHint);
        if (expected.Float is { } value)
            return histogram is null && series.HasFloat(step) && Agree(value, series.Values[step]);
        return !series.Has(step);
    }

    /// <summary>Stands for "told by its buckets alone", as the API tells of a histogram: they are the custom bounds, three numbers each.</summary>
    public const int BucketsAlone = int.MaxValue;

    static bool Agree(NativeHistogram a, NativeHistogram b) =>
        b.Schema == BucketsAlone ? Agree(a.Count, b.Count) && Agree(a.Sum, b.Sum) && AgreeInBuckets(a, b) : AgreeInAll(a, b);

    static bool AgreeInBuckets(NativeHistogram a, NativeHistogram b)
    {
        double[] buckets = a.Schema == BucketsAlone
            ? a.CustomBounds
            : [.. HistogramBuckets.Ascending(a).Where(static bucket => bucket.Count != 0).SelectMany(static bucket => new[] { bucket.Lower, bucket.Upper, bucket.Count })];
        return buckets.Length == b.CustomBounds.Length && buckets.Zip(b.CustomBounds).All(static pair => Agree(pair.First, pair.Second));
    }

    static bool AgreeInAll(NativeHistogram a, NativeHistogram b) =>
        a.Schema == b.Schema && Agree(a.Count, b.Count) && Agree(a.Sum, b.Sum) && Agree(a.ZeroCount, b.ZeroCount)
        && (a.Schema == NativeHistogram.CustomBucketsSchema || a.ZeroCount == 0 && b.ZeroCount == 0 || Agree(a.ZeroThreshold, b.ZeroThreshold))
        && a.CustomBounds.AsSpan().SequenceEqual(b.CustomBounds)
        && Agree(a.PositiveSpans, a.PositiveBuckets, b.PositiveSpans, b.PositiveBuckets)
        && Agree(a.NegativeSpans, a.NegativeBuckets, b.NegativeSpans, b.NegativeBuckets);

    static bool Agree(BucketSpan[] spansA, double[] a, BucketSpan[] spansB, double[] b)
    {
        var (left, right) = (NonEmpty(spansA, a), NonEmpty(spansB, b));
        return left.Count == right.Count && left.Zip(right).All(static pair => pair.First.Index == pair.Second.Index && Agree(pair.First.Count, pair.Second.Count));
    }

    static List<(int Index, double Count)> NonEmpty(BucketSpan[] spans, double[] counts) =>
        [.. HistogramBuckets.Indexed(spans, counts).Where(static bucket => bucket.Count != 0)];

    static bool Agree(double a, double b)
    {
        if (double.IsNaN(a) || double.IsNaN(b))
            return double.IsNaN(a) && double.IsNaN(b);
        return a == b || (double.IsFinite(a) && double.IsFinite(b) && Math.Abs(a - b) / (Math.Abs(a) + Math.Abs(b)) < 1e-6);
    }

    static string Describe(Written written) => written.Histogram is { } histogram ? $"{Describe(histogram)} {written.Hint}" : $"{written.Float:R}";

    static string Describe(ResultSeries series, int step) => series.Histograms?[step] is { } histogram
        ? $"{Describe(histogram)} schema {histogram.Schema} {histogram.CounterResetHint}"
        : series.HasFloat(step) ? $"{series.Values[step]:R}" : "nothing";

    static string Describe(NativeHistogram histogram) => histogram.Schema == BucketsAlone
        ? $"{{count:{histogram.Count:R}, sum:{histogram.Sum:R}, {string.Join(' ', histogram.CustomBounds)}}}"
        : HistogramText.Of(histogram);

    static string Describe(QueryResult result) => string.Join("\n  ", result.Series.Take(12)
        .Select(series => $"{series.Labels} {string.Join(' ', Enumerable.Range(0, series.Values.Length).Take(20).Select(step => Describe(series, step)))}"));
}
