using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Barograph.EndToEnd;

/// <summary>The sample shop as a newcomer runs it: its own process, its own database, its robots.</summary>
internal sealed partial class RunningShop : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    readonly ConcurrentQueue<string> _output = new();
    readonly string _data = Directory.CreateTempSubdirectory("barograph-shop-").FullName;
    readonly Process _process;

    RunningShop(Uri barograph, string[] options)
    {
        var port = RunningServer.FreePort().ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo("dotnet", [Metadata("ShopProgram"), "--barograph", $"{barograph}", "--port", port, "--data", _data, .. options])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The shop owner's own metrics.</summary>
    public static string DefinitionsFile => Metadata("ShopDefinitions");

    /// <summary>All that it printed.</summary>
    public string Output => string.Join('\n', _output);

    public static async Task<RunningShop> StartAsync(Uri barograph, params string[] options)
    {
        var shop = new RunningShop(barograph, options);
        var started = Stopwatch.StartNew();
        while (!shop.Output.Contains("The shop is at", StringComparison.Ordinal))
        {
            if (shop._process.HasExited || started.Elapsed > Patience)
                throw new InvalidOperationException($"The shop did not start:\n{shop.Output}");
            await Task.Delay(20);
        }

        return shop;
    }

    /// <summary>Ends it as its owner would; says what became of the events it told.</summary>
    public async Task<(int Tracked, int Accepted, int SentTwice, int Rejected, int Dropped)> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        using var patience = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(patience.Token);
        var told = LastLine().Match(Output);
        Assert.True(told.Success, Output);
        return (Count(1), Count(2), Count(3), Count(4), Count(5));

        int Count(int group) => int.Parse(told.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    static string Metadata(string name) => typeof(RunningShop).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == name).Value!;

    [GeneratedRegex(@"Told (\d+) events: (\d+) accepted, (\d+) sent twice, (\d+) rejected, (\d+) dropped\.")]
    private static partial Regex LastLine();
}
