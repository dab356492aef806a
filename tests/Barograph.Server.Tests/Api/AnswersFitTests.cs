using System.Text;
using System.Text.Json.Nodes;

namespace Barograph.Server.Tests.Api;

/// <summary>What the server answers is what the document says, property by property.</summary>
public sealed class AnswersFitTests(ApiDocumentTests.SomeSeries one) : IClassFixture<ApiDocumentTests.SomeSeries>, IAsyncLifetime
{
    JsonNode _document = null!;

    public async ValueTask InitializeAsync() => _document = JsonNode.Parse(await one.Client.GetStringAsync("/openapi/v1.json"))!;

    public ValueTask DisposeAsync() => default;

    [Theory]
    [InlineData("/api/v1/query", "?query=up&time=60&stats=all")]
    [InlineData("/api/v1/query", "?query=1&time=60")]
    [InlineData("/api/v1/query", "?query='a'&time=60")]
    [InlineData("/api/v1/query", "?query=up[5m]&time=60")]
    [InlineData("/api/v1/query", "?query=quantile(2,up)&time=60")]
    [InlineData("/api/v1/query", "?query=up{")]
    [InlineData("/api/v1/query", "?query=up%2Bon()group_left()sum(up[1m:1m])")]
    [InlineData("/api/v1/query_range", "?query=up&start=0&end=120&step=60&stats=1")]
    [InlineData("/api/v1/query_range", "?query=up")]
    [InlineData("/api/v1/query_exemplars", "?query=up&start=0&end=1")]
    [InlineData("/api/v1/format_query", "?query=up")]
    [InlineData("/api/v1/parse_query", "?query=sum(rate(up[5m]+offset+1m))/2>bool-1")]
    [InlineData("/api/v1/series", "?match[]=up")]
    [InlineData("/api/v1/series", "")]
    [InlineData("/api/v1/labels", "")]
    [InlineData("/api/v1/label/{name}/values", "job")]
    [InlineData("/api/v1/metadata", "")]
    [InlineData("/api/v1/targets", "")]
    [InlineData("/api/v1/scrape_pools", "")]
    [InlineData("/api/v1/features", "")]
    [InlineData("/api/v1/sources", "")]
    [InlineData("/api/v1/explain", "?query=topk(2,rate(up[5m])%2Brate(up[5m]))")]
    [InlineData("/api/v1/explain", "?query=up{")]
    [InlineData("/api/v1/status/slow_queries", "")]
    [InlineData("/api/monitoring/metrics", "")]
    [InlineData("/api/monitoring/metrics", "?metric_name=up&group_by=job")]
    [InlineData("/api/monitoring/metrics", "?filter=x")]
    [InlineData("/api/v1/hosts", "")]
    [InlineData("/api/v1/rules", "")]
    [InlineData("/api/v1/status/buildinfo", "")]
    [InlineData("/api/v1/status/runtimeinfo", "")]
    [InlineData("/api/v1/status/tsdb", "")]
    [InlineData("/api/v1/status/tsdb", "?limit=x")]
    [InlineData("/api/v1/export", "?query=up&start=0&end=120&step=60&format=json")]
    [InlineData("/api/v1/export", "?query=up&start=0&end=120&step=60")]
    [InlineData("/api/v1/export", "?query=up&format=json")]
    [InlineData("/readyz", "")]
    [InlineData("/healthz", "")]
    [InlineData("/ping", "")]
    [InlineData("/ws/live", "")]
    public async Task An_answer_to_get_fits(string path, string arguments)
    {
        var address = path.Contains('{') ? path.Replace(path[path.IndexOf('{')..(path.IndexOf('}') + 1)], arguments) : path + arguments;
        using var answer = await one.Client.GetAsync(address);
        await FitsAsync(path, "get", answer);
    }

    [Theory]
    [InlineData("/api/v1/metrics/query", """{"metric_name":"up","time_range":{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T00:03:00Z"},"group_by":["job"]}""")]
    [InlineData("/api/v1/metrics/query", """{"metric_name":"up","aggregation":"most"}""")]
    [InlineData("/v1/metrics", """{"resourceMetrics":[]}""")]
    [InlineData("/v1/metrics", "{")]
    [InlineData("/write", "up value=1 0")]
    [InlineData("/write", "no line")]
    [InlineData("/api/v2/write", "no line")]
    [InlineData("/api/v1/write", "no snappy")]
    public async Task An_answer_to_post_fits(string path, string body)
    {
        var contentType = _document["paths"]![path]!["post"]!["requestBody"]!["content"]!.AsObject().Select(static entry => entry.Key).Last();
        using var content = new StringContent(body, Encoding.UTF8, contentType);
        using var answer = await one.Client.PostAsync(path, content);
        await FitsAsync(path, "post", answer);
    }

    async Task FitsAsync(string path, string method, HttpResponseMessage answer)
    {
        var status = ((int)answer.StatusCode).ToString();
        var described = _document["paths"]![path]![method]!["responses"]![status];
        Assert.True(described is not null, $"{method} {path} answered {status}, which is not described");
        var type = answer.Content.Headers.ContentType?.MediaType;
        if (described["content"] is not JsonObject content)
        {
            Assert.Null(type);
            return;
        }

        Assert.True(content[type!] is not null, $"{method} {path} answered {status} as {type}, which is not described");
        if (!type!.EndsWith("json", StringComparison.Ordinal))
            return;
        var value = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
        var misfits = new SchemaCheck(_document).Of(value, content[type]!["schema"]!);
        Assert.True(misfits.Count == 0, string.Join('\n', misfits));
    }
}
