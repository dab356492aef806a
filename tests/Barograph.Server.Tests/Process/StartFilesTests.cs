using System.Net;
using Barograph.Server.Events;
using Barograph.Server.Processes;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Barograph.Server.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Processes;

/// <summary>Every kind of file that a start reads, damaged in every way: a sentence, or a start without it; never a failure that nobody expected.</summary>
public sealed class StartFilesTests(ITestOutputHelper output) : IDisposable
{
    const int Seed = 20261129;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("empty")]
    [InlineData("half")]
    [InlineData("rubbish")]
    [InlineData("folder")]
    public async Task A_damaged_file_ends_in_a_sentence_or_in_a_start_without_it(string damage)
    {
        var whole = _folder.Sub("whole");
        await FillAsync(whole);
        var files = Directory.EnumerateFiles(whole, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(whole, file))
            .GroupBy(static file => (Path.GetDirectoryName(file), Path.GetExtension(file) is { Length: > 0 } kind ? kind : Path.GetFileName(file)))
            .Select(static kind => kind.Order(StringComparer.Ordinal).Last()).Where(static file => !file.EndsWith("lock", StringComparison.Ordinal)).ToList();
        output.WriteLine($"{files.Count} kinds of files: {string.Join(", ", files)}");
        Assert.Contains("events/definitions.json", files);
        foreach (var file in files)
        {
            var data = _folder.Sub($"{damage}-{files.IndexOf(file)}");
            Copy(whole, data);
            Damage(Path.Combine(data, file), damage);
            await StartAsync(data, file);
            Directory.Delete(data, recursive: true);
        }
    }

    async Task StartAsync(string data, string file)
    {
        var settings = Settings(data);
        await using var app = BarographServer.Build(settings);
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Stopped before it had started, with a sentence: below.
        }

        var opened = app.Services.GetRequiredService<OpenedStore>();
        var events = app.Services.GetRequiredService<EventDesk>();
        for (var waited = 0; opened.Failure is null && (opened.Current is null || (events.Log is null && events.Failure is null)); waited++)
        {
            Assert.True(waited < 12_000, $"{file}: neither a start nor a sentence");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        output.WriteLine($"{file}: {opened.Failure ?? events.Failure ?? "started"}");
        Assert.All(app.Services.GetRequiredService<Workers>().All, one => Assert.True(one.Failures == 0, $"{file}: {one.Name}: {one.LastFailure}"));
        Assert.DoesNotContain("\n", opened.Failure ?? events.Failure ?? "", StringComparison.Ordinal);
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    static async Task FillAsync(string data)
    {
        for (var life = 0; life < 2; life++)
        {
            await using var app = BarographServer.Build(Settings(data));
            await app.StartAsync();
            await app.Services.GetRequiredService<EventDesk>().Opened.WaitAsync(TimeSpan.FromMinutes(2));
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            using var events = new StringContent($$"""{"type":"business","name":"order","user":"ada","id":"e{{life}}","value":5}""");
            using var definition = new StringContent("""{"name":"by_user","source":{"event":"business"},"aggregation":"count","labels":[{"field":"user","hash":true}]}""");
            foreach (var (path, body) in new[] { ("/api/v1/definitions", definition), ("/api/v1/events", events) })
            {
                using var answer = await client.PostAsync(path, body);
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.Conflict, await answer.Content.ReadAsStringAsync());
            }

            const string Span = """{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00000000000000000000000000000001","spanId":"0000000000000001","name":"a","startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}""";
            const string Log = """{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"a"}}]}]}]}""";
            foreach (var (path, body) in new[] { ("/v1/traces", Span), ("/v1/logs", Log) })
            {
                using var json = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
                using var answer = await client.PostAsync(path, json);
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            }

            await app.Services.GetRequiredService<EventDesk>().Derivation!.FlushAsync();
            await app.StopAsync();
        }
    }

    static ServerSettings Settings(string data) => new() { Port = 0, Listen = IPAddress.Loopback, Data = data, Collect = null, OtlpGrpcPort = 0, OtlpHttpPort = 0 };

    static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }

    static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        if (how == "folder")
        {
            Directory.CreateDirectory(path);
            return;
        }

        if (how == "rubbish")
            new Random(Seed).NextBytes(bytes);
        File.WriteAllBytes(path, how switch { "empty" => [], "half" => bytes[..(bytes.Length / 2)], _ => bytes });
    }
}
