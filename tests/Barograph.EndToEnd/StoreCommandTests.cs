using System.Security.Cryptography;
using System.Text.Json;
using Barograph.TimeSeries;

namespace Barograph.EndToEnd;

/// <summary>The tools for a store's folder, as an operator runs them.</summary>
public sealed class StoreCommandTests : IDisposable
{
    static readonly Labels Room = Labels.Of("__name__", "room_celsius", "room", "attic \"north\"");

    readonly string _folder = Directory.CreateTempSubdirectory("barograph-test-").FullName;

    string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Inspect_tells_of_blocks_and_the_log_and_changes_nothing()
    {
        await Write();
        var before = Fingerprint();
        var (code, output, error) = await Store("inspect", Data);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("series   2", output);
        Assert.Contains("samples  8 in blocks, 2 in the log", output);
        Assert.Contains("blocks/0000000001-0000000001.block", output);
        Assert.Equal(before, Fingerprint());
    }

    [Fact]
    public async Task Verify_of_a_whole_store_says_so_and_changes_nothing()
    {
        await Write();
        var before = Fingerprint();
        var (code, output, _) = await Store("verify", Data);
        Assert.Equal(0, code);
        Assert.Contains("Every byte was read: all is as it was written.", output);
        Assert.Equal(before, Fingerprint());
    }

    [Fact]
    public async Task Verify_names_the_damaged_file_and_what_is_lost_and_ends_with_3()
    {
        await Write();
        var block = Directory.GetFiles(Path.Combine(Data, "blocks")).Single();
        Flip(block, 60); // in the records
        var before = Fingerprint();
        var (code, output, _) = await Store("verify", Data, "--json");
        Assert.Equal(3, code);
        using var report = JsonDocument.Parse(output);
        var damage = report.RootElement.GetProperty("damage").EnumerateArray().ToList();
        Assert.Contains(damage, found => found.GetProperty("file").GetString() == "blocks/" + Path.GetFileName(block));
        Assert.True(report.RootElement.GetProperty("lostSampleCount").GetInt64() > 0);
        Assert.False(report.RootElement.GetProperty("isWhole").GetBoolean());
        Assert.Equal(before, Fingerprint());
    }

    [Fact]
    public async Task A_folder_that_a_server_has_open_is_left_alone_and_the_sentence_says_so()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var command in new[] { "inspect", "verify", "compact", "dump" })
        {
            var (code, _, error) = await Store(command, server.Data);
            Assert.Equal(1, code);
            Assert.Contains($"The folder {server.Data} is in use by another Barograph.", Assert.Single(error.TrimEnd().Split('\n')));
        }
    }

    [Fact]
    public async Task A_folder_that_is_no_store_does_not_become_one()
    {
        foreach (var command in new[] { "inspect", "verify", "compact", "dump" })
        {
            var (code, _, error) = await Store(command, Data);
            Assert.Equal(1, code);
            Assert.Contains("There is no store in", error);
        }

        Assert.False(Directory.Exists(Data));
    }

    [Fact]
    public async Task Compact_puts_the_log_into_blocks_merges_them_and_loses_nothing()
    {
        await Write();
        var (_, before, _) = await Store("dump", Data);
        var (code, output, _) = await Store("compact", Data);
        Assert.Equal(0, code);
        Assert.Contains(" in ", output);
        Assert.Single(Directory.GetFiles(Path.Combine(Data, "blocks")));
        Assert.Equal(Samples(before), Samples((await Store("dump", Data)).Output));
        Assert.Contains("samples  10 in blocks, 0 in the log", (await Store("inspect", Data)).Output);
    }

    [Fact]
    public async Task A_backup_is_restored_into_a_new_folder_only_and_a_server_starts_on_it()
    {
        await Write();
        var (backup, restored) = (Path.Combine(_folder, "backup"), Path.Combine(_folder, "restored"));
        var (code, output, _) = await Store("backup", Data, backup);
        Assert.Equal(0, code);
        Assert.Contains("2 series, 10 samples backed up and verified.", output);
        Assert.Equal(0, (await Store("restore", backup, restored)).ExitCode);
        Assert.Equal(Samples((await Store("dump", Data)).Output), Samples((await Store("dump", restored)).Output));

        var before = Fingerprint();
        var (refused, _, error) = await Store("restore", backup, restored);
        Assert.Equal(1, refused);
        Assert.Contains("is not empty", error);
        Assert.Equal(before, Fingerprint());

        await using var server = await RunningServer.StartOnAsync(restored, "--collect", "off", "--retention", "unlimited");
        using var client = new HttpClient { BaseAddress = server.Address };
        Assert.Contains("\"21.5\"", await client.GetStringAsync(new Uri("/api/v1/query?query=room_celsius%5B1h%5D&time=1700000100", UriKind.Relative)));
    }

    [Fact]
    public async Task A_damaged_backup_is_restored_as_far_as_it_goes_and_that_is_said()
    {
        await Write();
        var backup = Path.Combine(_folder, "backup");
        await Store("backup", Data, backup);
        Flip(Directory.GetFiles(Path.Combine(backup, "blocks")).First(), 60);
        var (code, output, _) = await Store("restore", backup, Path.Combine(_folder, "restored"));
        Assert.Equal(3, code);
        Assert.Contains("damaged: blocks/", output);
    }

    [Fact]
    public async Task Dump_prints_lines_of_json_of_what_is_asked_for()
    {
        await Write();
        var before = Fingerprint();
        var (code, output, _) = await Store("dump", Data, "--match", "room_celsius", "--from", "2023-11-14T22:13:22Z", "--to", "1700000005");
        Assert.Equal(0, code);
        Assert.Equal(
            """
            {"metadata":"room_celsius","type":"gauge","unit":"celsius","help":"How warm it is."}
            {"metric":{"__name__":"room_celsius","room":"attic \"north\""},"timestamps":[1700000002000,1700000003000],"values":["+Inf",21.5]}
            {"metric":{"__name__":"room_celsius","room":"attic \"north\""},"timestamps":[1700000004000],"values":["stale"]}

            """, output);
        Assert.Equal(before, Fingerprint());
    }

    [Fact]
    public async Task What_is_not_understood_is_named()
    {
        await Write();
        Assert.Equal((2, "barograph store: unknown command 'mend'; 'barograph store --help' lists them\n"), await CodeAndError("mend", Data));
        Assert.Equal((2, "barograph store dump: unknown option '--since'; there are --match, --from and --to\n"), await CodeAndError("dump", Data, "--since", "5"));
        Assert.Equal((2, "barograph store dump: --from: 'noon' is no time; allowed is 2026-01-31T12:00:00Z or Unix seconds\n"), await CodeAndError("dump", Data, "--from", "noon"));
        Assert.Equal(2, (await CodeAndError("backup", Data)).Code);
        var (code, output, _) = await Store("--help");
        Assert.Equal(0, code);
        Assert.Contains("Exit codes: 0 done", output);
    }

    static async Task<(int Code, string Error)> CodeAndError(params string[] arguments)
    {
        var (code, _, error) = await Store(arguments);
        return (code, error);
    }

    static Task<(int ExitCode, string Output, string Error)> Store(params string[] arguments) => RunningServer.RunToEndAsync(null, ["store", .. arguments]);

    /// <summary>Eight samples in a block, two in the log.</summary>
    async Task Write()
    {
        await using var store = MetricStore.Open(Data, new StoreOptions { Retention = null, OutOfOrderWindow = null });
        store.SetMetadata("room_celsius", new MetricMetadata(MetricType.Gauge, "celsius", "How warm it is."));
        await Append(store, Room, 1_700_000_000_000, 20.25, 21.5, double.PositiveInfinity, 21.5);
        await Append(store, Labels.Of("__name__", "up"), 1_700_000_000_000, 1, 1, 1, 0);
        await store.FlushAsync();
        await Append(store, Room, 1_700_000_004_000, StaleMarker.Value);
        await Append(store, Labels.Of("__name__", "up"), 1_700_000_004_000, 1);
    }

    static async Task Append(MetricStore store, Labels labels, long startMs, params double[] values)
    {
        var batch = new SampleBatch();
        var series = batch.AddSeries(labels);
        for (var i = 0; i < values.Length; i++)
            batch.Add(series, startMs + i * 1000, values[i]);
        Assert.Equal(values.Length, (await store.AppendAsync(batch)).Accepted);
    }

    /// <summary>Every sample of a dump, whatever lines it stood in.</summary>
    static List<string> Samples(string dump)
    {
        var samples = new List<string>();
        foreach (var line in dump.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(line);
            if (!json.RootElement.TryGetProperty("metric", out var metric))
                continue;
            var times = json.RootElement.GetProperty("timestamps").EnumerateArray().ToList();
            var values = json.RootElement.GetProperty("values").EnumerateArray().ToList();
            samples.AddRange(times.Zip(values, (time, value) => $"{metric} {time} {value}"));
        }

        return samples;
    }

    static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    string Fingerprint() => string.Join('\n', Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(static path => $"{path} {File.GetLastWriteTimeUtc(path):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"));
}
