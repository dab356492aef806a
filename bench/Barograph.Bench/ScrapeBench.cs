using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Barograph.Bench;

/// <summary>
/// Starts a server that scrapes many targets, which this process plays, and tells whether it keeps their intervals and what it
/// costs. Arguments: targets (1000), interval in seconds (15), seconds (60), samples a target (200).
/// </summary>
internal static class ScrapeBench
{
    public static void Run(string[] arguments)
    {
        int Argument(int index, int otherwise) => index < arguments.Length ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;
        MeasureAsync(Argument(0, 1000), Argument(1, 15), TimeSpan.FromSeconds(Argument(2, 60)), Argument(3, 200)).GetAwaiter().GetResult();
    }

    static async Task MeasureAsync(int targets, int intervalSeconds, TimeSpan duration, int samples)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(2000);
        var page = Page(samples);
        _ = Task.Run(async () =>
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync(), page);
        });
        var folder = Directory.CreateTempSubdirectory("barograph-bench-").FullName;
        var config = Path.Combine(folder, "prometheus.yml");
        var port = FreePort();
        await File.WriteAllTextAsync(config, Config(targets, intervalSeconds, ((IPEndPoint)listener.LocalEndpoint).Port));
        using var server = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "barograph.dll"), "--port", $"{port}", "--data", Path.Combine(folder, "data"), "--scrape", config, "--collect", "off"]))!;
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(2 * intervalSeconds)); // every target was there once, and its series are known
            var before = ServerUse.Of(server.Id);
            await Task.Delay(duration);
            var after = ServerUse.Of(server.Id);
            using var client = new HttpClient();
            async Task<double> QueryAsync(string query)
            {
                var answer = await client.GetStringAsync($"http://127.0.0.1:{port}/api/v1/query?query={Uri.EscapeDataString(query)}");
                return JsonDocument.Parse(answer).RootElement.GetProperty("data").GetProperty("result") is { } result && result.GetArrayLength() > 0
                    ? double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)
                    : 0;
            }

            var seconds = (int)duration.TotalSeconds;
            var cpu = (after.CpuSeconds - before.CpuSeconds) / duration.TotalSeconds;
            Console.WriteLine($"scrape: {targets} targets of {samples} samples at {intervalSeconds} s ({targets * samples / intervalSeconds / 1e3:F1} k samples/s), {seconds} s");
            Console.WriteLine($"  up {await QueryAsync("sum(up)"):F0} of {targets}; scrapes {await QueryAsync($"sum(count_over_time(up[{seconds}s]))"):F0} of {targets * seconds / intervalSeconds}");
            Console.WriteLine($"  a scrape takes: median {1000 * await QueryAsync("quantile(0.5, scrape_duration_seconds)"):F1} ms, p99 {1000 * await QueryAsync("quantile(0.99, scrape_duration_seconds)"):F1} ms");
            Console.WriteLine($"  server: {100 * cpu:F0} % of a core, resident {after.ResidentMb:F0} MB, peak {after.PeakMb:F0} MB, {after.Descriptors} descriptors");
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    static string Config(int targets, int intervalSeconds, int port)
    {
        var config = new StringBuilder($"global: {{ scrape_interval: {intervalSeconds}s }}\nscrape_configs:\n  - job_name: fleet\n    static_configs:\n");
        for (var target = 0; target < targets; target++)
            config.Append(CultureInfo.InvariantCulture, $"      - {{ targets: ['127.0.0.1:{port}'], labels: {{ instance: 'host-{target}', __metrics_path__: '/m/{target}' }} }}\n");
        return config.ToString();
    }

    static byte[] Page(int samples)
    {
        var page = new StringBuilder();
        for (var sample = 0; sample < samples; sample++)
            page.Append(CultureInfo.InvariantCulture, $"node_metric_{sample / 10}{{device=\"sd{(char)('a' + sample % 10)}\",mode=\"read\"}} {sample * 1.5}\n");
        var body = page.ToString();
        return Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    /// <summary>Answers every request of a connection with the page; what it costs should be little beside the server.</summary>
    static async Task ServeAsync(TcpClient connection, byte[] answer)
    {
        using (connection)
        {
            var stream = connection.GetStream();
            var request = new byte[4096];
            var length = 0;
            while (await stream.ReadAsync(request.AsMemory(length)) is > 0 and var read)
            {
                length += read;
                if (!request.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                    continue;
                await stream.WriteAsync(answer);
                length = 0;
            }
        }
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
