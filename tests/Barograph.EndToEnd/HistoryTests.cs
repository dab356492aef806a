using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Barograph.EndToEnd;

public sealed class HistoryTests(Browser browser)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_restart_the_history_is_still_there(bool killed)
    {
        await using var server = await RunningServer.StartAsync();
        await server.HasTicksAsync(4);
        var before = DateTimeOffset.UtcNow;
        if (killed)
            await server.KillAsync();
        else
            await server.StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(2));
        await server.StartAgainAsync();
        var page = await browser.OpenAsync(server);
        await page.GetByRole(AriaRole.Button, new() { Name = "Load: show data table" }).ClickAsync();
        var table = page.GetByRole(AriaRole.Region, new() { Name = "Load data" });
        var shown = before.AddSeconds(-3).ToOffset(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin").GetUtcOffset(before));
        await Assertions.Expect(table).ToContainTextAsync(new Regex(shown.ToString("HH:mm", CultureInfo.InvariantCulture)), new() { Timeout = Browser.PatienceMs });
    }
}
