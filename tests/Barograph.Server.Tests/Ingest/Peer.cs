using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Barograph.Server.Tests.Ingest;

/// <summary>A program that none of us wrote, run for the length of a test; skips the test where it is not installed.</summary>
internal sealed class Peer : IDisposable
{
    static int s_port = 9399;

    readonly Process _process;
    bool _isDisposed;

    Peer(Process process) => _process = process;

    public static Peer Start(string program, params string[] arguments)
    {
        var path = $"/usr/bin/{program}";
        if (!File.Exists(path))
            Assert.Skip($"{program} is not installed (apt install {program})");
        var start = new ProcessStartInfo(path, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.OutputDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return new Peer(process);
    }

    /// <summary>A port that is free now and not given out before; below the range that the kernel gives to clients.</summary>
    public static int FreePort()
    {
        while (Interlocked.Increment(ref s_port) is < 9450 and var port)
        {
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // taken; the next one
            }
        }

        throw new InvalidOperationException("No port from 9400 to 9449 is free.");
    }

    /// <summary>Asks again and again until something holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, string what, int seconds = 120)
    {
        for (var deadline = Stopwatch.StartNew(); deadline.Elapsed < TimeSpan.FromSeconds(seconds);)
        {
            if (await holds())
                return;
            await Task.Delay(100);
        }

        Assert.Fail($"{what}: not within {seconds} s");
    }

    /// <summary>Ends it as an operator would.</summary>
    public async Task StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
            await kill.WaitForExitAsync();
        await _process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token);
        Dispose();
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
