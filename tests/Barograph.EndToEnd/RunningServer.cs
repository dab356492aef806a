using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;

namespace Barograph.EndToEnd;

/// <summary>The program as an operator runs it: its own process, a free port, a data folder of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);

    readonly ConcurrentQueue<string> _output = new();
    Process _process;

    RunningServer(string data, int port, string[] options)
    {
        (Data, Port, Options) = (data, port, options);
        _process = Launch();
    }

    public string Data { get; }

    public int Port { get; }

    public string[] Options { get; }

    public Uri Address => new($"http://localhost:{Port}/");

    public int ProcessId => _process.Id;

    /// <summary>All that the program printed.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts the program and waits until it says where it is.</summary>
    public static Task<RunningServer> StartAsync(params string[] options) =>
        StartOnAsync(Directory.CreateTempSubdirectory("barograph-test-").FullName, options);

    /// <summary>Starts it on a data folder, which goes away with it.</summary>
    public static async Task<RunningServer> StartOnAsync(string data, params string[] options)
    {
        var server = new RunningServer(data, FreePort(), options);
        await server.WaitUntilReadyAsync();
        return server;
    }

    /// <summary>Runs the program with options until it ends, as somebody would who made a mistake.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunToEndAsync(IDictionary<string, string>? environment, params string[] options)
    {
        using var process = new Process { StartInfo = StartInfo(options) };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            process.StartInfo.Environment[name] = value;
        process.Start();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(StartPatience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"barograph {string.Join(' ', options)} did not end.\n{await output}\n{await error}", late);
        }

        return (process.ExitCode, await output, await error);
    }

    /// <summary>Waits until the host was measured so many times since the program was first started.</summary>
    public async Task HasTicksAsync(int count)
    {
        using var client = new HttpClient { BaseAddress = Address };
        var question = $"/api/v1/query?query={Uri.EscapeDataString($"sum(count_over_time(system_cpu_load_average_1m[1h])) >= {count}")}";
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            using var answer = await client.GetAsync(question);
            if (answer.IsSuccessStatusCode && (await answer.Content.ReadAsStringAsync()).Contains("\"metric\"", StringComparison.Ordinal))
                return;
            Assert.True(waited.Elapsed < StartPatience, $"not {count} ticks within {StartPatience}\n{Output}");
        }
    }

    /// <summary>Ends the program at once, as a power switch would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends the program as an operator would.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        using var patience = new CancellationTokenSource(StartPatience);
        await _process.WaitForExitAsync(patience.Token);
    }

    /// <summary>Starts it again on the same port and folder.</summary>
    public async Task StartAgainAsync()
    {
        _process.Dispose();
        _output.Clear();
        _process = Launch();
        await WaitUntilReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        if (Directory.Exists(Data))
            Directory.Delete(Data, recursive: true);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    Process Launch()
    {
        var process = new Process { StartInfo = StartInfo(["--port", $"{Port}", "--data", Data, .. Options]) };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    void Keep(string? line)
    {
        if (line is not null)
            _output.Enqueue(line);
    }

    async Task WaitUntilReadyAsync()
    {
        var started = Stopwatch.StartNew();
        while (!Output.Contains("Barograph is at", StringComparison.Ordinal))
        {
            if (_process.HasExited || started.Elapsed > StartPatience)
                throw new InvalidOperationException($"The server did not start:\n{Output}");
            await Task.Delay(20);
        }
    }

    /// <summary>How the program is started with any command.</summary>
    public static ProcessStartInfo StartInfo(string[] options)
    {
        var program = typeof(RunningServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static item => item.Key == "ServerProgram").Value!;
        var start = new ProcessStartInfo("dotnet", [program, .. options])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(), // no barograph.yaml, no ./data of a developer
        };
        start.Environment["DOTNET_TieredPGO"] = "0"; // it runs for seconds: measuring code for a better second compilation costs more than it gives
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // whose pipes a killed process leaves behind
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("BAROGRAPH_", StringComparison.Ordinal) || name.StartsWith("MONITORING_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        return start;
    }
}
