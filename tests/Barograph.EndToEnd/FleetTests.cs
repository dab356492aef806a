using System.Diagnostics;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Barograph.EndToEnd;

/// <summary>Several hosts, those who send, and what is scraped, on their pages.</summary>
public sealed class FleetTests(Browser browser)
{
    static readonly LocatorAssertionsToBeVisibleOptions Soon = new() { Timeout = Browser.PatienceMs };

    [Fact]
    public async Task A_host_with_an_agent_appears_by_itself_is_shown_alone_and_is_said_to_be_silent_when_it_ends()
    {
        await using var server = await RunningServer.StartAsync();
        var queue = Directory.CreateTempSubdirectory("barograph-agent-").FullName;
        using var agent = Process.Start(RunningServer.StartInfo(["agent", "--server", server.Address.ToString(), "--data", queue, "--instance", "web-2"]))!;
        agent.OutputDataReceived += static (_, _) => { };
        agent.BeginOutputReadLine();
        try
        {
            var page = await browser.OpenAsync(server, "/hosts", wait: false);
            await page.GetByRole(AriaRole.Link, new() { Name = "web-2" }).ClickAsync(new() { Timeout = Browser.PatienceMs });
            await Assertions.Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Host" })).ToHaveValueAsync("web-2");
            await Assertions.Expect(page.Locator("#context-switches canvas").First).ToBeVisibleAsync(Soon);
            await Assertions.Expect(page.Locator("#context-switches .legend")).ToContainTextAsync("Context switches"); // and not one for each host
            Assert.Equal(1, await page.Locator("#context-switches .legend .name").CountAsync());

            agent.Kill();
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
            await Assertions.Expect(page.GetByText("web-2 is silent.")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
            await page.GetByRole(AriaRole.Combobox, new() { Name = "Host" }).SelectOptionAsync(Environment.MachineName);
            await Assertions.Expect(page.GetByText("web-2 is silent.")).Not.ToBeVisibleAsync();
            await page.GotoAsync(new Uri(server.Address, "hosts").ToString());
            await Assertions.Expect(page.GetByText("1 live, 1 silent")).ToBeVisibleAsync(Soon);
            await PassesAsync(page);
        }
        finally
        {
            if (!agent.HasExited)
                agent.Kill();
            Directory.Delete(queue, recursive: true);
        }
    }

    [Fact]
    public async Task Senders_are_shown_with_what_was_refused_and_how_others_are_connected()
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new HttpClient();
        using var body = new StringContent("weather,city=x temp=20.5\nbad line here");
        using var answer = await client.PostAsync(new Uri(server.Address, "write"), body, TestContext.Current.CancellationToken);
        var page = await browser.OpenAsync(server, "/sources", wait: false);
        var senders = page.GetByRole(AriaRole.Region, new() { Name = "Senders table" });
        await Assertions.Expect(senders.GetByText("Influx line protocol")).ToBeVisibleAsync(Soon);
        await Assertions.Expect(page.GetByText("line 2: 'here' is not a timestamp")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Prometheus", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("pre")).ToContainTextAsync($"url: http://localhost:{server.Port}/api/v1/write");
        await PassesAsync(page);
    }

    [Fact]
    public async Task Targets_are_shown_with_their_state_and_error()
    {
        await using var exporter = await RunningServer.StartAsync(); // anything that answers, though with no page of metrics
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            $"scrape_configs: [{{job_name: self, scrape_interval: 1s, metrics_path: /healthz, static_configs: [{{targets: ['localhost:{exporter.Port}', 'localhost:{RunningServer.FreePort()}']}}]}}]",
            TestContext.Current.CancellationToken);
        await using var server = await RunningServer.StartAsync("--scrape", file);
        var page = await browser.OpenAsync(server, "/targets", wait: false);
        await Assertions.Expect(page.GetByText("Connection refused").First).ToBeVisibleAsync(Soon);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "self" })).ToBeVisibleAsync();
        await PassesAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Only those that are down" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "self targets table" }).GetByRole(AriaRole.Link)).ToHaveCountAsync(2);
        File.Delete(file);
    }

    static async Task PassesAsync(IPage page) =>
        Assert.Empty((await page.RunAxe(AccessibilityTests.WcagAA)).Violations.Select(static violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
}
