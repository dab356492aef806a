using System.Collections.Concurrent;
using System.Reflection;
using Barograph.EndToEnd;
using Microsoft.Playwright;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Browser))]
[assembly: ClosesPages]

namespace Barograph.EndToEnd;

/// <summary>One real browser for all tests; without one they are skipped. What a test opened is closed after it.</summary>
public sealed class Browser : IAsyncLifetime
{
    /// <summary>How long a test waits for what a page will show: long, for the machine may be busy with other things.</summary>
    internal const float PatienceMs = 120_000;

    static readonly string[] Candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    static readonly ConcurrentDictionary<string, ConcurrentBag<IBrowserContext>> Opened = new(StringComparer.Ordinal);

    IPlaywright? _playwright;
    IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        var path = Environment.GetEnvironmentVariable("CHROMIUM_PATH") ?? Candidates.FirstOrDefault(File.Exists);
        if (path is null)
            return;
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(PatienceMs);
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

    /// <summary>A cold browser at a page of the server.</summary>
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
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = theme,
            TimezoneId = "Europe/Berlin",
            Locale = "en-GB",
        });
        context.SetDefaultTimeout(PatienceMs);
        Opened.GetOrAdd(TestContext.Current.Test!.UniqueID, static _ => []).Add(context);
        return context;
    }

    /// <summary>Waits until the page says that it is live and has a processor value.</summary>
    internal static async Task WaitUntilLiveAsync(IPage page)
    {
        await Assertions.Expect(LiveState(page)).ToContainTextAsync("Live", new() { Timeout = Browser.PatienceMs });
        await page.Locator("canvas").First.WaitForAsync(new() { Timeout = Browser.PatienceMs });
    }

    internal static ILocator LiveState(IPage page) => page.GetByRole(AriaRole.Group, new() { Name = "Live updates" });

    /// <summary>Closes what a test opened, and waits for nothing: closing twice does no harm.</summary>
    internal static void CloseThoseOf(string test)
    {
        if (Opened.TryRemove(test, out var contexts))
        {
            foreach (var context in contexts)
                _ = context.CloseAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.CloseAsync();
        _playwright?.Dispose();
    }
}

/// <summary>A page that stays open goes on asking and drawing, or looks for its server for ever.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class ClosesPagesAttribute : BeforeAfterTestAttribute
{
    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Browser.CloseThoseOf(test.UniqueID);
}
