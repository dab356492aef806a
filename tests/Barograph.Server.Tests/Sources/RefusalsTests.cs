using System.Net.Sockets;
using System.Text;
using Barograph.Server.Ingest.StatsD;
using Barograph.Server.Measures;
using Barograph.Server.Sources;
using Barograph.Server.Tests.Ingest;
using Barograph.TimeSeries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static Barograph.Server.Tests.Ingest.RemoteWriteMessage;

namespace Barograph.Server.Tests.Sources;

/// <summary>Whatever is refused, and wherever, is counted as a series, kept with an example, and logged once.</summary>
public sealed class RefusalsTests
{
    /// <summary>A label that no series may have.</summary>
    static readonly string TooLong = new('v', 5000);

    [Fact]
    public async Task Every_door_and_the_host_itself_count_keep_an_example_and_log_once_what_is_refused()
    {
        await using var target = await ServePageAsync($"good 1\nlong{{l=\"{TooLong}\"}} 1\n");
        var folder = Directory.CreateTempSubdirectory("barograph-refusals-");
        var config = Path.Combine(folder.FullName, "scrape.yml");
        await File.WriteAllTextAsync(config, $$"""
            global: { scrape_interval: 1s }
            scrape_configs:
              - { job_name: page, static_configs: [ { targets: ['{{new Uri(target.Urls.First()).Authority}}', '127.0.0.1:1'] } ] }
            """, TestContext.Current.CancellationToken);
        await using var server = await RunningServer.StartAsync(
            TimeSpan.FromSeconds(1), settings => settings with { StatsDPort = 0, Scrape = config });
        using var log = new CollectingLog();
        server.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        for (var again = 0; again < 2; again++)
            await RefuseAtEveryDoorAsync(server);

        (string Door, string Sender, RefusalReason Reason)[] expected =
        [
            ("remote write", "", RefusalReason.LabelLimit), // one request with two reasons: each has its own count
            ("remote write", "", RefusalReason.InFuture),
            ("remote write", "", RefusalReason.MalformedRequest),
            ("remote write", "", RefusalReason.WrongMediaType),
            ("OTLP", "", RefusalReason.LabelLimit),
            ("OTLP", "", RefusalReason.MalformedRequest),
            ("OTLP traces", "", RefusalReason.MalformedPart),
            ("OTLP logs", "", RefusalReason.MalformedPart),
            ("Influx line protocol", "", RefusalReason.MalformedPart),
            ("Influx line protocol", "", RefusalReason.TooOld),
            ("JSON events", "", RefusalReason.InvalidEvent),
            ("StatsD", "127.0.0.1", RefusalReason.MalformedPart),
            ("StatsD", "all senders, added up", RefusalReason.LabelLimit),
            ("scrape", "page http://", RefusalReason.LabelLimit),
            ("scrape", "page http://127.0.0.1:1/metrics", RefusalReason.ScrapeFailed),
            (SourceLedger.OwnDoor, "", RefusalReason.OtherValue),
            (SourceLedger.DerivedDoor, "events", RefusalReason.OtherValue),
            (SourceLedger.DerivedDoor, "definition much_too_long", RefusalReason.LabelLimit),
        ];
        var sources = server.Services.GetRequiredService<SourceLedger>();
        foreach (var (door, sender, reason) in expected)
        {
            SourceRejection? Kept() => sources.All.Where(source => source.Door == door && source.Sender.StartsWith(sender, StringComparison.Ordinal))
                .SelectMany(static source => source.Rejections).FirstOrDefault(rejection => rejection.Reason == reason.Text());
            await Peer.UntilAsync(() => Task.FromResult(Kept() is { Count: >= 1, Example.Length: > 5 }), $"{door}, {sender}: {reason} has an example", 120);
            var kept = Kept()!.Count;
            Assert.True(Counted(server, door, reason) >= kept, $"{door}, {reason}: counted are {Counted(server, door, reason)} of {kept}");
        }

        foreach (var (door, sender, reason) in expected)
        {
            bool IsIt(string line) => line.Contains("not logged again", StringComparison.Ordinal)
                && line.StartsWith($"{door}, {sender}", StringComparison.Ordinal) && line.Contains($": {reason.Text()}: ", StringComparison.Ordinal);
            // It is counted first and logged then, by another thread than this one.
            await Peer.UntilAsync(() => Task.FromResult(log.Lines.Any(IsIt)), $"{door}, {sender}: {reason} is logged", 120);
            Assert.Single(log.Lines, IsIt);
        }

        folder.Delete(recursive: true);
    }

    static async Task RefuseAtEveryDoorAsync(RunningServer server)
    {
        using var http = server.Client;
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var cancel = TestContext.Current.CancellationToken;
        async Task PostAsync(string path, byte[] body, string? type, string? encoding = null)
        {
            using var content = new ByteArrayContent(body);
            if (type is not null)
                content.Headers.ContentType = new(type);
            if (encoding is not null)
                content.Headers.ContentEncoding.Add(encoding);
            using var answer = await http.PostAsync(path, content, cancel);
            Assert.True((int)answer.StatusCode < 500, $"{path}: {answer.StatusCode}");
        }

        var mixed = V1(
            new TestSeries([("__name__", "long"), ("l", TooLong)], (1, nowMs)), Series("ahead", (1, nowMs + 3_600_000)), Series("good", (again(), nowMs)));
        await PostAsync("/api/v1/write", Snappy(mixed), "application/x-protobuf", "snappy");
        await PostAsync("/api/v1/write", [0xFF, 0xFF], "application/x-protobuf", "snappy");
        await PostAsync("/api/v1/write", [], "image/png", "snappy");
        await PostAsync("/v1/metrics", Text($$$"""
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"otlp_long","gauge":{"dataPoints":[
              {"asDouble":1,"attributes":[{"key":"l","value":{"stringValue":"{{{TooLong}}}"}}]}]}}]}]}]}
            """), "application/json");
        await PostAsync("/v1/metrics", Text("{"), "application/json");
        await PostAsync("/v1/traces", Text("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"no id"}]}]}]}"""), "application/json");
        await PostAsync("/v1/logs", Text("""{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"no time"}}]}]}]}"""), "application/json");
        await PostAsync("/write?precision=ms", Text($"m v=x {nowMs}\nold v=1 1\n"), "text/plain");
        await PostAsync("/api/v1/events", Text("""{"type":"task.finished"}"""), "application/json");
        await PostAsync("/api/v1/events", Text("""{"type":"business","name":"order"}"""), "application/json");
        using (var udp = new UdpClient())
        {
            var port = server.Services.GetRequiredService<StatsDListener>().EndPoint.Port;
            await udp.SendAsync(Text($"broken\nlong:1|c|#tag:{TooLong}\n"), "127.0.0.1", port, cancel);
        }

        await PostAsync("/api/v1/definitions", Text($$$"""
            {"name":"much_too_long","source":{"promql":"label_replace(vector(1), \"l\", \"{{{TooLong}}}\", \"\", \"\")"}}
            """), "application/json");
        await TakeTheTimesOfAsync(server, "system_uptime_seconds", nowMs, static second => second);
        await TakeTheTimesOfAsync(server, "events_accepted", nowMs, static second => second + 1, second => second + 2, second => second + 3);
        await PostAsync("/api/v1/events", Text("""{"type":"business","name":"order"}"""), "application/json");

        double again() => nowMs % 1000;
    }

    /// <summary>Puts other values where the server will put its own.</summary>
    static async Task TakeTheTimesOfAsync(RunningServer server, string metric, long nowMs, params Func<long, long>[] placesOfSecond)
    {
        Labels? labels = null;
        await Peer.UntilAsync(() => Task.FromResult((labels = Find()) is not null), $"{metric} is there", 40);
        var batch = new SampleBatch();
        var index = batch.AddSeries(labels!);
        for (var second = nowMs / 1000 * 1000; second < nowMs + 120_000; second += 1000)
        {
            foreach (var place in placesOfSecond)
                batch.Add(index, place(second), -7);
        }

        await server.Store.AppendAsync(batch);

        Labels? Find()
        {
            using var selection = server.Store.Select([new Matcher(Barograph.TimeSeries.MatchType.Equal, Labels.MetricName, metric)], TimeRange.All);
            return selection.Series.Count == 0 ? null : selection.Series[0].Labels;
        }
    }

    static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    static async Task<WebApplication> ServePageAsync(string page)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/metrics", (HttpContext http) => http.Response.WriteAsync(page));
        await app.StartAsync();
        return app;
    }

    /// <summary>What the server counts of a door and reason.</summary>
    static double Counted(RunningServer server, string door, RefusalReason reason)
    {
        var count = 0.0;
        foreach (var family in server.Services.GetRequiredService<OwnMeasures>().Families.Where(static one => one.Name == "barograph_refused_samples_total"))
            family.Read(sample => count += sample.LabelValues.SequenceEqual([door, reason.Label()]) ? sample.Value : 0);
        return count;
    }
}
