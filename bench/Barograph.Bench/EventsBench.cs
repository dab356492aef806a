using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Barograph.Bench;

/// <summary>
/// Events into a server over HTTP at a steady rate, with 50 definitions: what it costs that server, and whether every event is in the series afterwards. Arguments:
/// &lt;address&gt; &lt;process id&gt; [events a second, 20000] [seconds, 30] [events a request, 500] [senders, 4].
/// </summary>
internal static class EventsBench
{
    const int Definitions = 50;

    static readonly string[] s_aggregations = ["count", "sum", "rate", "avg", "min", "max", "percentile", "distinct"];

    public static void Run(string[] arguments) => RunAsync(arguments).GetAwaiter().GetResult();

    static async Task RunAsync(string[] arguments)
    {
        int Whole(int i, int otherwise) => arguments.Length > i ? int.Parse(arguments[i], CultureInfo.InvariantCulture) : otherwise;
        using var http = new HttpClient { BaseAddress = new Uri(arguments[0]) };
        using var server = Process.GetProcessById(Whole(1, 0));
        var (rate, seconds, batch, senders) = (Whole(2, 20_000), Whole(3, 30), Whole(4, 500), Whole(5, 4));
        await DefineAsync(http);
        var before = await CountedAsync(http);
        var cpu = server.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var results = await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(() => SendAsync(http, sender, (double)rate / senders / batch, batch, watch, seconds))));
        var elapsed = watch.Elapsed.TotalSeconds;
        server.Refresh();
        var used = (server.TotalProcessorTime - cpu).TotalSeconds;
        var accepted = results.Sum(static one => one.Accepted);
        var waits = results.SelectMany(static one => one.Waits).Order().ToList();
        Console.WriteLine($"{accepted:N0} events in {elapsed:F1} s: {accepted / elapsed:N0} events/s, every one on disk before its answer, {Definitions} definitions");
        Console.WriteLine($"  processor {used / elapsed:P0} of a core, {used / accepted * 1e6:F1} µs an event; resident {server.WorkingSet64 / 1e6:F0} MB; peak {server.PeakWorkingSet64 / 1e6:F0} MB");
        Console.WriteLine($"  a request of {batch} events took {waits[waits.Count / 2]:F1} ms (p50), {waits[(int)(waits.Count * 0.99)]:F1} ms (p99); {results.Sum(static one => one.Refused)} were refused");
        var derived = 0.0;
        while (derived < accepted && watch.Elapsed.TotalSeconds < elapsed + 60)
        {
            await Task.Delay(200);
            derived = await CountedAsync(http) - before;
        }

        Console.WriteLine($"  in the series {watch.Elapsed.TotalSeconds - elapsed:F1} s after the last answer: {derived:N0}");
    }

    static async Task DefineAsync(HttpClient http)
    {
        for (var i = 0; i < Definitions; i++)
        {
            var aggregation = s_aggregations[i % s_aggregations.Length];
            var field = aggregation is "count" or "rate" ? "" : aggregation == "distinct" ? ",\"field\":\"user\"" : ",\"field\":\"value\"";
            using var body = new StringContent($$"""{"name":"bench_{{i}}","source":{"event":"business","where":{"name":"n{{i % 10}}"} },"aggregation":"{{aggregation}}"{{field}},"labels":["currency"]}""");
            using var answer = await http.PutAsync($"/api/v1/definitions/bench_{i}", body);
            answer.EnsureSuccessStatusCode();
        }
    }

    static async Task<(long Accepted, long Refused, List<double> Waits)> SendAsync(HttpClient http, int sender, double requestsPerSecond, int batch, Stopwatch watch, int seconds)
    {
        var (accepted, refused, waits) = (0L, 0L, new List<double>());
        var begun = watch.Elapsed.TotalSeconds;
        var text = new StringBuilder();
        for (var request = 0; watch.Elapsed.TotalSeconds - begun < seconds; request++)
        {
            var due = begun + request / requestsPerSecond - watch.Elapsed.TotalSeconds;
            if (due > 0)
                await Task.Delay(TimeSpan.FromSeconds(due));
            text.Clear();
            for (var i = 0; i < batch; i++)
            {
                var number = (long)request * batch + i;
                text.Append(CultureInfo.InvariantCulture, $$"""{"type":"business","id":"{{begun:F3}}-{{sender}}-{{number}}","name":"n{{number % 10}}","value":{{number % 977 / 10.0}},"currency":"{{(number % 3 == 0 ? "EUR" : "USD")}}","user":"u{{number % 5000}}","session":"s{{number % 20000}}","context":{"region":"eu","shop":{{number % 7}} } }""").Append('\n');
            }

            var came = watch.Elapsed;
            using var body = new StringContent(text.ToString());
            using var answer = await http.PostAsync("/api/v1/events", body);
            waits.Add((watch.Elapsed - came).TotalMilliseconds);
            if (answer.IsSuccessStatusCode)
                accepted += (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accepted").GetInt64();
            else
                refused++;
        }

        return (accepted, refused, waits);
    }

    static async Task<double> CountedAsync(HttpClient http)
    {
        var answer = await http.GetFromJsonAsync<JsonElement>("/api/v1/query?query=sum(sum_over_time(events_accepted[1h]))&time=" + (DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 2));
        var result = answer.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? 0 : double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }
}
