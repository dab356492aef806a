using System.Diagnostics;

namespace Barograph.EndToEnd;

/// <summary>A program that others wrote, run beside the server. Where it is not installed, the test is skipped and says what to install.</summary>
internal sealed class Sender : IDisposable
{
    readonly Process _process;

    Sender(Process process) => _process = process;

    /// <summary>Starts a program that goes on until it is disposed of.</summary>
    public static Sender Start(string program, string[] arguments, params (string Name, string Value)[] environment) =>
        new(Launch(program, arguments, environment));

    /// <summary>Runs a program to its end, which must be a good one.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Launch(program, arguments, []);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var error = process.StandardError.ReadToEndAsync(patience.Token);
        var output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}:\n{output}\n{await error}");
    }

    /// <summary>Runs a client of the folder <c>senders</c>.</summary>
    public static Task RunScriptAsync(string script, params string[] arguments)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "senders");
        Assert.SkipUnless(Directory.Exists(Path.Combine(folder, "node_modules")), "The JavaScript clients are not installed (npm ci in tests/Barograph.EndToEnd/senders).");
        return RunAsync("node", [Path.Combine(folder, script), .. arguments]);
    }

    /// <summary>Skips the test unless a file of a Debian package is there.</summary>
    public static void Needs(string path, string package) => Assert.SkipUnless(Path.Exists(path), $"{package} is not installed (apt install {package}).");

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    static Process Launch(string program, string[] arguments, (string Name, string Value)[] environment)
    {
        if (program.StartsWith("prometheus", StringComparison.Ordinal) || program == "redis-server")
            Needs($"/usr/bin/{program}", program);
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
