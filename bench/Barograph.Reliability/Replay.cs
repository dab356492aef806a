using System.Diagnostics;
using System.Globalization;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;

namespace Barograph.Reliability;

/// <summary>A writer is killed with as much in its log as there ever is; the store must open in little more memory than the writer had.</summary>
static class Replay
{
    const int NotRun = 3;
    const string Memory = "/sys/fs/cgroup/memory";

    static readonly StoreOptions s_options = new() { Retention = null, OutOfOrderWindow = null, MaxFuture = null, NewSeriesPerSecond = int.MaxValue };

    public static async Task<int> Run(string[] arguments)
    {
        var series = arguments.Length > 0 ? int.Parse(arguments[0]) : 1_000_000;
        var seconds = arguments.Length > 1 ? int.Parse(arguments[1]) : 60;
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !File.Exists($"{Memory}/memory.limit_in_bytes"))
            return Say("replay: not run: needs root and version 1 control groups", NotRun);
        using var folder = new TemporaryFolder();
        using var writer = Start("replay-write", folder.In("data"), $"{series}");
        long peak = 0;
        var watch = Stopwatch.StartNew();
        for (; watch.Elapsed < TimeSpan.FromSeconds(seconds) && !writer.HasExited; await Task.Delay(200))
        {
            writer.Refresh();
            peak = Math.Max(peak, writer.WorkingSet64);
        }

        writer.Kill();
        await writer.WaitForExitAsync();
        var log = new DirectoryInfo(folder.In("data/wal")).EnumerateFiles().Sum(static file => file.Length);
        var limit = peak * 12 / 10;
        var group = Directory.CreateDirectory($"{Memory}/barograph-replay-{Environment.ProcessId}").FullName;
        try
        {
            await File.WriteAllTextAsync($"{group}/memory.limit_in_bytes", limit.ToString(CultureInfo.InvariantCulture));
            using var reader = Process.Start(new ProcessStartInfo("sh",
                ["-c", $"echo $$ > {group}/cgroup.procs; exec dotnet {Environment.GetCommandLineArgs()[0]} replay-open {folder.In("data")}"])
            { RedirectStandardOutput = true, UseShellExecute = false })!;
            var said = await reader.StandardOutput.ReadToEndAsync();
            await reader.WaitForExitAsync();
            var used = (await File.ReadAllTextAsync($"{group}/memory.max_usage_in_bytes")).Trim();
            var held = reader.ExitCode == 0;
            return Say($"replay: {series:N0} series, log {log >> 20} MiB, writer's peak {peak >> 20} MiB, limit {limit >> 20} MiB: "
                + (held ? $"{said.Trim()}, {long.Parse(used) >> 20} MiB with the files' pages" : $"did not open (exit code {reader.ExitCode})"), held ? 0 : 1);
        }
        finally
        {
            for (var patience = 20; patience > 0 && Directory.Exists(group); patience--)
            {
                try
                {
                    Directory.Delete(group);
                }
                catch (IOException)
                {
                    await Task.Delay(50); // the kernel is still counting
                }
            }
        }
    }

    public static async Task<int> Write(string[] arguments)
    {
        var series = int.Parse(arguments[1]);
        await using var store = MetricStore.Open(arguments[0], s_options with { SeriesLimit = int.MaxValue });
        var batches = new List<SampleBatch>();
        for (var first = 0; first < series; first += 1000)
        {
            var batch = new SampleBatch();
            for (var i = first; i < Math.Min(series, first + 1000); i++)
                batch.AddSeries(Labels.Of("__name__", "replayed", "i", $"{i}", "job", "node-exporter", "instance", $"host-{i / 500}.example.org:9100"));
            batches.Add(batch);
        }

        for (var round = 0L; ; round++)
        {
            foreach (var batch in batches)
            {
                batch.ClearSamples();
                for (var i = 0; i < batch.SeriesCount; i++)
                    batch.Add(i, round * 10_000, Math.Round(Random.Shared.NextDouble() * 100, 2));
                await store.AppendAsync(batch);
            }
        }
    }

    public static async Task<int> Open(string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        await using var store = MetricStore.Open(arguments[0], s_options with { SeriesLimit = int.MaxValue });
        watch.Stop();
        if (store.Status.Trouble is { } trouble)
            return Say(trouble, 1);
        Process.GetCurrentProcess().Refresh();
        return Say($"opened with {store.Status.SeriesCount:N0} series in the head in {watch.Elapsed.TotalSeconds:F1} s, resident {Environment.WorkingSet >> 20} MiB", 0);
    }

    static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Environment.GetCommandLineArgs()[0], .. arguments]) { UseShellExecute = false })!;

    static int Say(string what, int code)
    {
        Console.WriteLine(what);
        return code;
    }
}
