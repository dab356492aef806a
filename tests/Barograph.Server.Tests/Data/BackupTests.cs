using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Barograph.Server.Data;
using Barograph.Server.Data.Backup;
using Barograph.Server.Events;
using Barograph.Server.Settings;
using Barograph.TimeSeries;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Data;

/// <summary>The data folder goes into a backup as a whole, and comes out of it as a whole, or not at all.</summary>
public sealed class BackupTests : IDisposable
{
    const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    const string Definition = """{"name":"order_value","source":{"event":"business","where":{"name":"order"}},"aggregation":"sum","field":"value"}""";

    readonly string _folder = Directory.CreateTempSubdirectory("barograph-backup-").FullName;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    string Target => Path.Combine(_folder, "backup");

    string Restored => Path.Combine(_folder, "restored");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static ServerSettings Hashing(ServerSettings settings) => settings with { EventsHashIdentities = true };

    static async Task<RunningServer> OpenAsync(RunningServer server)
    {
        await server.Services.GetRequiredService<EventDesk>().Opened.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        using var client = server.Client;
        await Ingest.Peer.UntilAsync(async () => (await client.GetAsync("/api/v1/logs")).IsSuccessStatusCode
            && (await client.GetAsync($"/api/v1/traces/{TraceId}")).StatusCode is HttpStatusCode.NotFound or HttpStatusCode.OK
            && File.Exists(Path.Combine(server.Folder, ControlFile.Name)), "everything is open");
        return server;
    }

    static string Order(int i) => $$"""{"type":"business","name":"order","id":"o{{i}}","value":{{i % 7}},"user":"u{{i % 11}}","order_id":"{{i}}"}""";

    static async Task PostAsync(HttpClient client, string path, string body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(path, content, Stop);
        Assert.True(answer.StatusCode == expected, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Stop)}");
    }

    static async Task<(int Accepted, int Duplicates)> SendAsync(HttpClient client, IEnumerable<int> orders)
    {
        using var content = new StringContent(string.Join('\n', orders.Select(Order)), Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("/api/v1/events", content, Stop);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(Stop);
        Assert.Equal(0, json.GetProperty("rejected").GetInt32());
        return (json.GetProperty("accepted").GetInt32(), json.GetProperty("duplicates").GetInt32());
    }

    static string Span(int i) => $$$"""
        {"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"{{{TraceId}}}","spanId":"{{{i + 1:x16}}}","name":"s{{{i}}}",
          "startTimeUnixNano":"{{{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}}}000000","endTimeUnixNano":"{{{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}}}000000"}]}]}]}
        """;

    static string Log(int i) => $$$$"""
        {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"{{{{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}}}}000000","body":{"stringValue":"l{{{{i}}}}"}}]}]}]}
        """;

    /// <summary>What the series of orders say: how many there were, and what they were worth.</summary>
    static async Task<(double Events, double Value, double Defined)> CountedAsync(RunningServer server)
    {
        await server.Services.GetRequiredService<EventDesk>().Derivation!.FlushAsync();
        double Sum(string name)
        {
            using var selection = server.Store.Select([new Matcher(TimeSeries.MatchType.Equal, Labels.MetricName, name)], TimeRange.All);
            double sum = 0;
            foreach (var series in selection.Series)
            {
                using var reader = series.OpenReader();
                while (reader.MoveNext())
                {
                    foreach (var value in reader.Values)
                        sum += value;
                }
            }

            return sum;
        }

        return (Sum("business_events"), Sum("business_value"), Sum("order_value"));
    }

    static async Task<HashSet<int>> OrdersAsync(HttpClient client)
    {
        var lines = await client.GetStringAsync("/api/v1/events/export?type=business", Stop);
        return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => int.Parse(JsonDocument.Parse(line).RootElement.GetProperty("id").GetString()![1..], CultureInfo.InvariantCulture))];
    }

    static async Task<int> SamplesAsync(RunningServer server)
    {
        using var client = server.Client;
        var json = await client.GetFromJsonAsync<JsonElement>("/api/v1/query?query=sum(count_over_time(steady[1h]))", Stop);
        return json.GetProperty("data").GetProperty("result").EnumerateArray().Select(static one => int.Parse(one.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)).SingleOrDefault();
    }

    [Fact]
    public async Task A_backup_that_is_made_while_everything_is_written_restores_to_a_server_that_answers_the_same_and_counts_exactly()
    {
        await using var server = await OpenAsync(await RunningServer.StartAsync(TimeSpan.FromSeconds(1), Hashing));
        using var client = server.Client;
        await PostAsync(client, "/api/v1/definitions", Definition, HttpStatusCode.Created);
        var kept = new ConcurrentQueue<int>(); // orders that were acknowledged
        var (spans, logs, samples) = (0, 0, 0);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var enough = new TaskCompletionSource();
        var writing = Task.Run(async () =>
        {
            var start = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 1_000_000;
            for (var round = 0; !ending.IsCancellationRequested; round++)
            {
                var orders = Enumerable.Range(round * 20, 20).ToList();
                await SendAsync(client, orders);
                orders.ForEach(kept.Enqueue);
                await server.AppendAsync(Labels.Of("__name__", "steady"), (start + round, round));
                await PostAsync(client, "/v1/traces", Span(round));
                await PostAsync(client, "/v1/logs", Log(round));
                (samples, spans, logs) = (round + 1, round + 1, round + 1);
                if (round == 20)
                    enough.SetResult();
            }
        }, Stop);
        await await Task.WhenAny(enough.Task, writing);
        var (ordersBefore, spansBefore, samplesBefore) = (kept.ToHashSet(), spans, samples);

        Assert.Equal(0, await BackupCommands.RunAsync("backup", Target, server.Folder, Stop));
        var roundsThen = samples;
        await Ingest.Peer.UntilAsync(() => Task.FromResult(samples > roundsThen + 3), "it went on meanwhile");
        await ending.CancelAsync();
        await writing;

        Assert.Equal(0, await BackupCommands.RunAsync("verify", Target, "", Stop));
        Assert.Equal(0, await BackupCommands.RunAsync("restore", Target, Restored, Stop));
        await using var other = await OpenAsync(await RunningServer.StartOnAsync(Restored, configure: Hashing));
        using var asked = other.Client;
        var restored = await OrdersAsync(asked);
        Assert.Superset(ordersBefore, restored);
        Assert.Subset(kept.ToHashSet(), restored);
        // As often as there are events in it: none twice, none lost.
        var counted = await CountedAsync(other);
        double Value(IEnumerable<int> orders) => orders.Sum(static i => i % 7);
        Assert.Equal((restored.Count, Value(restored), Value(restored)), (counted.Events, counted.Value, counted.Defined));
        Assert.InRange(await SamplesAsync(other), samplesBefore, samples);
        var traces = await asked.GetFromJsonAsync<JsonElement>($"/api/v1/traces/{TraceId}", Stop);
        Assert.InRange(traces.GetProperty("spans").GetArrayLength(), spansBefore, spans);
        var records = await asked.GetFromJsonAsync<JsonElement>("/api/v1/logs?limit=10000", Stop);
        Assert.InRange(records.GetProperty("records").GetArrayLength(), spansBefore, logs);
        Assert.Equal(await MemberAsync(client, "source"), await MemberAsync(asked, "source"));
        Assert.Equal(await IdentityAsync(client), await IdentityAsync(asked)); // by the same key
        // What was sent is known, and what the backup does not have is new.
        var (accepted, duplicates) = await SendAsync(asked, kept);
        Assert.Equal((kept.Count - restored.Count, restored.Count), (accepted, duplicates));
        Assert.Equal((kept.Count, Value(kept), Value(kept)), await CountedAsync(other));

        async Task<string> MemberAsync(HttpClient from, string name) =>
            (await from.GetFromJsonAsync<JsonElement>("/api/v1/definitions/order_value", Stop)).GetProperty(name).GetRawText();
        async Task<string> IdentityAsync(HttpClient from) => (await from.GetFromJsonAsync<JsonElement>("/api/v1/events/o3", Stop)).GetProperty("user").GetString()!;
    }

    [Fact]
    public async Task Every_file_of_a_data_folder_belongs_to_a_room_and_is_in_the_backup_or_made_again()
    {
        var server = await OpenAsync(await RunningServer.StartAsync(TimeSpan.FromSeconds(1), Hashing));
        using var client = server.Client;
        await PostAsync(client, "/api/v1/definitions", Definition, HttpStatusCode.Created);
        await SendAsync(client, Enumerable.Range(0, 100));
        await PostAsync(client, "/v1/traces", Span(1));
        await PostAsync(client, "/v1/logs", Log(1));
        server.Store.SetMetadata("steady", new MetricMetadata(MetricType.Gauge, "", "Steady."));
        await ((MetricStore)server.Store).CompactAsync(Stop);
        await CountedAsync(server);
        Assert.Equal(0, await BackupCommands.RunAsync("backup", Target, server.Folder, Stop));
        var running = DataFolder.Files(server.Folder).ToList();
        AssertKept(running, BackupManifest.Read(Target), static path => path.StartsWith("wal/", StringComparison.Ordinal));

        // And when it does not run: byte by byte.
        await server.StopAsync();
        var second = Path.Combine(_folder, "second");
        Assert.Equal(0, await BackupCommands.RunAsync("backup", second, server.Folder, Stop));
        var manifest = BackupManifest.Read(second);
        var files = DataFolder.Files(server.Folder).ToList();
        AssertKept(files, manifest, static _ => false);
        foreach (var file in manifest.Files())
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(server.Folder, file.Path), Stop))), file.Sha256);
        foreach (var room in new[] { "samples", "events", "definitions", "traces", "logs" })
            Assert.Contains(manifest.Rooms, one => one.Name == room && one.Files.Count > 0);
        Directory.Delete(server.Folder, recursive: true);

        static void AssertKept(List<string> files, BackupManifest manifest, Func<string, bool> isInAnotherForm)
        {
            var kept = manifest.Files().Select(static file => file.Path).ToHashSet(StringComparer.Ordinal);
            foreach (var path in files)
            {
                Assert.True(DataFolder.RoomOf(path) is not null, $"{path} belongs to no room: whoever writes it adds one to DataFolder.Rooms, and says what becomes of it in a backup");
                Assert.True(kept.Contains(path) || DataFolder.RoomOf(path)!.IsRemade(path) || isInAnotherForm(path), $"{path} is not in the backup");
            }
        }
    }

    [Fact]
    public async Task A_backup_that_was_cut_short_is_no_backup_and_no_data_folder()
    {
        await MakeAsync();
        File.WriteAllText(Path.Combine(Target, BackupFolder.UnfinishedFile), "");
        AssertRefused("cut short");
        var refused = Assert.Throws<StoreUnavailableException>(() => MetricStore.Open(Target));
        Assert.Contains("was cut short", refused.Message);
        File.Delete(Path.Combine(Target, BackupFolder.UnfinishedFile));
        File.Delete(Path.Combine(Target, BackupManifest.FileName));
        AssertRefused("it has no file backup.json");
    }

    [Theory]
    [InlineData("a flipped bit", "not as it was written")]
    [InlineData("a shorter file", "bytes instead of")]
    [InlineData("a missing file", "is missing")]
    [InlineData("a link instead of a file", "is missing")]
    [InlineData("a flipped bit in the manifest", "backup.json is damaged")]
    [InlineData("half a manifest", "backup.json is damaged")]
    [InlineData("no manifest", "is no backup")]
    [InlineData("an empty manifest", "backup.json is damaged")]
    [InlineData("a file elsewhere", "does not lie in it")]
    [InlineData("a newer format", "Use a newer program")]
    public async Task A_damaged_backup_is_refused_before_anything_is_copied(string what, string why)
    {
        await MakeAsync();
        var manifest = BackupManifest.Read(Target);
        var path = Path.Combine(Target, manifest.Files().First(static file => file.Path.StartsWith("events/log/", StringComparison.Ordinal)).Path);
        var json = Path.Combine(Target, BackupManifest.FileName);
        switch (what)
        {
            case "a flipped bit":
                Flip(path, 100);
                break;
            case "a shorter file":
                File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
                break;
            case "a missing file":
                File.Delete(path);
                break;
            case "a link instead of a file":
                File.Move(path, Path.Combine(_folder, "elsewhere"));
                File.CreateSymbolicLink(path, Path.Combine(_folder, "elsewhere"));
                break;
            case "a flipped bit in the manifest":
                Flip(json, (int)new FileInfo(json).Length / 2);
                break;
            case "half a manifest":
                File.WriteAllBytes(json, File.ReadAllBytes(json)[..^200]);
                break;
            case "no manifest":
                File.Delete(json);
                break;
            case "an empty manifest":
                File.WriteAllText(json, "{}");
                break;
            case "a file elsewhere":
                var outside = new BackupFile("../elsewhere", 0, Convert.ToHexStringLower(SHA256.HashData([])));
                File.WriteAllBytes(json, (manifest with { Rooms = [new BackupRoom("samples", "", [outside])] }).Encode());
                break;
            case "a newer format":
                File.WriteAllBytes(json, (manifest with { Format = 99 }).Encode());
                break;
        }

        AssertRefused(why);

        static void Flip(string file, int at)
        {
            var bytes = File.ReadAllBytes(file);
            bytes[at] ^= 1;
            File.WriteAllBytes(file, bytes);
        }
    }

    [Fact]
    public async Task Nothing_is_copied_into_a_folder_that_has_something_in_it_or_lies_in_the_data_folder()
    {
        var data = await MakeAsync();
        Directory.CreateDirectory(Restored);
        File.WriteAllText(Path.Combine(Restored, "mine"), "");
        Assert.Contains("is not empty", Assert.Throws<BackupTargetException>(() => DataBackup.Restore(Target, Restored, Stop)).Message);
        await Assert.ThrowsAsync<BackupTargetException>(() => DataBackup.OfFolderAsync(data, Restored, TimeProvider.System, Stop));
        await Assert.ThrowsAsync<BackupTargetException>(() => DataBackup.OfFolderAsync(data, Path.Combine(data, "backups"), TimeProvider.System, Stop));
        Assert.Equal(["mine"], DataFolder.Files(Restored));
        Assert.False(Directory.Exists(Path.Combine(data, "backups")));
    }

    [Fact]
    public async Task A_backup_that_is_cancelled_leaves_nothing_behind_and_the_events_go_on()
    {
        await using var server = await OpenAsync(await RunningServer.StartAsync());
        using var client = server.Client;
        await SendAsync(client, Enumerable.Range(0, 50));
        using var ending = new CancellationTokenSource();
        IBackupPart[] parts = [server.Services.GetRequiredService<EventDesk>(), new Waiting(ending)];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => DataBackup.OfServerAsync((MetricStore)server.Store, parts, server.Folder, Target, TimeProvider.System, ending.Token));
        Assert.False(Directory.Exists(Target));
        await SendAsync(client, Enumerable.Range(50, 50));
        Assert.Equal(100, (await CountedAsync(server)).Events);
    }

    /// <summary>Somebody who is asked when the events stand still already, and with whom the work is given up.</summary>
    sealed class Waiting(CancellationTokenSource ending) : IBackupPart
    {
        public IEnumerable<(string Path, long SizeBytes)> GrowingFiles => [];

        public async Task<StandStill> StandStillAsync(CancellationToken cancel)
        {
            await ending.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancel);
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public async Task Only_who_can_read_the_data_folder_can_have_it_copied()
    {
        await using var server = await OpenAsync(await RunningServer.StartAsync());
        using var client = server.Client;
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(null, Target));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(new string('0', 64), Target));
        var token = ControlFile.Read(server.Folder)!.Token;
        Assert.Equal(HttpStatusCode.BadRequest, await AskAsync(token, "backups/monday"));
        Assert.Equal(HttpStatusCode.BadRequest, await AskAsync(token, server.Folder));
        Assert.Equal(HttpStatusCode.BadRequest, await AskAsync(token, Path.Combine(server.Folder, "x")));
        Assert.Equal(HttpStatusCode.BadRequest, await AskAsync(token, null));
        Assert.False(Directory.Exists(Target));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(token, Target));

        async Task<HttpStatusCode> AskAsync(string? withToken, string? target)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, BackupRoute.Path) { Content = JsonContent.Create(new { target }) };
            request.Headers.Authorization = withToken is null ? null : new AuthenticationHeaderValue("Bearer", withToken);
            using var answer = await client.SendAsync(request, Stop);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_folder_of_a_server_that_was_killed_is_copied_though_its_control_file_is_still_there()
    {
        var data = await MakeAsync();
        File.WriteAllText(Path.Combine(data, ControlFile.Name), """{"address":"http://127.0.0.1:1","token":"x"}""");
        var second = Path.Combine(_folder, "second");
        Assert.Equal(0, await BackupCommands.RunAsync("backup", second, data, Stop));
        Assert.DoesNotContain(BackupManifest.Read(second).Files(), static file => file.Path == ControlFile.Name);
    }

    void AssertRefused(string why)
    {
        Assert.Contains(why, Assert.Throws<BackupException>(() => DataBackup.Restore(Target, Restored, Stop)).Message);
        Assert.False(Directory.Exists(Restored));
    }

    /// <summary>A backup of a folder that no server has open.</summary>
    async Task<string> MakeAsync()
    {
        var server = await OpenAsync(await RunningServer.StartOnAsync(Path.Combine(_folder, "data")));
        using (var client = server.Client)
            await SendAsync(client, Enumerable.Range(0, 10));
        await server.StopAsync();
        await DataBackup.OfFolderAsync(server.Folder, Target, TimeProvider.System, Stop);
        return server.Folder;
    }
}
