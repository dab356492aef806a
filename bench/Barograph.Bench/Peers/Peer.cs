using System.Diagnostics;
using System.Globalization;

namespace Barograph.Bench;

/// <summary>A server under comparison: a process of its own, on a port and in a folder of its own.</summary>
internal sealed class Peer : IAsyncDisposable
{
    static readonly HttpClient Client = new(new SocketsHttpHandler { UseCookies = false }) { Timeout = TimeSpan.FromMinutes(2) };

    readonly Process _process;

    Peer(string name, Process process, int port) => (Name, _process, Address) = (name, process, new Uri($"http://127.0.0.1:{port}"));

    public string Name { get; }

    public Uri Address { get; }

    /// <summary>Processor time that it has used so far, from /proc (10 ms apart).</summary>
    public TimeSpan Cpu
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{_process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds((long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0);
        }
    }

    /// <summary>
    /// Starts Barograph, Prometheus and VictoriaMetrics on neighbouring ports: the newest that <c>bench/peers</c> can get, or those that are installed.
    /// </summary>
    public static async Task<List<Peer>> StartAllAsync(string barograph, string folder, int port)
    {
        var places = await PlacesAsync();
        List<Peer> peers = [await StartAsync(barograph, folder, port)];
        Directory.CreateDirectory($"{folder}/prometheus");
        await File.WriteAllTextAsync($"{folder}/prometheus.yml", "global: {scrape_interval: 1h}\n");
        TryStart("prometheus", "prometheus",
            $"--config.file={folder}/prometheus.yml --storage.tsdb.path={folder}/prometheus --web.listen-address=127.0.0.1:{port + 1} --web.enable-remote-write-receiver", port + 1);
        TryStart("victoria", "victoria-metrics",
            $"-storageDataPath={folder}/victoria -httpListenAddr=127.0.0.1:{port + 2} -retentionPeriod=1y -search.maxUniqueTimeseries=1000000", port + 2);
        try
        {
            foreach (var peer in peers)
                await peer.WaitAsync();
            return peers;
        }
        catch
        {
            foreach (var peer in peers)
                await peer.DisposeAsync();
            throw;
        }

        void TryStart(string name, string program, string arguments, int at)
        {
            if (places.Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists) is { } found)
                peers.Add(Start(name, found, arguments, at, folder));
            else
                Console.Error.WriteLine($"{program} is not installed and left out.");
        }
    }

    /// <summary>Where programs of peers are looked for.</summary>
    static async Task<string[]> PlacesAsync()
    {
        var installed = Environment.GetEnvironmentVariable("PATH")!.Split(':');
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "bench", "peers")))
            root = root.Parent;
        if (root is null)
            return installed;
        using var fetching = Process.Start(new ProcessStartInfo(Path.Combine(root.FullName, "bench", "peers")) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var newest = (await fetching.StandardOutput.ReadToEndAsync()).Trim();
        return newest.Length > 0 ? [newest, .. installed] : installed;
    }

    /// <summary>Starts Barograph alone.</summary>
    public static async Task<Peer> StartAsync(string barograph, string folder, int port)
    {
        var peer = Start("barograph", barograph,
            $"serve --port {port} --data {folder}/barograph --collect off --retention unlimited --otlp-grpc off --otlp-http off", port, folder);
        await peer.WaitAsync();
        return peer;
    }

    /// <summary>Sends a form or asks an address; returns the whole answer and how long it took.</summary>
    public async Task<(byte[] Body, double Milliseconds)> AskAsync(string pathAndQuery)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await Client.GetAsync(new Uri(Address, pathAndQuery));
        var body = await answer.Content.ReadAsByteArrayAsync();
        var milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return answer.IsSuccessStatusCode ? (body, milliseconds) : throw new InvalidOperationException($"{Name}: {(int)answer.StatusCode} {System.Text.Encoding.UTF8.GetString(body)}");
    }

    /// <summary>Writes a remote-write request; it must be taken.</summary>
    public async Task WriteAsync(byte[] compressed)
    {
        using var content = new ByteArrayContent(compressed);
        content.Headers.Add("Content-Type", "application/x-protobuf");
        content.Headers.Add("Content-Encoding", "snappy");
        content.Headers.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
        using var answer = await Client.PostAsync(new Uri(Address, "/api/v1/write"), content);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{Name}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    public async ValueTask DisposeAsync()
    {
        using (var signal = Process.Start("kill", $"{_process.Id}"))
            await signal.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    static Peer Start(string name, string program, string arguments, int port, string folder)
    {
        // Through a shell, so that what it logs goes to a file and nobody has to read a pipe.
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", $"exec {program} {arguments} >{folder}/{name}.log 2>&1" } };
        return new Peer(name, Process.Start(start)!, port);
    }

    async Task WaitAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await AskAsync("/api/v1/query?query=1");
                return;
            }
            catch (Exception notYet) when (notYet is HttpRequestException or InvalidOperationException && attempt < 1200 && !_process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }
}
