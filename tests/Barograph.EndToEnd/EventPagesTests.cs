using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Barograph.EndToEnd;

/// <summary>The pages of what applications tell: from events sent over HTTP to what a person sees and does.</summary>
public sealed partial class EventPagesTests(Browser browser, EventPagesTests.OneServer fixture) : IClassFixture<EventPagesTests.OneServer>
{
    const int TasksSent = 110, TasksFailed = 11;

    static readonly LocatorAssertionsToBeVisibleOptions Soon = new() { Timeout = Browser.PatienceMs };

    [Fact]
    public async Task Tasks_are_listed_filtered_and_paged_and_one_is_opened_with_all_that_was_told_of_it()
    {
        var page = await browser.OpenAsync(fixture.Server, "/tasks", wait: false);
        var tasks = page.GetByRole(AriaRole.Region, new() { Name = "Tasks table" });
        await Assertions.Expect(tasks.GetByRole(AriaRole.Row)).ToHaveCountAsync(101, new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Failures by reason" })).ToContainTextAsync("disk full");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Components table" })).ToContainTextAsync("10%");
        await PassesAsync(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Older", Exact = true }).ClickAsync();
        await Assertions.Expect(tasks.GetByRole(AriaRole.Row)).ToHaveCountAsync(TasksSent - 100 + 1);
        await page.GoBackAsync();
        await Assertions.Expect(tasks.GetByRole(AriaRole.Row)).ToHaveCountAsync(101);

        await page.GetByLabel("Status").SelectOptionAsync("failed");
        await Assertions.Expect(tasks.GetByRole(AriaRole.Row)).ToHaveCountAsync(TasksFailed + 1);
        await page.GetByLabel("Text").FillAsync("t-20");
        await Assertions.Expect(tasks.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await Assertions.Expect(page).ToHaveURLAsync(new Regex(@"status=failed&find=t-20"));

        await tasks.GetByRole(AriaRole.Link, new() { Name = "import" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "import t-20" })).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByText("Why it did not succeed: disk full")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Timeline" })).ToContainTextAsync(Waited());
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "What it took" })).ToContainTextAsync("64 MiB");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Context" })).ToContainTextAsync("order.region");
        await Assertions.Expect(page.GetByLabel("task.finished event", new() { Exact = true })).ToContainTextAsync("\"failure_reason\": \"disk full\"");
        await PassesAsync(page);
        await page.GoBackAsync();
        await Assertions.Expect(page.GetByLabel("Text")).ToHaveValueAsync("t-20");
    }

    [Fact]
    public async Task A_definition_is_tried_mended_made_rejects_an_event_and_is_deleted()
    {
        var page = await browser.OpenAsync(fixture.Server, "/definitions", wait: false);
        await page.GetByRole(AriaRole.Link, new() { Name = "New definition" }).ClickAsync(new() { Timeout = Browser.PatienceMs });
        var form = page.GetByRole(AriaRole.Form, new() { Name = "Definition" });
        await form.GetByLabel("Name", new() { Exact = true }).FillAsync("paid order");
        await form.GetByLabel("Unit").FillAsync("euros");
        await form.GetByLabel("Aggregation").SelectOptionAsync("sum");
        await form.GetByLabel("Event type").FillAsync("business");
        await form.GetByLabel("Field", new() { Exact = true }).FillAsync("value");
        await form.GetByRole(AriaRole.Button, new() { Name = "Add condition" }).ClickAsync();
        await form.GetByLabel("Condition 1: field").FillAsync("name");
        await form.GetByLabel("Condition 1: value").FillAsync("order");
        await form.GetByRole(AriaRole.Button, new() { Name = "Add rule" }).ClickAsync();
        await form.GetByLabel("Rule 1: field").FillAsync("value");
        await form.GetByLabel("Rule 1: at most").FillAsync("1000");

        // A mistake stands at its field, which gets the focus.
        await page.GetByRole(AriaRole.Button, new() { Name = "Dry run" }).ClickAsync();
        await Assertions.Expect(form.GetByText("must be letters, digits and '_'")).ToBeVisibleAsync();
        await Assertions.Expect(form.GetByLabel("Name", new() { Exact = true })).ToBeFocusedAsync();
        await form.GetByLabel("Name", new() { Exact = true }).FillAsync("paid_orders");

        // Of three orders of 10, 20 and 5,000, the last breaks the rule.
        await page.GetByRole(AriaRole.Button, new() { Name = "Dry run" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Dry run values" })).ToContainTextAsync("30 euros");
        await Assertions.Expect(page.GetByText("must be at most 1000")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".try canvas")).ToBeVisibleAsync();
        await PassesAsync(page);
        await form.GetByRole(AriaRole.Button, new() { Name = "Create" }).ClickAsync();
        var definitions = page.GetByRole(AriaRole.Region, new() { Name = "Definitions table" });
        await Assertions.Expect(definitions.GetByRole(AriaRole.Link, new() { Name = "paid_orders" })).ToBeVisibleAsync(Soon);

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(fixture.Server, """{"type":"business","name":"order","value":70000}""")).Status);
        var rejected = page.GetByRole(AriaRole.Region, new() { Name = "Rejected events table" });
        await Assertions.Expect(rejected.GetByText("must be at most 1000 (definition paid_orders)")).ToBeVisibleAsync(Soon);
        await Assertions.Expect(rejected.GetByText("70000", new() { Exact = true })).ToBeVisibleAsync();
        await rejected.GetByRole(AriaRole.Button, new() { Name = "Example" }).First.ClickAsync();
        await Assertions.Expect(page.GetByLabel("rejected event", new() { Exact = true })).ToContainTextAsync("\"value\": 70000");
        await PassesAsync(page);

        await definitions.GetByRole(AriaRole.Link, new() { Name = "paid_orders" }).ClickAsync();
        await Assertions.Expect(form.GetByLabel("Rule 1: at most")).ToHaveValueAsync("1000");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Assertions.Expect(page.GetByText("No metric is defined yet")).ToBeVisibleAsync(Soon);
    }

    [Fact]
    public async Task Stages_and_the_owners_numbers_are_seen_at_a_glance_in_both_themes()
    {
        var page = await browser.OpenAsync(fixture.Server, "/pipelines", theme: ColorScheme.Light, wait: false);
        var stages = page.GetByRole(AriaRole.Region, new() { Name = "Stages table" });
        await Assertions.Expect(stages.GetByRole(AriaRole.Row, new() { Name = "sales / load" })).ToContainTextAsync("failing", new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(stages.GetByRole(AriaRole.Row, new() { Name = "sales / load" })).ToContainTextAsync("no disk");
        await Assertions.Expect(stages.GetByRole(AriaRole.Row, new() { Name = "sales / extract" })).ToContainTextAsync("1.2k");
        await PassesAsync(page);

        await page.GotoAsync(new Uri(fixture.Server.Address, "business").ToString());
        var totals = page.GetByRole(AriaRole.Region, new() { Name = "Totals" });
        await Assertions.Expect(totals.GetByRole(AriaRole.Link, new() { Name = "Revenue" })).ToContainTextAsync("5.03k", new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Order, value" })).ToBeVisibleAsync();
        await PassesAsync(page);
    }

    static async Task PassesAsync(IPage page)
    {
        Assert.Empty((await page.RunAxe(AccessibilityTests.WcagAA)).Violations.Select(static violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"));
    }

    static async Task<(HttpStatusCode Status, string Answer)> SendAsync(RunningServer server, string events)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        using var body = new StringContent(events);
        using var answer = await client.PostAsync(new Uri("api/v1/events", UriKind.Relative), body);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("waited\\s+500 ms")]
    private static partial Regex Waited();

    /// <summary>A server that has been told of tasks, orders and a pipeline.</summary>
    public sealed class OneServer : IAsyncLifetime
    {
        RunningServer? _server;

        internal RunningServer Server => _server!;

        public async ValueTask InitializeAsync()
        {
            _server = await RunningServer.StartAsync("--otlp-grpc", "off", "--otlp-http", "off");
            var now = DateTimeOffset.UtcNow;
            var events = new StringBuilder();
            for (var i = 0; i < TasksSent; i++)
            {
                var (end, failed) = (now.AddMilliseconds(-2000 - 10 * i), i % (TasksSent / TasksFailed) == 0);
                events.Append(CultureInfo.InvariantCulture, $$$"""{"type":"task.finished","task_id":"t-{{{i}}}","task_type":"import","component":"db","queue":"q","memory_bytes":67108864,"cpu_seconds":0.3,""")
                    .Append(CultureInfo.InvariantCulture, $$$""" "worker":"w-1","queued":"{{{end.AddSeconds(-2):O}}}","start":"{{{end.AddSeconds(-1.5):O}}}","end":"{{{end:O}}}","context":{"order":{"region":"north"}},""")
                    .Append(failed ? "\"status\":\"failed\",\"failure_reason\":\"disk full\"}\n" : "\"status\":\"succeeded\"}\n");
            }

            foreach (var value in new[] { 10, 20, 5000 })
                events.Append(CultureInfo.InvariantCulture, $$$"""{"type":"business","name":"order","value":{{{value}}},"currency":"EUR"}""").Append('\n');
            events.Append("""
                {"type":"pipeline.stage","pipeline":"sales","stage":"extract","records_in":1200,"records_out":1200,"lag_seconds":4,"backlog":7,"success":true}
                {"type":"pipeline.stage","pipeline":"sales","stage":"load","records_in":1200,"success":false,"error":"no disk"}
                """);
            for (var patience = 0; ; patience++)
            {
                var (status, answer) = await SendAsync(_server, events.ToString());
                if (status == HttpStatusCode.OK && answer.Contains("\"rejected\":0", StringComparison.Ordinal))
                    break;
                Assert.True(patience < 1200 && status == HttpStatusCode.ServiceUnavailable, answer);
                await Task.Delay(100);
            }
        }

        public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
