using System.Net;
using Barograph.Server.Settings;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

/// <summary>Native histograms and exemplars in answers: the exact bytes, checked by hand against upstream's description and code.</summary>
public sealed class HistogramAnswersTests(HistogramAnswersTests.SomeHistograms one) : IClassFixture<HistogramAnswersTests.SomeHistograms>
{
    readonly HttpClient _client = one.Client;
    readonly RunningServer _server = one.Server;

    const string First = """{"count":"6","sum":"7.5","buckets":[[1,"-2","-1","1"],[3,"-0.001","0.001","1"],[0,"0.5","1","2"],[0,"2","4","2"]]}""";

    const string Second = """{"count":"8","sum":"9","buckets":[[1,"-2","-1","1"],[3,"-0.001","0.001","1"],[0,"0.5","1","2"],[0,"1","2","2"],[0,"2","4","2"]]}""";

    [Fact]
    public async Task A_histogram_is_told_by_its_buckets() => Assert.Equal(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"latency","job":"a"},"histogram":[60,""" + First + "]}]}}",
        await _client.GetStringAsync("/api/v1/query?query=latency&time=60"));

    [Fact]
    public async Task A_series_with_floats_and_histograms_has_both() => Assert.Equal(
        """{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"latency","job":"a"},"values":[[0,"1.5"]],"histograms":[[60,""" + First + "],[120," + Second + "]]}]}}",
        await _client.GetStringAsync("/api/v1/query_range?query=latency&start=0&end=120&step=60"));

    [Fact]
    public async Task An_export_has_one_text_for_each_histogram()
    {
        var csv = await _client.GetStringAsync("/api/v1/export?query=latency&start=0&end=60&step=60");
        Assert.EndsWith(
            "1970-01-01T00:00:00.000Z,\"latency{job=\"\"a\"\"}\",1.5\n"
            + "1970-01-01T00:01:00.000Z,\"latency{job=\"\"a\"\"}\",\"{count:6, sum:7.5, [-2,-1):1, [-0.001,0.001]:1, (0.5,1]:2, (2,4]:2}\"\n", csv, StringComparison.Ordinal);
        var json = await _client.GetStringAsync("/api/v1/export?query=latency&start=0&end=60&step=60&format=json");
        Assert.Contains("\"histograms\":[[60," + First + "]]", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("avg", "histogram_avg(sum(rate(latency[1m])))")]
    [InlineData("sum", "histogram_sum(sum(increase(latency[1m])))")]
    [InlineData("count", "histogram_count(sum(increase(latency[1m])))")]
    [InlineData("min", "histogram_quantile(0, sum(rate(latency[1m])))")]
    [InlineData("max", "histogram_quantile(1, sum(rate(latency[1m])))")]
    [InlineData("p95", "histogram_quantile(0.95, sum(rate(latency[1m])))")]
    public async Task A_question_without_PromQL_asks_a_native_histogram_as_one(string aggregation, string expression)
    {
        _server.Store.SetMetadata("latency", new MetricMetadata(MetricType.Histogram, "seconds", ""));
        var question = $$"""{"metric_name":"latency","aggregation":"{{aggregation}}","time_range":{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:02:00Z"},"step":"1m"}""";
        using var body = new StringContent(question, null, "application/json");
        using var answer = await _client.PostAsync("/api/v1/metrics/query", body);
        Assert.Contains($"\"expression\":\"{expression}\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("query=latency",
        """[{"seriesLabels":{"__name__":"latency","job":"a"},"exemplars":[{"labels":{"trace_id":"abc"},"value":"0.75","timestamp":1.500},{"labels":{},"value":"+Inf","timestamp":61}]}]""")]
    [InlineData("query=rate(other[1m])%2Brate(latency[1m])&start=1&end=2",
        """[{"seriesLabels":{"__name__":"latency","job":"a"},"exemplars":[{"labels":{"trace_id":"abc"},"value":"0.75","timestamp":1.500}]},{"seriesLabels":{"__name__":"other","job":"b"},"exemplars":[{"labels":{"span_id":"x\""},"value":"1","timestamp":2}]}]""")]
    [InlineData("query=latency%2Blatency&start=61&end=61", """[{"seriesLabels":{"__name__":"latency","job":"a"},"exemplars":[{"labels":{},"value":"+Inf","timestamp":61}]}]""")]
    [InlineData("query=latency&start=62", "[]")]
    [InlineData("query=nothing", "[]")]
    [InlineData("query=1", "[]")]
    public async Task Exemplars_are_those_of_the_series_that_are_selected(string parameters, string data)
    {
        Assert.Equal($$"""{"status":"success","data":{{data}}}""", await _client.GetStringAsync($"/api/v1/query_exemplars?{parameters}"));
        using var form = new StringContent(parameters, null, "application/x-www-form-urlencoded");
        using var answer = await _client.PostAsync("/api/v1/query_exemplars", form);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal($$"""{"status":"success","data":{{data}}}""", await answer.Content.ReadAsStringAsync());
    }

    public sealed class SomeHistograms : OneServer
    {
        private protected override ServerSettings Configure(ServerSettings settings) => settings with { Retention = null };

        private protected override async Task FillAsync()
        {
            var histogram = new NativeHistogram
            {
                Schema = 0,
                ZeroThreshold = 0.001,
                ZeroCount = 1,
                Count = 6,
                Sum = 7.5,
                PositiveSpans = [new BucketSpan(0, 3)],
                PositiveBuckets = [2, 0, 2],
                NegativeSpans = [new BucketSpan(1, 1)],
                NegativeBuckets = [1],
            };
            var batch = new SampleBatch();
            var series = batch.AddSeries(Labels.Of("__name__", "latency", "job", "a"));
            batch.Add(series, 0, 1.5);
            batch.Add(series, 60_000, histogram);
            batch.Add(series, 120_000, histogram with { Count = 8, Sum = 9, PositiveBuckets = [2, 2, 2] });
            batch.AddExemplar(series, new Exemplar(1500, 0.75, Labels.Of("trace_id", "abc")));
            batch.AddExemplar(series, new Exemplar(61_000, double.PositiveInfinity, Labels.Empty));
            batch.AddExemplar(batch.AddSeries(Labels.Of("__name__", "other", "job", "b")), new Exemplar(2000, 1, Labels.Of("span_id", "x\"")));
            await Server.Store.AppendAsync(batch);
        }
    }
}
