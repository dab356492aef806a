using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Barograph.EndToEnd;

public sealed partial class ExploreTests(Browser browser, OneServer fixture) : IClassFixture<OneServer>
{
    const string Load = "/explore?a=system_cpu_load_average_1m";

    [Fact]
    public async Task An_expression_completes_while_it_is_typed_and_is_shown_as_chart_table_and_statistics()
    {
        var page = await OpenAsync("/explore");
        var field = Field(page);
        await field.ClickAsync();
        await field.PressSequentiallyAsync("ra");
        await Assertions.Expect(page.GetByRole(AriaRole.Listbox).GetByRole(AriaRole.Option).First).ToContainTextAsync("rate");
        await page.Keyboard.PressAsync("Tab");
        await field.PressSequentiallyAsync("system_cpu_ti");
        await Assertions.Expect(page.GetByRole(AriaRole.Listbox).GetByRole(AriaRole.Option, new() { Name = "system_cpu_time_seconds_total" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await field.PressSequentiallyAsync("{cpu_m");
        await Assertions.Expect(page.GetByRole(AriaRole.Listbox).GetByRole(AriaRole.Option, new() { Name = "cpu_mode" })).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.GetByRole(AriaRole.Listbox).GetByRole(AriaRole.Option, new() { Name = "idle" })).ToBeVisibleAsync();
        await field.PressSequentiallyAsync("us");
        await Assertions.Expect(page.GetByRole(AriaRole.Listbox).GetByRole(AriaRole.Option)).ToHaveCountAsync(1);
        await page.Keyboard.PressAsync("Tab");
        await field.PressSequentiallyAsync("}[5s]");
        await Assertions.Expect(field).ToHaveValueAsync("rate(system_cpu_time_seconds_total{cpu_mode=\"user\"}[5s])");
        await page.Keyboard.PressAsync("Control+Enter");

        var legend = page.GetByRole(AriaRole.Region, new() { Name = "Query A: series" });
        await Assertions.Expect(legend.GetByRole(AriaRole.Row)).ToHaveCountAsync(Environment.ProcessorCount + 1, new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(page.Locator("canvas")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Table" }).ClickAsync();
        var table = page.GetByRole(AriaRole.Region, new() { Name = "Query A: values" });
        await Assertions.Expect(table.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync(Digit());
        await page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(page.GetByText("Samples read").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_mistake_is_shown_at_its_place_and_mended_by_a_click()
    {
        var page = await OpenAsync("/explore?a=abs(system_cpu_load_average_1m)");
        await Assertions.Expect(page.Locator("canvas")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
        await Field(page).FillAsync("1 +\nabss(system_cpu_load_average_1m)");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("Line 2, character 1: unknown function")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".mirror .wrong")).ToHaveTextAsync("abss");
        await Assertions.Expect(Field(page)).ToHaveAttributeAsync("aria-invalid", "true");
        await page.GetByRole(AriaRole.Button, new() { Name = "Write “abs” instead" }).ClickAsync();
        await Assertions.Expect(page.Locator("canvas")).ToBeVisibleAsync();
        await Assertions.Expect(Field(page)).ToHaveValueAsync("1 +\nabs(system_cpu_load_average_1m)");
    }

    [Fact]
    public async Task The_address_holds_everything_and_back_undoes_it()
    {
        var page = await OpenAsync(Load);
        await Assertions.Expect(page.Locator("canvas")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
        await page.GetByRole(AriaRole.Button, new() { Name = "Add query" }).ClickAsync();
        await Field(page, "B").FillAsync("scalar(system_cpu_load_average_5m)");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Region, new() { Name = "Query B" }).GetByRole(AriaRole.Tab, new() { Name = "Table" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Query A: on" }).ClickAsync();
        await page.GetByLabel("Step").SelectOptionAsync("5000");
        var shared = page.Url;

        var other = await OpenAsync(new Uri(shared).PathAndQuery);
        await Assertions.Expect(Field(other, "B")).ToHaveValueAsync("scalar(system_cpu_load_average_5m)");
        await Assertions.Expect(other.GetByRole(AriaRole.Region, new() { Name = "Query B: values" })).ToContainTextAsync(Digit());
        await Assertions.Expect(other.GetByRole(AriaRole.Button, new() { Name = "Query A: off" })).ToBeVisibleAsync();
        await Assertions.Expect(other.GetByLabel("Step")).ToHaveValueAsync("5000");
        await Assertions.Expect(other.Locator("canvas")).ToHaveCountAsync(0);

        await page.GoBackAsync();
        await page.GoBackAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Query A: on" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Query B: remove" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Query A: remove" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task The_legend_sorts_and_shows_series_alone_by_the_keyboard()
    {
        var page = await OpenAsync("/explore?a=system_memory_usage_bytes");
        var legend = page.GetByRole(AriaRole.Region, new() { Name = "Query A: series" });
        var names = legend.Locator("button.name");
        await Assertions.Expect(names.First).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
        await Assertions.Expect(names.First).Not.ToHaveTextAsync("buffers"); // which is never the highest
        var byName = legend.GetByRole(AriaRole.Button, new() { Name = "system_memory_state" });
        await byName.PressAsync("Enter");
        await Assertions.Expect(names.First).ToHaveTextAsync("buffers");
        await byName.PressAsync("Enter");
        await Assertions.Expect(names.Last).ToHaveTextAsync("buffers");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("a\\.sort=-name"));
        await names.Last.PressAsync("Alt+Enter");
        await Assertions.Expect(legend.Locator("button.name[aria-pressed=true]")).ToHaveTextAsync("buffers");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).ClickAsync();
        await Assertions.Expect(legend.Locator("button.name[aria-pressed=false]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_result_is_exported_as_CSV_JSON_and_PNG()
    {
        var page = await OpenAsync(Load);
        await Assertions.Expect(page.Locator("canvas")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
        Assert.StartsWith("# expression: system_cpu_load_average_1m\n", await ExportAsync("CSV"));
        Assert.Contains("\"expression\":\"system_cpu_load_average_1m\"", (await ExportAsync("JSON")).Replace(": ", ":", StringComparison.Ordinal));
        Assert.StartsWith("\u0089PNG", await ExportAsync("PNG"));

        async Task<string> ExportAsync(string format)
        {
            await page.GetByRole(AriaRole.Button, new() { Name = "Query A: export and more" }).ClickAsync();
            var file = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Menuitem, new() { Name = $"Export {format}" }).ClickAsync());
            Assert.EndsWith($".{format.ToLowerInvariant()}", file.SuggestedFilename);
            return System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync((await file.PathAsync())!));
        }
    }

    [Fact]
    public async Task Who_writes_no_PromQL_clicks_it_together_and_finds_it_in_the_history()
    {
        var page = await OpenAsync("/explore");
        await page.GetByRole(AriaRole.Button, new() { Name = "Browse metrics" }).ClickAsync();
        var metrics = page.GetByRole(AriaRole.Complementary, new() { Name = "Metric browser" });
        await metrics.GetByRole(AriaRole.Searchbox, new() { Name = "Search metrics" }).FillAsync("bytes transmitted");
        await metrics.GetByRole(AriaRole.Button, new() { Name = "system_network_io_bytes_total" }).ClickAsync();
        await Assertions.Expect(Field(page)).ToHaveValueAsync("rate(system_network_io_bytes_total[1m])");
        await metrics.GetByRole(AriaRole.Button, new() { Name = "transmit", Exact = true }).ClickAsync();
        await metrics.GetByRole(AriaRole.Button, new() { Name = "Group by network_interface_name" }).ClickAsync();
        const string made = "sum by (network_interface_name) (rate(system_network_io_bytes_total{network_io_direction=\"transmit\"}[1m]))";
        await Assertions.Expect(Field(page)).ToHaveValueAsync(made);
        await Assertions.Expect(page.Locator("canvas")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });

        await page.GetByRole(AriaRole.Button, new() { Name = "History" }).ClickAsync();
        var history = page.GetByRole(AriaRole.Complementary, new() { Name = "Query history" });
        await Assertions.Expect(history.GetByRole(AriaRole.Listitem)).ToHaveCountAsync(1);
        await history.GetByRole(AriaRole.Button, new() { Name = "Star:" }).ClickAsync();
        await page.ReloadAsync();
        await Assertions.Expect(history.GetByRole(AriaRole.Button, new() { Name = "Star:" })).ToHaveAttributeAsync("aria-pressed", "true");
        await Field(page).FillAsync("up");
        await history.GetByTitle("Run it again").ClickAsync();
        await Assertions.Expect(Field(page)).ToHaveValueAsync(made);
    }

    [Fact]
    public async Task A_lost_server_is_said_and_tried_again()
    {
        var page = await OpenAsync(Load);
        await Assertions.Expect(page.Locator("canvas")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
        await page.RouteAsync("**/api/v1/query*", route => route.AbortAsync());
        await Field(page).FillAsync("system_cpu_load_average_15m");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("The server cannot be reached.")).ToBeVisibleAsync();
        await page.UnrouteAllAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Assertions.Expect(page.Locator("canvas")).ToBeVisibleAsync();
    }

    async Task<IPage> OpenAsync(string path)
    {
        var page = await browser.OpenAsync(fixture.Server, path, wait: false);
        await Assertions.Expect(Browser.LiveState(page)).ToContainTextAsync("Live", new() { Timeout = Browser.PatienceMs });
        return page;
    }

    static ILocator Field(IPage page, string query = "A") => page.GetByRole(AriaRole.Textbox, new() { Name = $"Query {query}: PromQL expression" });

    [GeneratedRegex("[0-9]")]
    private static partial Regex Digit();
}
