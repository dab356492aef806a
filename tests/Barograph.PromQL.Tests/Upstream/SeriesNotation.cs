using System.Globalization;
using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

/// <summary>A value in a test case: nothing, a float, or a histogram (with the hint written, or null).</summary>
internal sealed record Written(double? Float, NativeHistogram? Histogram, CounterResetHint? Hint)
{
    public static readonly Written Nothing = new(null, null, null);
}

/// <summary>Reads the notation of series and values of upstream's test cases: <c>up{job="a"} 1+2x3 _ stale {{count:1}}</c>.</summary>
internal static class SeriesNotation
{
    /// <summary>Parts a line into the series and its values.</summary>
    public static (string Series, string Values) Split(string line)
    {
        var (depth, quoted) = (0, false);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '"' && line[Math.Max(0, i - 1)] != '\\')
                quoted = !quoted;
            else if (!quoted && line[i] is '{' or '}')
                depth += line[i] == '{' ? 1 : -1;
            else if (!quoted && depth == 0 && char.IsWhiteSpace(line[i]))
                return (line[..i], line[i..].Trim());
        }

        return (line, "");
    }

    public static Labels ParseLabels(string series)
    {
        if (series == "{}")
            return Labels.Empty;
        var selector = Parser.ParseSelector(series);
        var labels = selector.Matchers.Select(static matcher => new Label(matcher.Name, matcher.Value));
        return Labels.From(selector.Name is null ? labels : labels.Append(new Label(Labels.MetricName, selector.Name)));
    }

    public static List<Written> ParseValues(string text)
    {
        var values = new List<Written>();
        foreach (var token in Tokens(text))
            AddValues(token, values);
        return values;
    }

    /// <summary>Start timestamps: offsets in milliseconds, null for none.</summary>
    public static List<long?> ParseOffsets(string text)
    {
        var offsets = new List<long?>();
        foreach (var token in Tokens(text))
        {
            var (body, count) = Repeat(token, isGap: token[0] == '_');
            if (body == "_")
            {
                offsets.AddRange(Enumerable.Repeat((long?)null, count));
                continue;
            }

            var sign = body.AsSpan(1).IndexOfAny('+', '-') + 1;
            var (first, step) = sign == 0 ? (body, "0") : (body[..sign], body[sign..]);
            for (var i = 0; i < count; i++)
                offsets.Add(Milliseconds(first) + i * Milliseconds(step));
        }

        return offsets;
    }

    static long Milliseconds(string text)
    {
        var digits = text.TrimStart('+', '-');
        if (digits == "0")
            return 0;
        Assert.True(Durations.TryParse(digits, out var milliseconds), text);
        return text[0] == '-' ? -milliseconds : milliseconds;
    }

    static IEnumerable<string> Tokens(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] is '{' or '}')
                depth += text[i] == '{' ? 1 : -1;
            if (i < text.Length && (depth > 0 || !char.IsWhiteSpace(text[i])))
                continue;
            if (i > start)
                yield return text[start..i];
            start = i + 1;
        }
    }

    // "5x3" is four times 5, "_x3" three times nothing.
    static (string Body, int Count) Repeat(string token, bool isGap)
    {
        var at = token.LastIndexOf('x');
        if (at < 0 || token.EndsWith("}}", StringComparison.Ordinal) || token.StartsWith("0x", StringComparison.Ordinal)
            || !int.TryParse(token.AsSpan(at + 1), CultureInfo.InvariantCulture, out var count))
        {
            // 0x5 is the number 0 six times, not hexadecimal.
            if (token.StartsWith("0x", StringComparison.Ordinal))
                return ("0", int.Parse(token.AsSpan(2), CultureInfo.InvariantCulture) + 1);
            return (token, 1);
        }

        return (token[..at], isGap ? count : count + 1);
    }

    static void AddValues(string token, List<Written> into)
    {
        var (body, count) = Repeat(token, isGap: token[0] == '_');
        if (body == "_")
        {
            into.AddRange(Enumerable.Repeat(Written.Nothing, count));
        }
        else if (body.StartsWith("{{", StringComparison.Ordinal))
        {
            AddHistograms(body, count, into);
        }
        else if (body == "stale")
        {
            into.Add(new Written(StaleMarker.Value, null, null));
        }
        else
        {
            var sign = SignOfStep(body);
            var (first, step) = sign < 0 ? (Number(body), 0) : (Number(body[..sign]), Number(body[sign..]));
            for (var i = 0; i < count; i++)
                into.Add(new Written(first + i * step, null, null));
        }
    }

    static int SignOfStep(string text)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] is '+' or '-' && text[i - 1] is not ('e' or 'E'))
                return i;
        }

        return -1;
    }

    public static double Number(string text)
    {
        var negative = text[0] == '-';
        var digits = text.TrimStart('+', '-');
        var value = digits.ToUpperInvariant() switch
        {
            "INF" => double.PositiveInfinity,
            "NAN" => double.NaN,
            _ => double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        return negative ? -value : value;
    }

    static void AddHistograms(string body, int count, List<Written> into)
    {
        var split = body.IndexOf("}}", StringComparison.Ordinal) + 2;
        var (first, hint) = ParseHistogram(body[..split]);
        if (split == body.Length)
        {
            into.AddRange(Enumerable.Repeat(new Written(null, first, hint), count));
            return;
        }

        var (step, _) = ParseHistogram(body[(split + 1)..]);
        var current = first;
        for (var i = 0; i < count; i++)
        {
            into.Add(new Written(null, current, hint));
            current = HistogramMath.Add(current, step, body[split] == '-' ? -1 : 1, out _) with { CounterResetHint = first.CounterResetHint };
        }
    }

    static (NativeHistogram Histogram, CounterResetHint? Hint) ParseHistogram(string text)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var inner = text[2..^2].Trim();
        while (inner.Length > 0)
        {
            var colon = inner.IndexOf(':');
            var end = inner.IndexOf('[') == colon + 1 ? inner.IndexOf(']') + 1 : inner.IndexOf(' ', colon);
            if (end <= 0)
                end = inner.Length;
            fields.Add(inner[..colon].Trim(), inner[(colon + 1)..end].Trim());
            inner = inner[end..].Trim();
        }

        double Field(string name) => fields.TryGetValue(name, out var value) ? Number(value) : 0;
        double[] List(string name) => fields.TryGetValue(name, out var value)
            ? [.. value[1..^1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number)] : [];
        BucketSpan[] Spans(string offset, double[] buckets) => buckets.Length == 0 ? [] : [new BucketSpan((int)Field(offset), buckets.Length)];
        CounterResetHint? hint = fields.GetValueOrDefault("counter_reset_hint") switch
        {
            "gauge" => CounterResetHint.Gauge,
            "reset" => CounterResetHint.Reset,
            "not_reset" => CounterResetHint.NotReset,
            "unknown" => CounterResetHint.Unknown,
            _ => null,
        };
        var (positive, negative) = (List("buckets"), List("n_buckets"));
        return (new NativeHistogram
        {
            Schema = (int)Field("schema"),
            Count = Field("count"),
            Sum = Field("sum"),
            ZeroCount = Field("z_bucket"),
            ZeroThreshold = Field("z_bucket_w"),
            PositiveBuckets = positive,
            PositiveSpans = Spans("offset", positive),
            NegativeBuckets = negative,
            NegativeSpans = Spans("n_offset", negative),
            CustomBounds = List("custom_values"),
            CounterResetHint = hint ?? CounterResetHint.Unknown,
        }, hint);
    }
}
