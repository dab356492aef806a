using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Barograph.EndToEnd;

public sealed class AccessibilityTests(Browser browser, OneServer fixture) : IClassFixture<OneServer>
{
    internal static readonly AxeRunOptions WcagAA = new()
    {
        RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
    };

    const string ThreeFrames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))";

    static readonly string[] Paths = ["/", "/host", "/explore", "/explore?a=system_cpu_load_average_1m", "/hosts", "/sources", "/targets", "/models", "/activity", "/definitions?new", "/docs/api", "/nowhere"];

    readonly RunningServer _server = fixture.Server;

    [Fact]
    public async Task Axe_finds_nothing_and_nothing_overflows_on_any_page_in_any_theme_at_any_width()
    {
        await _server.HasTicksAsync(3);
        var problems = await Task.WhenAll(LookAsync(ColorScheme.Dark), LookAsync(ColorScheme.Light));
        Assert.Empty(problems.SelectMany(static found => found));

        async Task<List<string>> LookAsync(ColorScheme theme)
        {
            var found = new List<string>();
            foreach (var path in Paths)
            {
                var page = await browser.OpenAsync(_server, path, theme: theme, wait: path is "/" or "/host" or "/explore?a=system_cpu_load_average_1m");
                foreach (var width in new[] { 1440, 768, 390 })
                {
                    await page.SetViewportSizeAsync(width, 900);
                    await page.EvaluateAsync(ThreeFrames); // in which charts take their new size
                    var place = $"{path} {theme} {width} px";
                    var result = await page.RunAxe(WcagAA);
                    found.AddRange(result.Violations.Select(violation => $"{place}: {violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
                    if (await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
                        found.Add($"{place}: the page scrolls sideways");
                }

                await page.Context.CloseAsync();
            }

            return found;
        }
    }

    [Fact]
    public async Task Dialogs_and_menus_pass_too()
    {
        var page = await browser.OpenAsync(_server);
        await page.GetByRole(AriaRole.Button, new() { Name = "Time range:" }).ClickAsync();
        Assert.Empty((await page.RunAxe(WcagAA)).Violations.Select(static violation => $"{violation.Id}: {violation.Nodes[0].Html}"));
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Control+k");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Find" }).FillAsync("system disk");
        await Assertions.Expect(page.GetByRole(AriaRole.Option).First).ToContainTextAsync("system_disk");
        Assert.Empty((await page.RunAxe(WcagAA)).Violations.Select(static violation => $"{violation.Id}: {violation.Nodes[0].Html}"));
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Button, new() { Name = "Load: more actions" }).ClickAsync();
        Assert.Empty((await page.RunAxe(WcagAA)).Violations.Select(static violation => $"{violation.Id}: {violation.Nodes[0].Html}"));
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        Assert.Empty((await page.RunAxe(WcagAA)).Violations.Select(static violation => $"{violation.Id}: {violation.Nodes[0].Html}"));
    }

    [Fact]
    public async Task Every_part_of_Explore_passes()
    {
        foreach (var theme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            var page = await browser.OpenAsync(_server, "/explore", theme: theme, wait: false);
            await Assertions.Expect(page.GetByText("What the memory is used for")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
            await PassesAsync(page);
            await page.GotoAsync(new Uri(_server.Address, "/explore?a=system_memory_usage_bytes&b=nonsense(&panel=metrics").ToString());
            await Browser.WaitUntilLiveAsync(page);
            await page.GetByRole(AriaRole.Button, new() { Name = "system_memory_usage_bytes" }).Last.ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Group by system_memory_state" })).ToBeVisibleAsync();
            await PassesAsync(page);
            await page.GetByRole(AriaRole.Button, new() { Name = "History" }).ClickAsync();
            await page.GetByRole(AriaRole.Tab, new() { Name = "Table" }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Query A: values" })).ToBeVisibleAsync();
            await PassesAsync(page);
            await page.GetByRole(AriaRole.Tab, new() { Name = "Statistics" }).ClickAsync();
            await page.GetByRole(AriaRole.Textbox, new() { Name = "Query B: PromQL expression" }).FillAsync("sum");
            await page.Keyboard.PressAsync("Control+Space");
            await Assertions.Expect(page.GetByRole(AriaRole.Listbox)).ToBeVisibleAsync();
            await PassesAsync(page);
            await page.Context.CloseAsync();
        }

        static async Task PassesAsync(IPage page) =>
            Assert.Empty((await page.RunAxe(WcagAA)).Violations.Select(static violation => $"{violation.Id}: {violation.Help}: {violation.Nodes[0].Html}"));
    }

    [Fact]
    public async Task Who_asked_for_less_motion_gets_none()
    {
        var context = await browser.NewContextAsync(1440, 900, ColorScheme.Dark);
        var page = await context.NewPageAsync();
        await page.EmulateMediaAsync(new() { ReducedMotion = ReducedMotion.Reduce });
        await page.GotoAsync(_server.Address.ToString());
        await Browser.WaitUntilLiveAsync(page);
        Assert.Equal(0, await page.EvaluateAsync<int>("document.getAnimations().length"));
    }
}
