namespace Barograph.EndToEnd;

/// <summary>
/// Nothing moves while a page streams: 600 ticks with values of all magnitudes, sent as fast as the page draws them, with the crosshair on a chart.
/// The page is as tall as all that is on it, for what is not on the screen is not looked at.
/// </summary>
public sealed class LayoutShiftTests(Browser browser, OneServer fixture) : IClassFixture<OneServer>
{
    const int Ticks = 600;

    [Theory]
    [InlineData("/")]
    [InlineData("/host")]
    [InlineData("/explore?a=process_cpu_utilization_ratio&b=sum+by+(cpu_mode)+(rate(system_cpu_time_seconds_total%5B1m%5D))&b.draw=stacked")]
    public async Task Nothing_moves_while_a_page_streams(string path)
    {
        await fixture.Server.HasTicksAsync(15); // what needs a few samples is there
        var page = await browser.OpenAsync(fixture.Server, path, height: 4600, initScript: OwnTicks);
        await page.WaitForFunctionAsync("() => document.querySelectorAll('[aria-busy=true]').length === 0", null, new() { Timeout = Browser.PatienceMs });
        var plot = (await page.Locator(".plot").First.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(plot.X + plot.Width * 0.95f, plot.Y + 60);
        var moved = await page.EvaluateAsync<string[]>("ticks => window.sendTicks(ticks)", Ticks);
        Assert.True(moved.Length == 0, string.Join("\n", moved.Take(4)));
    }

    // lang=javascript
    const string OwnTicks = """
        // Stands between the page and its socket: when told to, it lets nothing more of the server through and makes ticks of its own,
        // one each time the page has drawn, with values of all magnitudes.
        (() => {
          const series = new Map(); // of each subscription: how many, and the generation
          const highest = new Map(); // the highest value of its history
          const steps = new Map();
          let handler = null;
          let newestMs = 0;
          let own = false;
          window.WebSocket = class extends WebSocket {
            set onmessage(listener) {
              handler = listener;
              super.onmessage = (event) => {
                if (own) return;
                note(event.data);
                listener(event);
              };
            }
            send(text) {
              const message = JSON.parse(text);
              if (message.type === 'subscribe' && message.endMs === undefined) steps.set(message.id, message.stepMs);
              if (message.type === 'unsubscribe') steps.delete(message.id);
              if (!own) super.send(text);
            }
          };
          function note(data) {
            if (typeof data !== 'string') {
              const view = new DataView(data);
              newestMs = Math.max(newestMs, Math.floor(view.getFloat64(8, true) / 1000) * 1000);
              if (view.getUint8(1) === 2) {
                const values = new Float64Array(data, 40).filter((value) => value > 0 && value < Infinity);
                highest.set(view.getUint32(4, true), values.reduce((max, value) => Math.max(max, value), 0) || 1);
              }
              return;
            }
            const message = JSON.parse(data);
            if (message.type === 'series') series.set(message.id, { count: message.series.length, generation: message.generation });
          }
          const shares = [0, 5.08e-6, 0.00508, 0.0123, 0.0999, 0.1, 0.47, 0.5, 0.996, 1];
          let seed = 42;
          const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
          function tick(timeMs) {
            const due = [...steps].filter(([id, step]) => series.has(id) && timeMs % step === 0);
            const bytes = 16 + due.reduce((sum, [id]) => sum + 16 + 8 * series.get(id).count, 0);
            const view = new DataView(new ArrayBuffer(bytes));
            view.setUint8(0, 1);
            view.setUint8(1, 1);
            view.setUint32(4, due.length, true);
            view.setFloat64(8, timeMs, true);
            let at = 16;
            for (const [id] of due) {
              const { count, generation } = series.get(id);
              view.setUint32(at, id, true);
              view.setUint32(at + 4, generation, true);
              view.setUint32(at + 8, count, true);
              at += 16;
              for (let i = 0; i < count; i++, at += 8) view.setFloat64(at, (highest.get(id) ?? 1) * shares[Math.floor(random() * shares.length)], true);
            }
            handler({ data: view.buffer });
          }
          const shifts = [];
          new PerformanceObserver((list) => shifts.push(...list.getEntries())).observe({ type: 'layout-shift', buffered: true });
          /** Sends so many ticks; gives what has moved since, and what it was. */
          window.sendTicks = async (count) => {
            own = true;
            const before = shifts.length;
            for (let i = 0; i < count; i++) {
              tick((newestMs += 1000));
              await new Promise(requestAnimationFrame);
            }
            await new Promise((resolve) => setTimeout(resolve, 300));
            return shifts
              .slice(before)
              .filter((one) => !one.hadRecentInput)
              // A number that is aligned to the right begins elsewhere when it has a digit more: that is no move of its place.
              .filter(({ sources }) => sources.some(({ previousRect: a, currentRect: b }) => Math.abs(a.x - b.x) + Math.abs(a.y - b.y) > 1))
              .map((one) => `${one.value}: ` + one.sources.map(({ node, previousRect: a, currentRect: b }) =>
                `${node?.nodeName} ${node?.className ?? ''} "${(node?.textContent ?? '').slice(0, 30)}" ${a.x},${a.y} ${a.width}x${a.height} to ${b.x},${b.y} ${b.width}x${b.height}`).join('; '));
          };
        })();
        """;
}
