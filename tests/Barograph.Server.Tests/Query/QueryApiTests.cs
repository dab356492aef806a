using System.Net;
using System.Text;
using System.Text.Json;
using Barograph.Server.Settings;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

/// <summary>Prometheus' API: the exact bytes of each answer, checked by hand against upstream's description and code.</summary>
public sealed class QueryApiTests(QueryApiTests.SomeSeries one) : IClassFixture<QueryApiTests.SomeSeries>
{
    readonly HttpClient _client = one.Client;

    [Theory]
    [InlineData("1%2B1&time=4", """{"resultType":"scalar","result":[4,"2"]}""")]
    [InlineData("%22a%5Cnb%22&time=1.5", """{"resultType":"string","result":[1.500,"a\nb"]}""")]
    [InlineData("up{job=%22b%22}&time=1970-01-01T00:01:00Z", """{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"b"},"value":[60,"2"]}]}""")]
    [InlineData("up{job=%22a%22}&time=60.001", """{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[60.001,"+Inf"]}]}""")]
    [InlineData("up{job=%22b%22}[3m]&time=120.5", """{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"b"},"values":[[0,"1"],[60,"2"],[120.500,"0.1"]]}]}""")]
    [InlineData("nothing&time=4", """{"resultType":"vector","result":[]}""")]
    [InlineData("vector(-1)&time=-4.025", """{"resultType":"vector","result":[{"metric":{},"value":[-4.025,"-1"]}]}""")]
    [InlineData("{%22http.size%22}&time=0", """{"resultType":"vector","result":[{"metric":{"__name__":"http.size","http.code":"2\"0\n"},"value":[0,"1e+21"]}]}""")]
    [InlineData("{%22http.size%22}&time=60", """{"resultType":"vector","result":[{"metric":{"__name__":"http.size","http.code":"2\"0\n"},"value":[60,"1e-07"]}]}""")]
    [InlineData("sort(up)&time=0&limit=5", """{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"b"},"value":[0,"1"]},{"metric":{"__name__":"up","job":"a"},"value":[0,"NaN"]}]}""")]
    public async Task An_instant_query_answers_in_upstreams_form(string query, string data) =>
        Assert.Equal($$"""{"status":"success","data":{{data}}}""", await _client.GetStringAsync($"/api/v1/query?query={query}"));

    [Fact]
    public async Task A_range_query_is_sorted_by_labels_and_leaves_out_what_is_not_there() => Assert.Equal(
        """{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[0,"NaN"],[60,"+Inf"],[120,"+Inf"]]},{"metric":{"__name__":"up","job":"b"},"values":[[0,"1"],[60,"2"],[120,"2"],[180,"0.1"]]}]}}""",
        await _client.GetStringAsync("/api/v1/query_range?query=up&start=0&end=180&step=1m&lookback_delta=90s"));

    [Fact]
    public async Task A_form_is_understood_as_the_address_is()
    {
        using var form = new FormUrlEncodedContent([new("query", "up{job=\"b\"}"), new("start", "0"), new("end", "60"), new("step", "60")]);
        using var answer = await _client.PostAsync("/api/v1/query_range", form);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            """{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"b"},"values":[[0,"1"],[60,"2"]]}]}}""",
            await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("query=1")] // no boundary at all
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nup")]
    public async Task A_form_in_parts_that_breaks_off_is_a_mistake_of_the_sender(string body)
    {
        using var form = new StringContent(body);
        form.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        using var answer = await _client.PostAsync("/api/v1/query", form);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("error parsing form values", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_limit_cuts_and_says_so() => Assert.Equal(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[0,"NaN"]}]},"warnings":["results truncated due to limit"]}""",
        await _client.GetStringAsync("/api/v1/query?query=up&time=0&limit=1"));

    [Fact]
    public async Task Annotations_stand_beside_the_data() => Assert.Equal(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[0,"+Inf"]}]},"warnings":["PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)"]}""",
        await _client.GetStringAsync("/api/v1/query?query=quantile(2,up)&time=0"));

    [Theory]
    [InlineData("query?query=up{", 400, "bad_data", "invalid parameter \"query\": 1:4: parse error: ")]
    [InlineData("query", 400, "bad_data", "invalid parameter \"query\": 1:1: parse error: ")]
    [InlineData("query?query=up&time=x", 400, "bad_data", "invalid parameter \"time\": invalid time value for 'time': cannot parse \"x\" to a valid timestamp")]
    [InlineData("query?query=up&timeout=x", 400, "bad_data", "invalid parameter \"timeout\": cannot parse \"x\" to a valid duration")]
    [InlineData("query?query=up&limit=x", 400, "bad_data", "invalid parameter \"limit\": strconv.Atoi: parsing \"x\": invalid syntax")]
    [InlineData("query?query=up&limit=-1", 400, "bad_data", "invalid parameter \"limit\": limit must be non-negative")]
    [InlineData("query?query=up&lookback_delta=x", 400, "bad_data", "error parsing lookback delta duration: cannot parse \"x\" to a valid duration")]
    [InlineData("query?query=up&timeout=0", 503, "timeout", "query timed out in expression evaluation")]
    [InlineData("query?query=up%2Bon()up&time=0", 422, "execution", "found duplicate series for the match group {} on the right hand-side of the operation")]
    [InlineData("query?query=mad_over_time(up[1m])", 400, "bad_data", "invalid parameter \"query\": 1:1: parse error: function \"mad_over_time\" is experimental")]
    [InlineData("query_range?query=up", 400, "bad_data", "invalid parameter \"start\": cannot parse \"\" to a valid timestamp")]
    [InlineData("query_range?query=up&start=1&end=0&step=1", 400, "bad_data", "invalid parameter \"end\": end timestamp must not be before start time")]
    [InlineData("query_range?query=up&start=1&end=2", 400, "bad_data", "invalid parameter \"step\": cannot parse \"\" to a valid duration")]
    [InlineData("query_range?query=up&start=1&end=2&step=0", 400, "bad_data", "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer")]
    [InlineData("query_range?query=up&start=0&end=11001&step=1", 400, "bad_data", "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")]
    [InlineData("query_range?query=up[1m]&start=0&end=1&step=1", 400, "bad_data", "invalid parameter \"query\": invalid expression type \"range vector\" for range query, must be Scalar or instant Vector")]
    [InlineData("series", 400, "bad_data", "no match[] parameter provided")]
    [InlineData("series?match[]={}", 400, "bad_data", "")]
    [InlineData("labels?start=x", 400, "bad_data", "invalid parameter \"start\": invalid time value for 'start': cannot parse \"x\" to a valid timestamp")]
    [InlineData("metadata?limit=x", 400, "bad_data", "limit must be a number")]
    [InlineData("rules?type=x", 400, "bad_data", "invalid parameter \"type\": not supported value \"x\"")]
    [InlineData("targets/metadata?limit=x", 400, "bad_data", "limit must be a number")]
    [InlineData("query?query=label_replace(up,%22a%22,%22%22,%22b%22,%22(%22)", 422, "execution", "invalid regular expression in label_replace(): bad regular expression '(': a '(' without its ')', at character 1")]
    [InlineData("format_query?query=a)", 400, "bad_data", "invalid parameter \"query\": 1:2: parse error: ")]
    [InlineData("query_exemplars?query=up&start=2&end=1", 400, "bad_data", "end timestamp must not be before start timestamp")]
    public async Task An_error_has_upstreams_type_status_and_words(string path, int status, string type, string text)
    {
        using var answer = await _client.GetAsync($"/api/v1/{path}");
        Assert.Equal(status, (int)answer.StatusCode);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith($$"""{"status":"error","errorType":"{{type}}","error":"{{text.Replace("\"", "\\\"")}}""", body);
    }

    [Theory]
    [InlineData("series?match[]=up", """[{"__name__":"up","job":"a"},{"__name__":"up","job":"b"}]""")]
    [InlineData("series?match[]=up{job=%22b%22}&match[]=up&limit=9", """[{"__name__":"up","job":"a"},{"__name__":"up","job":"b"}]""")]
    [InlineData("series?match[]=up&start=1e6", "[]")]
    [InlineData("labels", """["__name__","http.code","job"]""")]
    [InlineData("labels?match[]=up", """["__name__","job"]""")]
    [InlineData("label/job/values", """["a","b"]""")]
    [InlineData("label/job/values?match[]={job!=%22a%22,__name__=%22up%22}", """["b"]""")]
    [InlineData("label/__name__/values", """["http.size","up"]""")]
    [InlineData("label/U__http_2e_code/values", """["2\"0\n"]""")]
    [InlineData("label/http.code/values", """["2\"0\n"]""")]
    [InlineData("label/none/values", "[]")]
    [InlineData("metadata", """{"http_total":[{"type":"counter","help":"Bytes","unit":"bytes"}],"up":[{"type":"gauge","help":"Is it \"up\"?","unit":""}]}""")]
    [InlineData("metadata?metric=up", """{"up":[{"type":"gauge","help":"Is it \"up\"?","unit":""}]}""")]
    [InlineData("metadata?limit=1", """{"http_total":[{"type":"counter","help":"Bytes","unit":"bytes"}]}""")]
    [InlineData("format_query?query=sum(up)by(job)", "\"sum by (job) (up)\"")]
    [InlineData("format_query?query=up%7Ba=%27b%27,%20c!~%22d%22%7D", "\"up{a=\\\"b\\\",c!~\\\"d\\\"}\"")]
    [InlineData("query_exemplars?query=up&start=0&end=1", "[]")]
    [InlineData("rules", """{"groups":[]}""")]
    [InlineData("rules?type=alert", """{"groups":[]}""")]
    [InlineData("alerts", """{"alerts":[]}""")]
    [InlineData("status/walreplay", """{"min":0,"max":0,"current":0}""")]
    [InlineData("scrape_pools", """{"scrapePools":[]}""")]
    [InlineData("series?match[]=up&start=200&end=100", "[]")]
    [InlineData("labels?start=200&end=100", "[]")]
    public async Task What_there_is_is_listed_in_upstreams_form(string path, string data) =>
        Assert.Equal($$"""{"status":"success","data":{{data}}}""", await _client.GetStringAsync($"/api/v1/{path}"));

    [Fact]
    public async Task Features_name_what_can_be_used_and_what_only_with_the_experimental_switch()
    {
        using var answer = JsonDocument.Parse(await _client.GetStringAsync("/api/v1/features"));
        var features = answer.RootElement.GetProperty("data");
        Assert.True(Has("promql_functions", "rate"));
        Assert.False(Has("promql_functions", "info"));
        Assert.True(Has("promql_operators", "=="));
        Assert.True(Has("promql_operators", "count_values"));
        Assert.False(Has("promql_operators", "limitk"));
        Assert.True(Has("promql", "subqueries"));
        Assert.True(Has("api", "remote_write_receiver"));
        Assert.False(Has("api", "otlp_write_receiver")); // there is no /api/v1/otlp

        bool Has(string category, string name) => features.GetProperty(category).GetProperty(name).GetBoolean();
    }

    [Fact]
    public async Task A_list_that_is_cut_says_so() => Assert.Equal(
        """{"status":"success","data":["a"],"warnings":["results truncated due to limit"]}""",
        await _client.GetStringAsync("/api/v1/label/job/values?limit=1"));

    [Fact]
    public async Task Build_information_has_no_features_so_that_nobody_takes_us_for_another_server()
    {
        var text = await _client.GetStringAsync("/api/v1/status/buildinfo");
        Assert.StartsWith("""{"status":"success","data":{"version":"3.14.0","revision":"barograph-""", text);
        Assert.DoesNotContain("features", text);
    }

    [Fact]
    public async Task The_stores_status_counts_series()
    {
        var text = await _client.GetStringAsync("/api/v1/status/tsdb?limit=1");
        Assert.Contains("\"numSeries\":3,\"numLabelPairs\":5,", text);
        Assert.Contains("""seriesCountByMetricName":[{"name":"up","value":2}],"labelValueCountByLabelName":[{"name":"__name__","value":2}]""", text);
        Assert.Contains("""seriesCountByLabelValuePair":[{"name":"__name__=up","value":2}]""", text);
    }

    [Fact]
    public async Task Statistics_come_when_they_are_asked_for()
    {
        Assert.Contains("\"samples\":{\"totalQueryableSamples\":", await _client.GetStringAsync("/api/v1/query?query=up&time=0&stats=1"));
        Assert.Contains("\"selectedSeries\":2,", await _client.GetStringAsync("/api/v1/query?query=up&time=0&stats=all"));
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(11000, false)] // some 320 KB: sent while it is written
    public async Task An_answer_of_usual_size_comes_whole_and_says_how_long_it_is(int steps, bool whole)
    {
        using var answer = await _client.GetAsync($"/api/v1/query_range?query=vector(1234567890.125)&start=1000000000&end={1_000_000_000 + steps - 1}&step=1", HttpCompletionOption.ResponseHeadersRead);
        var length = answer.Content.Headers.ContentLength;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(whole ? text.Length : null, length);
        using var json = JsonDocument.Parse(text);
        Assert.Equal(steps, json.RootElement.GetProperty("data").GetProperty("result")[0].GetProperty("values").GetArrayLength());
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task Answers_are_compressed_for_who_asks(string encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/labels");
        request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var answer = await _client.SendAsync(request);
        Assert.Equal(encoding, Assert.Single(answer.Content.Headers.ContentEncoding));
        await using var body = await answer.Content.ReadAsStreamAsync();
        await using Stream plain = encoding == "br"
            ? new System.IO.Compression.BrotliStream(body, System.IO.Compression.CompressionMode.Decompress)
            : new System.IO.Compression.GZipStream(body, System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(plain);
        Assert.Equal("""{"status":"success","data":["__name__","http.code","job"]}""", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task A_long_answer_arrives_whole()
    {
        var text = await _client.GetStringAsync("/api/v1/query_range?query=vector(time())%2B0.125&start=0&end=11000&step=1");
        var expected = new StringBuilder("""{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[""");
        for (var i = 0; i <= 11_000; i++)
            expected.Append(i == 0 ? "" : ",").Append($"[{i},\"{i}.125\"]");
        Assert.Equal(expected.Append("]}]}}").ToString(), text);
    }

    [Theory]
    [InlineData("DELETE", "/api/v1/query", "GET, HEAD, POST")]
    [InlineData("POST", "/api/v1/label/job/values", "GET, HEAD")]
    [InlineData("POST", "/api/v1/targets", "GET, HEAD")]
    [InlineData("GET", "/api/v1/write", "POST")]
    [InlineData("GET", "/api/v1/read", "POST")]
    [InlineData("POST", "/-/ready", "GET, HEAD")]
    [InlineData("GET", "/v1/metrics", "POST")]
    public async Task Another_method_is_not_allowed(string method, string path, string allowed)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow));
    }

    [Theory]
    [InlineData("/api/v1/nothing")]
    [InlineData("/-/reload")]
    public async Task What_there_is_not_is_not_found(string path)
    {
        using var answer = await _client.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("/-/healthy", "Barograph is healthy.\n")]
    [InlineData("/-/ready", "Barograph is ready.\n")]
    public async Task Health_is_told_where_Prometheus_tells_it(string path, string text) => Assert.Equal(text, await _client.GetStringAsync(path));

    [Fact]
    public async Task The_settings_are_told_as_flags_and_as_YAML()
    {
        Assert.Contains("\"query-timeout\":\"30s\"", await _client.GetStringAsync("/api/v1/status/flags"));
        Assert.Contains("""query-timeout: \"30s\"\n""", await _client.GetStringAsync("/api/v1/status/config"));
    }

    [Fact]
    public async Task A_label_value_that_is_no_text_is_told_with_the_replacement_character() => Assert.Equal(
        """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"x":"\uFFFD"},"value":[0,"1"]}]}}""",
        await _client.GetStringAsync("/api/v1/query?query=label_replace(vector(1),%22x%22,%22%5Cxff%22,%22%22,%22%22)&time=0"));

    public sealed class SomeSeries : OneServer
    {
        private protected override ServerSettings Configure(ServerSettings settings) => settings with { Retention = null };

        private protected override async Task FillAsync()
        {
            await Server.AppendAsync(Labels.Of("__name__", "up", "job", "b"), (0, 1), (60_000, 2), (120_500, 0.1));
            await Server.AppendAsync(Labels.Of("__name__", "up", "job", "a"), (0, double.NaN), (60_000, double.PositiveInfinity));
            await Server.AppendAsync(Labels.Of("__name__", "http.size", "http.code", "2\"0\n"), (0, 1e21), (60_000, 1e-7));
            Server.Store.SetMetadata("up", new MetricMetadata(MetricType.Gauge, "", "Is it \"up\"?"));
            Server.Store.SetMetadata("http_total", new MetricMetadata(MetricType.Counter, "bytes", "Bytes"));
        }
    }
}
