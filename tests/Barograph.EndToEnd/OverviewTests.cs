using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Barograph.EndToEnd;

public sealed partial class OverviewTests(Browser browser, OneServer fixture) : IClassFixture<OneServer>
{
    readonly RunningServer _server = fixture.Server;

    [Fact]
    public async Task A_newcomer_sees_this_machine_live_within_seconds()
    {
        var page = await browser.OpenAsync(_server);
        foreach (var indicator in new[] { "CPU", "Memory", "Disk", "Network", "Load per core" })
            await Assertions.Expect(Indicator(page, indicator)).ToContainTextAsync(Digit(), new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(page.GetByText(Environment.MachineName, new() { Exact = true }).First).ToBeVisibleAsync();
        foreach (var panel in new[] { "CPU", "Memory", "Disk I/O", "Network", "Load" })
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = panel, Exact = true })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Memory_on_the_page_is_the_memory_of_the_kernel()
    {
        var page = await browser.OpenAsync(_server);
        await Assertions.Expect(Indicator(page, "Memory")).ToContainTextAsync(Digit());
        var shown = double.Parse(Number().Match(await Indicator(page, "Memory").Locator(".value").InnerTextAsync()).Value);
        var memory = File.ReadLines("/proc/meminfo").Select(static line => line.Split([':', ' '], StringSplitOptions.RemoveEmptyEntries)).ToDictionary(static parts => parts[0], static parts => double.Parse(parts[1]));
        Assert.Equal(100 * (1 - memory["MemAvailable"] / memory["MemTotal"]), shown, tolerance: 2);
    }

    [Fact]
    public async Task Choosing_a_range_is_in_the_address_and_back_undoes_it()
    {
        var page = await browser.OpenAsync(_server);
        var before = page.Url;
        await page.GetByRole(AriaRole.Button, new() { Name = "Time range:" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Last hour" }).Or(page.GetByRole(AriaRole.Button, new() { Name = "Last 1 hour" })).ClickAsync();
        await Assertions.Expect(page).Not.ToHaveURLAsync(before);
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Time range:" })).ToContainTextAsync("hour");
        await page.GoBackAsync();
        await Assertions.Expect(page).ToHaveURLAsync(before);
    }

    [Fact]
    public async Task Dragging_over_a_chart_zooms_all_of_them_and_a_double_click_goes_back()
    {
        await _server.HasTicksAsync(12); // something to zoom into
        var page = await browser.OpenAsync(_server);
        var plot = page.Locator(".u-over").First;
        var box = (await plot.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + box.Width * 0.9f, box.Y + 60);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + box.Width * 0.99f, box.Y + 70, new() { Steps = 5 });
        await page.Mouse.UpAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("from="));
        await Assertions.Expect(Browser.LiveState(page)).ToContainTextAsync("Past");
        await page.Locator(".u-over").First.DblClickAsync();
        await Assertions.Expect(page).Not.ToHaveURLAsync(new Regex("from="));
    }

    [Fact]
    public async Task A_lost_connection_is_said_and_mends_itself_with_the_gap_filled()
    {
        await using var server = await RunningServer.StartAsync();
        var page = await browser.OpenAsync(server);
        await server.KillAsync();
        await Assertions.Expect(Browser.LiveState(page)).ToContainTextAsync("Reconnecting", new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(page.GetByText("Connection lost.")).ToBeVisibleAsync();
        await server.StartAgainAsync();
        await Assertions.Expect(Browser.LiveState(page)).ToContainTextAsync("Live", new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(page.GetByText("Connection lost.")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Pausing_stops_the_page_until_it_is_resumed()
    {
        var page = await browser.OpenAsync(_server);
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause live updates" }).ClickAsync();
        await Assertions.Expect(Browser.LiveState(page)).ToContainTextAsync("Paused");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume live updates" }).ClickAsync();
        await Assertions.Expect(Browser.LiveState(page)).ToContainTextAsync("Live");
    }

    [Fact]
    public async Task A_chart_can_be_read_as_a_table()
    {
        var page = await browser.OpenAsync(_server);
        await page.GetByRole(AriaRole.Button, new() { Name = "Load: show data table" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Table).First.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync(Digit());
    }

    [Fact]
    public async Task The_keyboard_reaches_the_content_first_by_the_skip_link()
    {
        var page = await browser.OpenAsync(_server);
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(Indicator(page, "CPU")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_theme_is_remembered()
    {
        var page = await browser.OpenAsync(_server);
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch to the light theme" }).ClickAsync();
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "light");
    }

    [Fact]
    public async Task Nothing_is_loaded_from_elsewhere_and_nothing_is_logged_as_an_error()
    {
        var page = await browser.OpenAsync(_server, wait: false);
        var (foreign, errors) = (new List<string>(), new List<string>());
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(_server.Address.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                foreign.Add(request.Url);
        };
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                errors.Add(message.Text);
        };
        page.PageError += (_, error) => errors.Add(error);
        await page.ReloadAsync();
        await Browser.WaitUntilLiveAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Host" }).First.ClickAsync();
        await Task.Delay(2000);
        Assert.Empty(foreign);
        Assert.Empty(errors);
    }

    static ILocator Indicator(IPage page, string title) => page.Locator($"a.figure:has(.name:text-is('{title}'))");

    [GeneratedRegex("[0-9]")]
    private static partial Regex Digit();

    [GeneratedRegex("[0-9.]+")]
    private static partial Regex Number();
}
