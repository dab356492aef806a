using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

// Usage: Barograph.BrowserBench <server address> <folder of the drawing page> [seconds per measurement]
if (args.Length < 2)
{
    Console.Error.WriteLine("usage: Barograph.BrowserBench <server address> <folder of the drawing page> [seconds per measurement]");
    return 2;
}

var (server, drawingPage) = (args[0], args[1]);
var seconds = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 60;
var chromium = Environment.GetEnvironmentVariable("CHROMIUM_PATH") ?? "/usr/bin/chromium";
if (!File.Exists(chromium))
{
    Console.Error.WriteLine($"{chromium} does not exist; install Chromium or set CHROMIUM_PATH.");
    return 1;
}

using var playwright = await Playwright.CreateAsync();
await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
{
    ExecutablePath = chromium,
    Args =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
        "--disable-features=LocalNetworkAccessChecks", // the drawing page is put in by us, so the browser does not know that it is local
    ],
});

await MeasureFirstPageAsync();
await MeasureLatencyAsync();
await MeasureDrawingAsync();
return 0;

// Cold contexts: nothing cached. Sizes are what went over the wire, so they are Brotli's when the server is the published one.
async Task MeasureFirstPageAsync()
{
    var firstCharts = new List<double>();
    JsonElement sizes = default;
    for (var i = 0; i < 15; i++)
    {
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } });
        var page = await context.NewPageAsync();
        await Task.Delay(TimeSpan.FromSeconds(1)); // the browser makes a window and a process for the tab, which is not the page's load
        await page.GotoAsync(server);
        await Task.Delay(TimeSpan.FromSeconds(2)); // asking earlier would put the driver's own script in front of the chart
        await page.WaitForFunctionAsync("() => performance.getEntriesByName('first-chart').length > 0", null, new() { Timeout = 15_000 });
        firstCharts.Add(await page.EvaluateAsync<double>("performance.getEntriesByName('first-chart')[0].startTime"));
        sizes = (await page.EvaluateAsync<JsonElement?>("""
            Object.fromEntries(['.js', '.css', '.woff2'].map(end => [end.slice(1),
              performance.getEntriesByType('resource').filter(r => new URL(r.name).pathname.endsWith(end)).reduce((n, r) => n + r.encodedBodySize, 0)]))
            """))!.Value;
    }

    firstCharts.Sort();
    Console.WriteLine($"first page    script {sizes.GetProperty("js").GetDouble() / 1000:0.0} kB, style {sizes.GetProperty("css").GetDouble() / 1000:0.0} kB, font {sizes.GetProperty("woff2").GetDouble() / 1000:0.0} kB over the wire");
    Console.WriteLine($"first chart   {firstCharts.Count} cold loads: best {firstCharts[0]:0} ms, median {Percentile(firstCharts, 50):0} ms, worst {firstCharts[^1]:0} ms");
}

// For each tick: from the second that it is of (the moment /proc was read, or before) until the last chart that it moved was on the screen.
async Task MeasureLatencyAsync()
{
    await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } });
    var page = await context.NewPageAsync();
    await page.AddInitScriptAsync("""
        (() => {
          const ticks = (window.barographTicks = []);
          const Plain = window.WebSocket;
          window.WebSocket = class extends Plain {
            constructor(...args) {
              super(...args);
              this.addEventListener('message', ({ data }) => {
                if (typeof data !== 'string' && new DataView(data).getUint8(1) === 1)
                  ticks.push({ tick: new DataView(data).getFloat64(8, true), came: performance.timeOrigin + performance.now(), shown: 0 });
              });
            }
          };
          for (const name of ['stroke', 'fill']) {
            const plain = CanvasRenderingContext2D.prototype[name];
            CanvasRenderingContext2D.prototype[name] = function (...args) {
              const tick = ticks.at(-1);
              // The frame after the one that was drawn in begins when that one has been handed over.
              if (tick && !tick.waiting) {
                tick.waiting = true;
                requestAnimationFrame(() => { tick.waiting = false; tick.shown = performance.timeOrigin + performance.now(); });
              }
              return plain.apply(this, args);
            };
          }
        })()
        """);
    await page.GotoAsync(server);
    await page.WaitForTimeoutAsync(5_000);
    await page.EvaluateAsync("barographTicks.length = 0");
    await page.WaitForTimeoutAsync(seconds * 1000f);
    var shown = await page.EvaluateAsync<double[]>("barographTicks.slice(0, -1).filter(t => t.shown).map(t => t.shown - t.tick)");
    var came = await page.EvaluateAsync<double[]>("barographTicks.slice(0, -1).map(t => t.came - t.tick)");
    Print("tick to page ", came, "from the second that is measured to the frame's arrival");
    Print("tick to pixel", shown, "from the second that is measured to the last chart on the screen");
}

// The drawing page: 24 panels of 4 series at 1 s over the server's own live stream, and single charts of 1,000 points.
async Task MeasureDrawingAsync()
{
    await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1920, Height = 1900 }, BypassCSP = true });
    var page = await context.NewPageAsync();
    await page.RouteAsync("**/bench/**", route =>
    {
        var path = new Uri(route.Request.Url).AbsolutePath["/bench/".Length..];
        return route.FulfillAsync(new() { Path = Path.Combine(drawingPage, path.Length == 0 ? "index.html" : path) });
    });
    await page.GotoAsync(server.TrimEnd('/') + "/bench/");
    await page.WaitForFunctionAsync("() => document.querySelectorAll('canvas').length >= 24", null, new() { Timeout = 30_000 });
    await page.WaitForTimeoutAsync(3_000);
    var frames = await page.EvaluateAsync<JsonElement?>("""
        seconds => new Promise(done => {
          const frames = [], tasks = [];
          new PerformanceObserver(list => list.getEntries().forEach(entry => tasks.push(entry.duration))).observe({ type: 'longtask' });
          const until = performance.now() + seconds * 1000;
          let last = performance.now();
          requestAnimationFrame(function frame(now) {
            frames.push(now - last);
            last = now;
            if (now < until) requestAnimationFrame(frame);
            else done({ frames: frames.slice(1), tasks: tasks.length, heap: performance.memory?.usedJSHeapSize ?? 0 });
          });
        })
        """, seconds);
    var times = frames!.Value.GetProperty("frames").EnumerateArray().Select(static frame => frame.GetDouble()).ToArray();
    Print("frames       ", times, $"24 panels x 4 series at 1 s: {1000 * times.Length / times.Sum():0.0} frames a second, {frames.Value.GetProperty("tasks").GetInt32()} long tasks, heap {frames.Value.GetProperty("heap").GetDouble() / 1e6:0.0} MB");
    foreach (var series in new[] { 1, 4 })
        Print($"draw {series} x 1000", await page.EvaluateAsync<double[]>($"measureDraws(1000, {series}, 200)"), "one chart drawn and rasterised");
}

static void Print(string what, double[] milliseconds, string meaning)
{
    var sorted = milliseconds.Order().ToList();
    Console.WriteLine(sorted.Count == 0 ? $"{what} nothing measured" : $"{what} p50 {Percentile(sorted, 50):0.0} ms, p95 {Percentile(sorted, 95):0.0} ms, p99 {Percentile(sorted, 99):0.0} ms, worst {sorted[^1]:0.0} ms (n = {sorted.Count}; {meaning})");
}

static double Percentile(List<double> sorted, int percent) => sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(sorted.Count * percent / 100.0) - 1)];
