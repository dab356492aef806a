using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Barograph.Bench;

/// <summary>
/// The routes that read events while many are kept: tasks, people, orders and a model over the last six hours are sent first, then each route is asked a few times.
/// Arguments: &lt;address&gt; &lt;process id&gt; [events, 1000000] [times, 5]. With 0 events it asks about what is there.
/// </summary>
internal static class EventsReadBench
{
    const int Batch = 5000, Hours = 6;

    static readonly string[] s_steps = ["home", "product", "basket", "checkout", "order"];

    static readonly string[] s_routes =
    [
        "events/kinds", "events", "events?type=business&where=name:order", "events?text=customer-77777", "events?where=value:nothing", "events?type=nobody.knows", "tasks", "tasks?status=failed&task_type=import",
        "tasks?text=file-999.csv", "tasks/t-10", "tasks/nobody", "pipelines", "models", "models/fraud", "activity/usage?by=user", "activity/usage?by=api", "activity/journeys",
        "activity/funnel?journey=buy", "funnel?step=business:cart_created&step=business:order", "events/export?type=task.finished&where=status:failed",
    ];

    public static void Run(string[] arguments) => RunAsync(arguments).GetAwaiter().GetResult();

    static async Task RunAsync(string[] arguments)
    {
        int Whole(int i, int otherwise) => arguments.Length > i ? int.Parse(arguments[i], CultureInfo.InvariantCulture) : otherwise;
        using var http = new HttpClient { BaseAddress = new Uri(new Uri(arguments[0]), "/api/v1/"), Timeout = TimeSpan.FromMinutes(5) };
        var (server, events, times) = (Whole(1, 0), Whole(2, 1_000_000), Whole(3, 5));
        await SendAsync(http, events);
        Console.WriteLine($"{await KeptAsync(http):N0} events are kept; resident {ServerUse.Of(server).ResidentMb:F0} MB before");
        foreach (var route in s_routes)
        {
            var (waits, bytes) = (new List<double>(), 0L);
            var cpu = ServerUse.Of(server).CpuSeconds;
            for (var i = 0; i < times; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                using var answer = await http.GetAsync(route);
                bytes = (await answer.Content.ReadAsByteArrayAsync()).LongLength;
                waits.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }

            waits.Sort();
            Console.WriteLine($"{route,-62} {waits[times / 2],8:F1} ms (p50) {waits[^1],8:F1} ms (most) {(ServerUse.Of(server).CpuSeconds - cpu) / times * 1000,8:F0} ms of processor time {bytes,12:N0} bytes");
        }

        Console.WriteLine($"resident {ServerUse.Of(server).ResidentMb:F0} MB after; peak {ServerUse.Of(server).PeakMb:F0} MB");
    }

    static async Task SendAsync(HttpClient http, int events)
    {
        var text = new StringBuilder();
        var begun = DateTimeOffset.UtcNow.AddHours(-Hours).ToUnixTimeMilliseconds();
        var run = begun.ToString("x", CultureInfo.InvariantCulture);
        for (var number = 0; number < events;)
        {
            text.Clear();
            for (var i = 0; i < Batch && number < events; i++, number++)
                Write(text, number, run, begun / 1000.0 + (double)number / events * Hours * 3600);
            using var body = new StringContent(text.ToString());
            using var answer = await http.PostAsync("events", body);
            answer.EnsureSuccessStatusCode();
        }
    }

    static void Write(StringBuilder text, int number, string run, double time)
    {
        var visit = number / 100 * 10 + number % 10; // somebody's events lie near each other
        FormattableString one = (number % 10) switch
        {
            0 or 5 => $$"""{"type":"task.finished","task_id":"t-{{(number < 100 ? "" : run + "-")}}{{number}}","task_type":"{{(number % 3 == 0 ? "import" : "mail")}}","status":"{{(number % 70 == 0 ? "failed" : "succeeded")}}","component":"c{{number % 7}}","queue":"q{{number % 3}}","worker":"w{{number % 11}}","duration_seconds":{{number % 100 / 10.0}},"cpu_seconds":0.5,"memory_bytes":1048576,"context":{"file":"file-{{number % 10_000}}.csv"},"time":{{time:F3}} }""",
            1 or 2 => $$"""{"type":"activity","journey":"buy","step":"{{s_steps[number / 10 % (1 + (visit % 5))]}}","user":"u{{visit % 5000}}","organisation":"o{{visit % 50}}","session":"s{{visit}}","time":{{time:F3}} }""",
            3 => $$"""{"type":"activity","api":"GET /products/{id}","status":200,"duration_seconds":0.01,"user":"u{{visit % 5000}}","organisation":"o{{visit % 50}}","session":"s{{visit}}","time":{{time:F3}} }""",
            4 => $$"""{"type":"activity","page":"/products/{id}","user":"u{{visit % 5000}}","session":"s{{visit}}","time":{{time:F3}} }""",
            6 => $$"""{"type":"business","name":"cart_created","session":"s{{number / 100}}","context":{"customer":"customer-{{number % 100_000}}"},"time":{{time:F3}} }""",
            7 => $$"""{"type":"business","name":"order","value":{{number % 977 / 10.0}},"currency":"EUR","session":"s{{number / 200}}","time":{{time:F3}} }""",
            8 => $$"""{"type":"model.prediction","model":"fraud","version":"{{number % 2}}","prediction_id":"{{run}}-{{number / 10}}","predicted":{{(number % 9 == 0 ? "true" : "false")}},"score":{{number % 100 / 100.0}},"time":{{time:F3}} }""",
            _ => $$"""{"type":"model.outcome","model":"fraud","prediction_id":"{{run}}-{{number / 10}}","actual":{{(number % 11 == 0 ? "true" : "false")}},"time":{{time:F3}} }""",
        };
        text.Append(one.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    static async Task<long> KeptAsync(HttpClient http) =>
        (await http.GetFromJsonAsync<JsonElement>("events/kinds")).GetProperty("kinds").EnumerateArray().Sum(static kind => kind.GetProperty("count").GetInt64());
}
