using System.Globalization;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Barograph.EndToEnd;

/// <summary>The pages of models and of activity, over events whose figures are known.</summary>
public sealed class ModelsAndActivityTests(Browser browser, ModelsAndActivityTests.OneServer fixture) : IClassFixture<ModelsAndActivityTests.OneServer>
{
    static readonly LocatorAssertionsToContainTextOptions Soon = new() { Timeout = Browser.PatienceMs };

    [Fact]
    public async Task A_model_has_the_accuracy_of_its_outcomes_and_another_one_when_a_late_one_comes()
    {
        var page = await browser.OpenAsync(fixture.Server, "/models?range=15m&model=churn", wait: false);
        var table = page.GetByRole(AriaRole.Region, new() { Name = "Models table" });
        await Assertions.Expect(table.GetByRole(AriaRole.Row).Filter(new() { HasText = "churn" })).ToContainTextAsync("75%", Soon);
        await Assertions.Expect(table.GetByRole(AriaRole.Row).Filter(new() { HasText = "eta" })).ToContainTextAsync("3.5");
        var glance = page.GetByRole(AriaRole.Region, new() { Name = "churn at a glance" });
        await Assertions.Expect(glance).ToContainTextAsync("6 of 8 right");
        await Assertions.Expect(glance).ToContainTextAsync("73.3%"); // the mean of 2/3 and 4/5
        await Assertions.Expect(page.GetByText("2 still await their outcomes")).ToBeVisibleAsync();

        var confusion = page.GetByRole(AriaRole.Region, new() { Name = "Confusion matrix" });
        await Assertions.Expect(Row(confusion, "actual no")).ToHaveTextAsync(Cells("actual no", "4 80% right", "1 20%", "5"));
        await Assertions.Expect(Row(confusion, "actual yes")).ToHaveTextAsync(Cells("actual yes", "1 33.3%", "2 66.7% right", "3"));
        var classes = page.GetByRole(AriaRole.Region, new() { Name = "Classes table" });
        await Assertions.Expect(classes.GetByRole(AriaRole.Row).Filter(new() { HasText = "yes" })).ToContainTextAsync("66.7%");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Drift", Exact = true })).ToContainTextAsync("0.041"); // 0.4 and 0.6 against a half each
        await Assertions.Expect(page.Locator("#model-accuracy-churn canvas")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });

        await fixture.SendAsync("""{"type":"model.outcome","model":"churn","prediction_id":"c8","actual":"yes"}""");
        await Assertions.Expect(glance).ToContainTextAsync("7 of 9 right", Soon);
        await Assertions.Expect(page.GetByText("1 still awaits its outcome")).ToBeVisibleAsync();

        await table.GetByRole(AriaRole.Link, new() { Name = "eta" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "eta at a glance" })).ToContainTextAsync("3.54", Soon); // the root of (9 + 16) / 2
        Assert.Contains("model=eta", page.Url, StringComparison.Ordinal);
        await page.GoBackAsync();
        await Assertions.Expect(glance).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_journey_is_a_funnel_and_its_steps_can_be_chosen()
    {
        var page = await browser.OpenAsync(fixture.Server, "/activity?range=15m", wait: false);
        var steps = page.GetByRole(AriaRole.List, new() { Name = "Funnel", Exact = true }).GetByRole(AriaRole.Listitem);
        await Assertions.Expect(steps).ToHaveCountAsync(3, new() { Timeout = Browser.PatienceMs });
        foreach (var (i, text) in new[] { "4 100%", "3 75%", "1 25%" }.Index())
            await Assertions.Expect(steps.Nth(i).Locator(".count")).ToContainTextAsync(text);
        await Assertions.Expect(steps.Nth(1)).ToContainTextAsync("25% drop off");
        await Assertions.Expect(steps.Nth(1)).ToContainTextAsync("10 s later, in the median");
        await Assertions.Expect(steps.Nth(2)).ToContainTextAsync("66.7% drop off, the most");

        await page.GetByRole(AriaRole.Button, new() { Name = "Choose steps" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove: cart" }).ClickAsync();
        await Assertions.Expect(steps).ToHaveCountAsync(2, new() { Timeout = Browser.PatienceMs });
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Add a step" }).SelectOptionAsync("business:order");
        await Assertions.Expect(steps).ToHaveCountAsync(3, new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(steps.Nth(2).Locator(".count")).ToContainTextAsync("1 25%");

        var shared = await browser.OpenAsync(fixture.Server, new Uri(page.Url).PathAndQuery, wait: false);
        await Assertions.Expect(shared.GetByRole(AriaRole.List, new() { Name = "Funnel", Exact = true }).GetByRole(AriaRole.Listitem).Nth(2)).ToContainTextAsync("order", Soon);
        await page.GetByRole(AriaRole.Button, new() { Name = "Back to the usual steps" }).ClickAsync();
        await Assertions.Expect(steps.Nth(1)).ToContainTextAsync("cart", new() { Timeout = Browser.PatienceMs });
    }

    [Fact]
    public async Task Who_uses_what_is_counted()
    {
        var page = await browser.OpenAsync(fixture.Server, "/activity?range=15m", wait: false);
        var glance = page.GetByRole(AriaRole.Region, new() { Name = "Activity at a glance" });
        await Assertions.Expect(Figure(glance, "Users")).ToContainTextAsync("3", Soon);
        await Assertions.Expect(Figure(glance, "Sessions")).ToContainTextAsync("4", Soon);
        await Assertions.Expect(Figure(glance, "Sessions per user")).ToContainTextAsync("1.33");
        await Assertions.Expect(Figure(glance, "API calls")).ToContainTextAsync("25% with an error");
        await Assertions.Expect(Table(page, "Features").GetByRole(AriaRole.Row).Nth(1)).ToHaveTextAsync(Cells("search", "2", "100%", "3", "1.5", ""));
        var organisations = Table(page, "API use by organisation").GetByRole(AriaRole.Row);
        await Assertions.Expect(organisations.Nth(1)).ToHaveTextAsync(Cells("acme", "3", "75%", "1", "33.3%", "3"));
        await Assertions.Expect(organisations.Nth(2)).ToHaveTextAsync(Cells("beta", "1", "25%", "0", "0%", "1"));
        await Assertions.Expect(Table(page, "API use by user").GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("ada");

        static ILocator Figure(ILocator glance, string title) => glance.Locator(".figure").Filter(new() { Has = glance.Page.GetByTitle(title, new() { Exact = true }) });
        static ILocator Table(IPage page, string title) => page.GetByRole(AriaRole.Region, new() { Name = $"{title} table" });
    }

    [Theory]
    [InlineData("/models?range=15m&model=churn", ColorScheme.Dark, "Confusion matrix")]
    [InlineData("/models?range=15m&model=churn", ColorScheme.Light, "Confusion matrix")]
    [InlineData("/activity?range=15m", ColorScheme.Dark, "API use by endpoint table")]
    [InlineData("/activity?range=15m", ColorScheme.Light, "API use by endpoint table")]
    public async Task Both_pages_pass_axe_and_fit_any_width(string path, ColorScheme theme, string last)
    {
        var page = await browser.OpenAsync(fixture.Server, path, theme: theme, wait: false);
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = last })).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
        if (await page.GetByRole(AriaRole.Button, new() { Name = "Choose steps" }).CountAsync() > 0)
            await page.GetByRole(AriaRole.Button, new() { Name = "Choose steps" }).ClickAsync();
        foreach (var width in new[] { 1440, 768, 390 })
        {
            await page.SetViewportSizeAsync(width, 900);
            if (width != 768) // what the narrow one has, one of the others has too
                Assert.Empty((await page.RunAxe(AccessibilityTests.WcagAA)).Violations.Select(violation => $"{width} px: {violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
            Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"), $"scrolls sideways at {width} px");
        }
    }

    static ILocator Row(ILocator region, string name) => region.GetByRole(AriaRole.Row).Filter(new() { Has = region.Page.GetByRole(AriaRole.Rowheader, new() { Name = name }) });

    /// <summary>The texts of cells in their order, whatever white space there is.</summary>
    static System.Text.RegularExpressions.Regex Cells(params string[] cells) =>
        new($"^\\s*{string.Join("\\s*", cells.Select(static cell => string.Join("\\s*", cell.Split(' ').Select(System.Text.RegularExpressions.Regex.Escape))))}\\s*$", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));

    /// <summary>These tests read the same events; one late outcome aside, which only one of them looks for.</summary>
    public sealed class OneServer : IAsyncLifetime
    {
        static readonly string[] Said = ["yes", "yes", "yes", "no", "no", "no", "no", "no", "yes", "no"];

        /// <summary>Six of eight right; the outcomes of the last two are not known.</summary>
        static readonly string[] Was = ["yes", "yes", "no", "no", "no", "no", "no", "yes"];

        readonly HttpClient _client = new();
        RunningServer? _server;

        internal RunningServer Server => _server!;

        public async ValueTask InitializeAsync()
        {
            _server = await RunningServer.StartAsync();
            var now = DateTimeOffset.UtcNow;
            string At(double secondsAgo) => now.AddSeconds(-secondsAgo).ToString("O", CultureInfo.InvariantCulture);
            string Prediction(string id, string said, double ago) => $$"""{"type":"model.prediction","model":"churn","version":"2","prediction_id":"{{id}}","predicted":"{{said}}","duration_seconds":0.02,"time":"{{At(ago)}}"}""";
            string Activity(string session, string user, string organisation, string fields, double ago) =>
                $$"""{"type":"activity","session":"{{session}}","user":"{{user}}","organisation":"{{organisation}}",{{fields}},"time":"{{At(ago)}}"}""";
            string Step(string session, string user, string step, double ago) => Activity(session, user, "acme", $"\"journey\":\"buy\",\"step\":\"{step}\"", ago);
            await SendAsync(string.Join('\n',
            [
                .. Enumerable.Range(0, 20).Select(i => Prediction($"r{i}", i < 10 ? "yes" : "no", 20 * 60)), // what drift compares with
                .. Said.Select((said, i) => Prediction($"c{i}", said, 90 + i)),
                $$"""{"type":"model.prediction","model":"eta","version":"1","prediction_id":"1","predicted":10,"time":"{{At(80)}}"}""",
                $$"""{"type":"model.prediction","model":"eta","version":"1","prediction_id":"2","predicted":20,"time":"{{At(80)}}"}""",
                Step("a", "ada", "view", 120), Step("a", "ada", "cart", 110), Step("a", "ada", "pay", 100),
                Step("b", "ada", "view", 120), Step("b", "ada", "cart", 114),
                Step("c", "bob", "view", 120),
                Step("d", "cyd", "cart", 125), Step("d", "cyd", "view", 120), Step("d", "cyd", "cart", 100), // only what follows counts
                Activity("a", "ada", "acme", "\"feature\":\"search\"", 115), Activity("a", "ada", "acme", "\"feature\":\"search\"", 113), Activity("c", "bob", "acme", "\"feature\":\"search\"", 112),
                Activity("a", "ada", "acme", "\"api\":\"GET /items\",\"status\":200", 111), Activity("b", "ada", "acme", "\"api\":\"GET /items\",\"status\":500", 110),
                Activity("c", "bob", "acme", "\"api\":\"GET /items\",\"status\":200", 110), Activity("d", "cyd", "beta", "\"api\":\"POST /items\",\"status\":201", 110),
                $$"""{"type":"business","name":"order","session":"a","value":9.5,"time":"{{At(95)}}"}""",
            ]));
            await SendAsync(string.Join('\n',
            [
                .. Was.Select(static (was, i) => $$"""{"type":"model.outcome","model":"churn","prediction_id":"c{{i}}","actual":"{{was}}"}"""),
                """{"type":"model.outcome","model":"eta","prediction_id":"1","actual":13}""",
                """{"type":"model.outcome","model":"eta","prediction_id":"2","actual":16}""",
            ]));
        }

        internal async Task SendAsync(string events)
        {
            using var body = new StringContent(events);
            using var answer = await _client.PostAsync(new Uri(Server.Address, "api/v1/events"), body);
            var told = await answer.Content.ReadAsStringAsync();
            Assert.Contains("\"rejected\":0", told, StringComparison.Ordinal);
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            if (_server is not null)
                await _server.DisposeAsync();
        }
    }
}
