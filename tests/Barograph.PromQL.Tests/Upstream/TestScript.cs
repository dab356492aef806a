using System.Globalization;
using System.Text.RegularExpressions;
using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

/// <summary>One <c>eval</c> of a script, with the loads that it sees.</summary>
internal sealed record TestCase(string File, int Line, string Expression, QueryTimes Times, IReadOnlyList<Load> Loads)
{
    public List<(string Series, List<Written> Values)> Results { get; init; } = [];

    public List<Expectation> Expectations { get; } = [];

    public string Name => $"{File}:{Line}";

    public override string ToString() => $"{Name} {Expression}";

    /// <summary>The same case, which expects less of counter resets.</summary>
    public TestCase Without(Func<CounterResetHint, bool> isLeftOut) => this with
    {
        Results = [.. Results.Select(result => (result.Series, result.Values.ConvertAll(written => written.Hint is { } hint && isLeftOut(hint) ? written with { Hint = null } : written)))],
    };
}

/// <summary>An <c>expect</c> line: fail, warn, info, no_warn, no_info, ordered, string, or range vector.</summary>
internal sealed record Expectation(string Kind, string? Message, Regex? Pattern);

/// <summary>A <c>load</c>: series with samples at multiples of a step.</summary>
internal sealed record Load(long StepMs, bool WithCustomBuckets, List<string> Lines);

/// <summary>Reads upstream's test scripts.</summary>
internal static partial class TestScript
{
    public static List<TestCase> Parse(string file, string[] lines)
    {
        var cases = new List<TestCase>();
        List<Load> loads = [];
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var number = i + 1;
            var body = new List<string>();
            while (i + 1 < lines.Length && lines[i + 1].Trim() is { Length: > 0 } next && next[0] != '#' && !IsCommand(next))
            {
                body.Add(next);
                i++;
            }

            if (line.StartsWith("load", StringComparison.Ordinal))
                loads = [.. loads, new Load(Time(line.Split(' ')[^1]), line.StartsWith("load_with_nhcb", StringComparison.Ordinal), body)];
            else if (line == "clear")
                loads = [];
            else
                cases.Add(ParseEval(file, number, line, body, loads));
        }

        return cases;
    }

    static bool IsCommand(string line) => CommandPattern().IsMatch(line);

    static TestCase ParseEval(string file, int number, string line, List<string> body, List<Load> loads)
    {
        var match = EvalPattern().Match(line);
        Assert.True(match.Success, $"{file}:{number}: {line}");
        var times = match.Groups["at"].Success
            ? QueryTimes.Instant(Time(match.Groups["at"].Value))
            : QueryTimes.Range(Time(match.Groups["from"].Value), Time(match.Groups["to"].Value), Time(match.Groups["step"].Value));
        var test = new TestCase(file, number, match.Groups["expression"].Value, times, loads);
        if (match.Groups["kind"].Value is { Length: > 0 } kind)
            test.Expectations.Add(new Expectation(kind[1..], null, null));
        foreach (var entry in body)
        {
            if (entry.StartsWith("expect ", StringComparison.Ordinal))
            {
                test.Expectations.Add(ParseExpectation(entry["expect ".Length..].Trim()));
                continue;
            }

            var (series, values) = SeriesNotation.Split(entry);
            test.Results.Add(values.Length == 0 ? ("", SeriesNotation.ParseValues(series)) : (series, SeriesNotation.ParseValues(values)));
        }

        return test;
    }

    static Expectation ParseExpectation(string text)
    {
        var match = ExpectationPattern().Match(text);
        var kind = match.Groups["kind"].Value;
        var rest = match.Groups["rest"].Value.Trim();
        if (rest.StartsWith("msg:", StringComparison.Ordinal))
            return new Expectation(kind, rest[4..].Trim(), null);
        return rest.StartsWith("regex:", StringComparison.Ordinal)
            ? new Expectation(kind, null, new Regex(rest[6..].Trim(), RegexOptions.None, TimeSpan.FromSeconds(1)))
            : new Expectation(kind, rest.Length == 0 ? null : rest, null);
    }

    public static long Time(string text)
    {
        if (Durations.TryParse(text, out var milliseconds))
            return milliseconds;
        return (long)(double.Parse(text, CultureInfo.InvariantCulture) * 1000);
    }

    /// <summary>The data of some loads.</summary>
    public static InMemorySource Source(IEnumerable<Load> loads)
    {
        var source = new InMemorySource();
        foreach (var load in loads)
        {
            List<long?>? starts = null;
            foreach (var line in load.Lines)
            {
                var (series, values) = SeriesNotation.Split(line);
                if (series.EndsWith("@st", StringComparison.Ordinal))
                {
                    starts = SeriesNotation.ParseOffsets(values);
                    continue;
                }

                AddSeries(source, SeriesNotation.ParseLabels(series), SeriesNotation.ParseValues(values), starts, load.StepMs);
                starts = null;
            }

            if (load.WithCustomBuckets)
                CustomBuckets.Add(source, load);
        }

        return source;
    }

    static void AddSeries(InMemorySource source, Labels labels, List<Written> values, List<long?>? starts, long stepMs)
    {
        for (var i = 0; i < values.Count; i++)
        {
            var time = i * stepMs;
            var start = starts is not null && i < starts.Count && starts[i] is { } offset ? time + offset : 0;
            if (values[i].Histogram is { } histogram)
                source.Add(labels, time, histogram, start);
            else if (values[i].Float is { } value)
                source.Add(labels, time, value, start);
        }
    }

    [GeneratedRegex(@"^(load|load_with_nhcb|clear|eval|eval_\w+)(\s|$)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CommandPattern();

    [GeneratedRegex(@"^eval(?<kind>_\w+)?\s+(instant\s+(at\s+(?<at>\S+)\s+)?|range\s+from\s+(?<from>\S+)\s+to\s+(?<to>\S+)\s+step\s+(?<step>\S+)\s+)(?<expression>.+)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EvalPattern();

    [GeneratedRegex(@"^(?<kind>range vector|\w+)(?<rest>.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ExpectationPattern();
}
