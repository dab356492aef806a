using System.Net;
using System.Text;
using System.Text.Json;

namespace Barograph.Server.Tests.Http;

public sealed class RequestLimitsTests(RequestLimitsTests.AServer one) : IClassFixture<RequestLimitsTests.AServer>
{
    string Own => $"Host: {one.Server.Address.Authority}";

    [Theory]
    [InlineData(7_000)]
    [InlineData(65_536)]
    [InlineData(190_000)]
    public async Task A_long_address_is_answered(int length)
    {
        var answer = await RawHttp.GetAsync(one.Server.Address, $"/api/v1/query?query=1%2B1&x={new string('a', length)}", Own);
        Assert.Equal(200, answer.Status);
    }

    [Theory]
    [InlineData("/api/v1/query", "error")]
    [InlineData("/api/v1/events", "detail")]
    [InlineData("/api/v2/query", "message")]
    public async Task Beyond_that_who_asks_is_told_in_its_own_form_to_post(string path, string member)
    {
        var answer = await RawHttp.GetAsync(one.Server.Address, $"{path}?x={new string('a', 300_000)}", Own);
        Assert.Equal(414, answer.Status);
        Assert.Contains("POST", JsonDocument.Parse(answer.Body).RootElement.GetProperty(member).GetString());
    }

    [Theory]
    [InlineData("GET /LONG HTTP/1.1\nHost: a", 2_000_000, 414)]
    [InlineData("GET / HTTP/1.1\nHost: a\nX-Long: LONG", 500_000, 431)]
    [InlineData("GET / HTTP/1.1\nHost: a b", 0, 400)]
    [InlineData("GET / HTTP/1.1\nHost: a\nNo colon", 0, 400)]
    [InlineData("GET /\0 HTTP/1.1\nHost: a", 0, 400)]
    [InlineData("GET /%00 HTTP/1.1\nHost: a", 0, 400)]
    [InlineData("GET nowhere HTTP/1.1\nHost: a", 0, 405)]
    [InlineData("what is this", 0, 400)]
    [InlineData("GET / HTTP/7.3\nHost: a", 0, 505)]
    [InlineData("POST /write HTTP/1.1\nHost: HOST\nTransfer-Encoding: chunked\nConnection: close\n\nno length", 0, 400)]
    [InlineData("POST /write HTTP/1.1\nHost: HOST\nContent-Length: minus", 0, 400)]
    public async Task What_is_no_request_gets_a_sentence_and_the_headers_of_every_answer(string head, int length, int status)
    {
        var answer = await RawHttp.SendAsync(one.Server.Address, head.Replace("LONG", new string('a', length)).Replace("HOST", one.Server.Address.Authority));
        Assert.Equal(status, answer.Status);
        Assert.True(answer.Body.Length > 20, answer.Body);
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
    }

    [Theory]
    [InlineData(2_000)]
    [InlineData(200_000)]
    public async Task A_form_may_have_any_number_of_values(int count)
    {
        var form = new StringBuilder("limit=1");
        for (var i = 0; i < count; i++)
            form.Append("&match[]=a").Append(i);
        using var answer = await one.Client.PostAsync("/api/v1/labels", new StringContent(form.ToString(), Encoding.UTF8, "application/x-www-form-urlencoded"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_form_is_bounded_by_its_bytes()
    {
        using var answer = await one.Client.PostAsync("/api/v1/query", new StringContent($"query=1&x={new string('a', 11 << 20)}", Encoding.UTF8, "application/x-www-form-urlencoded"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("\"errorType\":\"bad_data\"", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("query=vector%281%29", "1")]
    [InlineData("query=vector(1)+%2B+1", "2")]
    [InlineData("query=&query=2", "")]
    [InlineData("&&query=vector(3)&&=4&x", "3")]
    public async Task A_form_is_read_as_browsers_write_it(string form, string value)
    {
        using var answer = await one.Client.PostAsync("/api/v1/query", new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(value.Length > 0 ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(value.Length > 0 ? $",\"{value}\"]" : "errorType", text);
    }

    [Fact]
    public async Task An_escape_that_is_none_is_told()
    {
        using var answer = await one.Client.PostAsync("/api/v1/query", new StringContent("query=%zz", Encoding.UTF8, "application/x-www-form-urlencoded"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("%zz", await answer.Content.ReadAsStringAsync());
    }

    public sealed class AServer : OneServer;
}
