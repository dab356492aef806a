using System.Text.Json;
using Barograph.Server.Settings;

namespace Barograph.Server.Tests.Query;

/// <summary><c>parse_query</c> and <c>format_query</c>: the tree, property by property as upstream writes it.</summary>
public sealed class SyntaxTreeTests(SyntaxTreeTests.Experimental one) : IClassFixture<SyntaxTreeTests.Experimental>
{
    readonly HttpClient _client = one.Client;

    const string Up = """{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"up"}],"name":"up","offset":0,"smoothed":false,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"}""";

    [Theory]
    [InlineData("up", Up)]
    [InlineData(
        "{a!=\"b\",c=~\"d\",e!~\"f\",__name__=\"up\"} offset -1m @ 1.5",
        """{"anchored":false,"matchers":[{"name":"a","type":"!=","value":"b"},{"name":"c","type":"=~","value":"d"},{"name":"e","type":"!~","value":"f"},{"name":"__name__","type":"=","value":"up"}],"name":"","offset":-60000,"smoothed":false,"startOrEnd":null,"timestamp":1500,"type":"vectorSelector"}""")]
    [InlineData("up smoothed", """{"anchored":false,"matchers":[{"name":"__name__","type":"=","value":"up"}],"name":"up","offset":0,"smoothed":true,"startOrEnd":null,"timestamp":null,"type":"vectorSelector"}""")]
    [InlineData(
        "rate(up{a=\"b\"}[5m] @ start())",
        """{"args":[{"anchored":false,"matchers":[{"name":"a","type":"=","value":"b"},{"name":"__name__","type":"=","value":"up"}],"name":"up","offset":0,"range":300000,"smoothed":false,"startOrEnd":"start","timestamp":null,"type":"matrixSelector"}],"func":{"argTypes":["matrix"],"name":"rate","returnType":"vector","variadic":0},"type":"call"}""")]
    [InlineData(
        "up[1h:5m] @ end() offset 1m",
        $$"""{"expr":{{Up}},"offset":60000,"range":3600000,"startOrEnd":"end","step":300000,"timestamp":null,"type":"subquery"}""")]
    [InlineData(
        "up[2 * 1m:step()] @ 2",
        $$"""{"expr":{{Up}},"offset":0,"range":120000,"startOrEnd":null,"step":0,"timestamp":2000,"type":"subquery"}""")]
    [InlineData("sum(up)", $$"""{"expr":{{Up}},"grouping":[],"op":"sum","param":null,"type":"aggregation","without":false}""")]
    [InlineData(
        "topk without (a, b) (2, up)",
        $$"""{"expr":{{Up}},"grouping":["a","b"],"op":"topk","param":{"type":"numberLiteral","val":"2"},"type":"aggregation","without":true}""")]
    [InlineData(
        "up == bool on (a) group_left (b) fill_right (0.5) up",
        $$"""{"bool":true,"lhs":{{Up}},"matching":{"card":"many-to-one","fillValues":{"lhs":null,"rhs":0.5},"include":["b"],"labels":["a"],"on":true},"op":"==","rhs":{{Up}},"type":"binaryExpr"}""")]
    [InlineData(
        "up + ignoring (a) group_right () fill (Inf) up",
        $$"""{"bool":false,"lhs":{{Up}},"matching":{"card":"one-to-many","fillValues":{"lhs":"+Inf","rhs":"+Inf"},"include":[],"labels":["a"],"on":false},"op":"+","rhs":{{Up}},"type":"binaryExpr"}""")]
    [InlineData(
        "up and up",
        $$"""{"bool":false,"lhs":{{Up}},"matching":{"card":"many-to-many","fillValues":{"lhs":null,"rhs":null},"include":[],"labels":[],"on":false},"op":"and","rhs":{{Up}},"type":"binaryExpr"}""")]
    [InlineData("up - up", $$"""{"bool":false,"lhs":{{Up}},"matching":{"card":"one-to-one","fillValues":{"lhs":null,"rhs":null},"include":[],"labels":[],"on":false},"op":"-","rhs":{{Up}},"type":"binaryExpr"}""")]
    [InlineData("up * 1e3", $$"""{"bool":false,"lhs":{{Up}},"matching":null,"op":"*","rhs":{"type":"numberLiteral","val":"1000"},"type":"binaryExpr"}""")]
    [InlineData("-1", """{"type":"numberLiteral","val":"-1"}""")]
    [InlineData("-0", """{"type":"numberLiteral","val":"-0"}""")]
    [InlineData("+0", """{"type":"numberLiteral","val":"0"}""")]
    [InlineData("1e-9", """{"type":"numberLiteral","val":"0.000000001"}""")]
    [InlineData("-1.5e-9", """{"type":"numberLiteral","val":"-0.0000000015"}""")]
    [InlineData("12.5e20", """{"type":"numberLiteral","val":"1250000000000000000000"}""")]
    [InlineData("-Inf", """{"type":"numberLiteral","val":"-Inf"}""")]
    [InlineData("NaN", """{"type":"numberLiteral","val":"NaN"}""")]
    [InlineData("1h", """{"type":"numberLiteral","val":"3600"}""")]
    [InlineData("-up", $$"""{"expr":{{Up}},"op":"-","type":"unaryExpr"}""")]
    [InlineData("(up)", $$"""{"expr":{{Up}},"type":"parenExpr"}""")]
    [InlineData("'a\"b'", """{"type":"stringLiteral","val":"a\"b"}""")]
    [InlineData("time()", """{"args":[],"func":{"argTypes":[],"name":"time","returnType":"scalar","variadic":0},"type":"call"}""")]
    [InlineData("year()", """{"args":[],"func":{"argTypes":["vector"],"name":"year","returnType":"vector","variadic":1},"type":"call"}""")]
    [InlineData("sort_by_label(up)", $$"""{"args":[{{Up}}],"func":{"argTypes":["vector","string"],"name":"sort_by_label","returnType":"vector","variadic":-1},"type":"call"}""")]
    [InlineData(
        "histogram_quantiles(up, \"q\", 1)",
        $$"""{"args":[{{Up}},{"type":"stringLiteral","val":"q"},{"type":"numberLiteral","val":"1"}],"func":{"argTypes":["vector","string","scalar","scalar"],"name":"histogram_quantiles","returnType":"vector","variadic":9},"type":"call"}""")]
    public async Task An_expression_becomes_upstreams_tree(string query, string tree) =>
        Assert.Equal($$"""{"status":"success","data":{{tree}}}""", await _client.GetStringAsync($"/api/v1/parse_query?query={Uri.EscapeDataString(query)}"));

    [Fact]
    public async Task The_deepest_expression_that_is_allowed_has_a_tree()
    {
        var chain = string.Join('+', Enumerable.Repeat("1", 500));
        using var form = new FormUrlEncodedContent([new("query", chain)]);
        using var answer = await _client.PostAsync("/api/v1/parse_query", form);
        using var tree = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(), new JsonDocumentOptions { MaxDepth = 2000 });
        Assert.Equal("success", tree.RootElement.GetProperty("status").GetString());
        var depth = 0;
        for (var node = tree.RootElement.GetProperty("data"); node.TryGetProperty("lhs", out var left); node = left)
            depth++;
        Assert.Equal(499, depth);
    }

    [Fact]
    public async Task What_is_no_promql_is_told_with_its_place()
    {
        using var answer = await _client.GetAsync("/api/v1/parse_query?query=sum(up");
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.StartsWith("""{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:7: parse error: """, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_long_expression_is_formatted_on_several_lines()
    {
        var name = new string('a', 60);
        var answer = JsonDocument.Parse(await _client.GetStringAsync($"/api/v1/format_query?query=sum({name})%2Bmax({name})"));
        Assert.Equal($"  sum({name})\n+\n  max({name})", answer.RootElement.GetProperty("data").GetString());
    }

    public sealed class Experimental : OneServer
    {
        private protected override ServerSettings Configure(ServerSettings settings) => settings with { PromQLExperimental = true };
    }
}
