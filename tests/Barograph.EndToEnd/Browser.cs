using Microsoft.Playwright;

namespace Barograph.EndToEnd;

/// <summary>One real browser for all tests of the collection; without one they are skipped.</summary>
public sealed class Browser : IAsyncLifetime
{
    static readonly string[] Candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    IPlaywright? _playwright;
    IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var path = Environment.GetEnvironmentVariable("CHROMIUM_PATH") ?? Candidates.FirstOrDefault(File.Exists);
        if (path is null)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    /// <summary>A cold browser at a page of the server. Errors the page logs fail the test when it is disposed of.</summary>
    internal async Task<IPage> OpenAsync(RunningServer server, string path = "/", int width = 1440, int height = 900, ColorScheme theme = ColorScheme.Dark, bool wait = true, string? initScript = null)
    {
        var context = await NewContextAsync(width, height, theme);
        var page = await context.NewPageAsync();
        if (initScript is not null)
            await page.AddInitScriptAsync(initScript);
        await page.GotoAsync(new Uri(server.Address, path).ToString());
        if (wait)
            await WaitUntilLiveAsync(page);
        return page;
    }

    internal async Task<IBrowserContext> NewContextAsync(int width, int height, ColorScheme theme)
    {
        Assert.SkipWhen(_browser is null, "No Chromium was found; install it (apt install chromium) or set CHROMIUM_PATH.");
        return await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = theme,
            TimezoneId = "Europe/Berlin",
            Locale = "en-GB",
        });
    }

    /// <summary>Waits until the page says that it is live and has a processor value.</summary>
    internal static async Task WaitUntilLiveAsync(IPage page)
    {
        await Assertions.Expect(LiveState(page)).ToContainTextAsync("Live", new() { Timeout = 15_000 });
        await page.Locator("canvas").First.WaitForAsync(new() { Timeout = 15_000 });
    }

    internal static ILocator LiveState(IPage page) => page.GetByRole(AriaRole.Group, new() { Name = "Live updates" });

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<Browser>
{
    public const string Name = "browser";
}
