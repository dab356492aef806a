using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Barograph.PromQL;
using Barograph.PromQL.Tests;
using Barograph.Server.Tests.Ingest;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

/// <summary>
/// Upstream's cases over HTTP against the running server, an empty folder for each <c>clear</c>: remote write 2.0 in, query out. Left
/// out is what the server does not keep: start timestamps. What the API does not tell is not compared: a histogram's schema, empty
/// buckets and counter resets; it tells of the buckets that hold something.
/// </summary>
public sealed class UpstreamOverHttp
{
    /// <summary>Cases that fail, with the reason. Empty is the aim.</summary>
    static readonly Dictionary<string, string> KnownFailures = new(StringComparer.Ordinal);

    public static IEnumerable<TheoryDataRow<string>> Files() => UpstreamScripts.Files()
        .Select(static file => new TheoryDataRow<string>(file));

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_cases_of_a_file_pass_over_HTTP(string file)
    {
        if (file.Length == 0)
            Assert.Skip(UpstreamScripts.Missing);
        var failures = new List<string>();
        RunningServer? server = null;
        HttpClient? client = null;
        IReadOnlyList<Load> written = [];
        foreach (var test in UpstreamScripts.Script(file).Values.Where(static test => test.Loads.All(IsKept)))
        {
            if (server is null || client is null || !written.SequenceEqual(test.Loads.Take(written.Count), ReferenceEqualityComparer.Instance))
            {
                client?.Dispose();
                if (server is not null)
                    await server.DisposeAsync();
                server = await RunningServer.StartAsync(configure: static settings => settings with { Retention = null, PromQLExperimental = true });
                (client, written) = (server.Client, []);
            }

            foreach (var load in test.Loads.Skip(written.Count))
                await WriteAsync(client, load);
            written = test.Loads;
            var asked = client;
            var failure = UpstreamCheck.Run(test.Without(static _ => true), (expression, times) => Evaluate(asked, expression, times));
            if (failure is not null != KnownFailures.ContainsKey(test.Name))
                failures.Add($"{test}: {failure ?? "passes now; take it off the list"}");
        }

        client?.Dispose();
        if (server is not null)
            await server.DisposeAsync();
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    static bool IsKept(Load load) => !load.Lines.Exists(static line => line.Contains("@st", StringComparison.Ordinal));

    static async Task WriteAsync(HttpClient client, Load load)
    {
        var series = new List<RemoteWriteMessage.TestSeries>();
        foreach (var (labels, points) in TestScript.Source([load]).All)
        {
            (double, long)[] samples = [.. points.Where(static point => point.Value.Histogram is null).Select(static point => (point.Value.Value, point.Key))];
            (NativeHistogram, long)[] histograms = [.. points.Where(static point => point.Value.Histogram is not null).Select(static point => (point.Value.Histogram!, point.Key))];
            if (labels.Count > 0 && samples.Length + histograms.Length > 0)
                series.Add(new RemoteWriteMessage.TestSeries([.. labels.Select(static label => (label.Name, label.Value))], samples) { Histograms = histograms });
        }

        using var body = new ByteArrayContent(RemoteWriteMessage.Snappy(RemoteWriteMessage.V2(series)));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("application/x-protobuf;proto=io.prometheus.write.v2.Request");
        body.Headers.ContentEncoding.Add("snappy");
        using var answer = await client.PostAsync("/api/v1/write", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    static QueryResult Evaluate(HttpClient client, string expression, QueryTimes times)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["query"] = expression };
        if (times.IsInstant)
            parameters["time"] = Seconds(times.StartMs);
        else
            (parameters["start"], parameters["end"], parameters["step"]) = (Seconds(times.StartMs), Seconds(times.EndMs), Seconds(times.StepMs));
        using var request = new HttpRequestMessage(HttpMethod.Post, times.IsInstant ? "/api/v1/query" : "/api/v1/query_range") { Content = new FormUrlEncodedContent(parameters) };
        using var answer = client.Send(request);
        using var document = JsonDocument.Parse(answer.Content.ReadAsStream());
        var root = document.RootElement;
        if (root.GetProperty("status").GetString() == "error")
            throw new QueryException(root.GetProperty("error").GetString()!);
        return Read(root, times);
    }

    static QueryResult Read(JsonElement root, QueryTimes times)
    {
        var data = root.GetProperty("data");
        var (kind, result) = (Enum.Parse<ResultKind>(data.GetProperty("resultType").GetString()!, ignoreCase: true), data.GetProperty("result"));
        return new QueryResult
        {
            Kind = kind,
            StartMs = times.StartMs,
            StepMs = times.StepMs,
            Steps = times.IsInstant ? 1 : StepsOf(times),
            Scalar = kind == ResultKind.Scalar ? Value(result) : 0,
            Text = kind == ResultKind.String ? result[1].GetString() : null,
            Series = kind is ResultKind.Vector or ResultKind.Matrix ? [.. result.EnumerateArray().Select(series => Series(series, kind, times))] : [],
            Warnings = Texts(root, "warnings"),
            Infos = Texts(root, "infos"),
            Statistics = new QueryStatistics(),
        };
    }

    static ResultSeries Series(JsonElement series, ResultKind kind, QueryTimes times)
    {
        var labels = Labels.From(series.GetProperty("metric").EnumerateObject().Select(static label => new Label(label.Name, label.Value.GetString()!)));
        if (kind == ResultKind.Vector)
        {
            return series.TryGetProperty("histogram", out var one)
                ? new ResultSeries(labels, [StaleMarker.Value], [Histogram(one)], null)
                : new ResultSeries(labels, [Value(series.GetProperty("value"))], null, null);
        }

        var samples = Samples(series, "values", static pair => (Value(pair), (NativeHistogram?)null))
            .Concat(Samples(series, "histograms", static pair => (StaleMarker.Value, (NativeHistogram?)Histogram(pair)))).OrderBy(static sample => sample.TimestampMs).ToArray();
        if (times.IsInstant)
        {
            return new ResultSeries(labels, [.. samples.Select(static sample => sample.Value)], [.. samples.Select(static sample => sample.Histogram)],
                [.. samples.Select(static sample => sample.TimestampMs)]);
        }

        var values = new double[StepsOf(times)];
        var histograms = new NativeHistogram?[values.Length];
        Array.Fill(values, StaleMarker.Value);
        foreach (var (timestampMs, value, histogram) in samples)
        {
            values[(timestampMs - times.StartMs) / times.StepMs] = value;
            histograms[(timestampMs - times.StartMs) / times.StepMs] = histogram;
        }

        return new ResultSeries(labels, values, histograms, null);
    }

    static IEnumerable<(long TimestampMs, double Value, NativeHistogram? Histogram)> Samples(JsonElement series, string name, Func<JsonElement, (double, NativeHistogram?)> read) =>
        series.TryGetProperty(name, out var samples)
            ? samples.EnumerateArray().Select(pair =>
            {
                var (value, histogram) = read(pair);
                return ((long)Math.Round(pair[0].GetDouble() * 1000), value, histogram);
            })
            : [];

    /// <summary>As it is told: by its buckets.</summary>
    static NativeHistogram Histogram(JsonElement pair)
    {
        var histogram = pair[1];
        return new NativeHistogram
        {
            Schema = UpstreamCheck.BucketsAlone,
            Count = Number(histogram.GetProperty("count")),
            Sum = Number(histogram.GetProperty("sum")),
            CustomBounds = histogram.TryGetProperty("buckets", out var buckets)
                ? [.. buckets.EnumerateArray().SelectMany(static bucket => new[] { Number(bucket[1]), Number(bucket[2]), Number(bucket[3]) })]
                : [],
        };
    }

    static int StepsOf(QueryTimes times) => (int)((times.EndMs - times.StartMs) / times.StepMs) + 1;

    static double Value(JsonElement pair) => Number(pair[1]);

    static double Number(JsonElement text) => text.GetString() switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var digits => double.Parse(digits!, CultureInfo.InvariantCulture),
    };

    static string[] Texts(JsonElement root, string name) =>
        root.TryGetProperty(name, out var texts) ? [.. texts.EnumerateArray().Select(static text => text.GetString()!)] : [];

    static string Seconds(long milliseconds) => (milliseconds / 1000m).ToString(CultureInfo.InvariantCulture);
}
