using System.Text.RegularExpressions;
using Barograph.Server.Web;

namespace Barograph.Server.Tests.Web;

public sealed class WebSliceTests
{
    [Fact]
    public async Task Every_answer_carries_the_headers_that_protect_the_page()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        var answer = await client.GetAsync("/healthz");
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("cross-site", true)]
    [InlineData("same-site", true)]
    [InlineData("none", false)] // typed by a person: there is no such page, and cutting it off costs time
    public async Task A_page_that_may_have_opened_the_window_is_cut_off_from_it(string? site, bool cut)
    {
        await using var server = await RunningServer.StartAsync();
        using var client = server.Client;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        if (site is not null)
            request.Headers.Add("Sec-Fetch-Site", site);
        var answer = await client.SendAsync(request);
        Assert.Equal(cut, answer.Headers.TryGetValues("Cross-Origin-Opener-Policy", out var policies));
        Assert.Equal(cut ? ["same-origin"] : [], policies ?? []);
    }

    [Fact]
    public void The_pages_are_those_that_the_app_lists()
    {
        var source = File.ReadAllText(Repository.File("web/src/features/shell/pages.ts"));
        var list = source[source.IndexOf("export const pages", StringComparison.Ordinal)..];
        var paths = Regex.Matches(list, "path: '([^']+)'").Select(static path => path.Groups[1].Value);
        Assert.Equal(paths.Order(StringComparer.Ordinal), WebSlice.Pages.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("nested: true", list); // such a page has addresses below its own: say so where pages are mapped
    }
}
