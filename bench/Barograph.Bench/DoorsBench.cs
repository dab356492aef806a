using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Barograph.Server.Agent;
using Barograph.TimeSeries;

namespace Barograph.Bench;

/// <summary>
/// Attacks the doors of a running server, one experiment after the other, and tells how it bears them: bombs (O5), new series
/// without end (O1), more than it can take (O2), and senders that are slow on purpose (O6). Arguments: the server's address, its
/// process id, seconds each (20), and which: bombs, churn, overload, slow (all).
/// </summary>
internal static class DoorsBench
{
    public static void Run(string[] arguments)
    {
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("doors <address> <process id> [seconds] [bombs|churn|overload|slow …]");
            return;
        }

        var attack = new Attack(new Uri(arguments[0]), int.Parse(arguments[1], CultureInfo.InvariantCulture));
        var duration = TimeSpan.FromSeconds(arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 20);
        attack.RunAsync(duration, arguments.Length > 3 ? arguments[3..] : ["bombs", "churn", "overload", "slow"]).GetAwaiter().GetResult();
    }

    sealed class Attack(Uri address, int processId)
    {
        const int Senders = 400, SteadySeries = 100_000, RequestSeries = 1000;

        readonly HttpClient _client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 200 }) { BaseAddress = address };
        readonly HttpClient _overload = new(new SocketsHttpHandler { MaxConnectionsPerServer = Senders }) { BaseAddress = address }; // whose queue is not the good sender's
        readonly long _startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        public async Task RunAsync(TimeSpan duration, string[] attacks)
        {
            await SteadyAsync("alone", TimeSpan.FromSeconds(10), Task.CompletedTask);
            foreach (var attack in attacks)
            {
                switch (attack)
                {
                    case "bombs":
                        await BombsAsync();
                        break;
                    case "churn":
                        await SteadyAsync("beside 10,000 new series a second", duration, ChurnAsync(duration));
                        break;
                    case "overload":
                        await SteadyAsync($"beside {Senders} senders that never wait", duration, OverloadAsync(duration));
                        break;
                    default:
                        await SteadyAsync("beside 2,000 connections of a byte a second", duration, SlowAsync(duration));
                        break;
                }

                await SteadyAsync("afterwards", TimeSpan.FromSeconds(5), Task.CompletedTask);
            }
        }

        int _steadyRounds;

        /// <summary>A good sender with 100,000 series, 1,000 a request, while something else happens.</summary>
        async Task SteadyAsync(string when, TimeSpan duration, Task attack)
        {
            var (sent, failed, waits, clock) = (0, 0, new List<double>(), Stopwatch.StartNew());
            var before = ServerUse.Of(processId);
            for (; clock.Elapsed < duration; _steadyRounds++)
            {
                var first = _steadyRounds * RequestSeries % SteadySeries;
                var began = Stopwatch.GetTimestamp();
                var status = await WriteAsync(Enumerable.Range(first, RequestSeries).Select(static i => Labels.Of("__name__", "steady", "i", $"{i}")), _startMs - 60_000 + _steadyRounds);
                waits.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                sent++;
                failed += status is 204 or 400 ? 0 : 1; // 400: the values of the round before at the same time, after a second start
                await Task.Delay(20);
            }

            await attack;
            waits.Sort();
            var after = ServerUse.Of(processId);
            Console.WriteLine(
                $"steady sender {when}: {sent - failed} of {sent} requests taken, p50 {waits[waits.Count / 2]:F1} ms, p99 {waits[(int)(waits.Count * 0.99)]:F1} ms; "
                + $"server resident {before.ResidentMb:F0} -> {after.ResidentMb:F0} MB, peak {after.PeakMb:F0} MB, {after.Descriptors} descriptors");
        }

        async Task<int> WriteAsync(IEnumerable<Labels> series, long timestampMs, HttpClient? client = null)
        {
            var batch = new SampleBatch();
            foreach (var labels in series)
                batch.Add(batch.AddSeries(labels), timestampMs, 1);
            var body = new byte[1024];
            var length = RemoteWriteMessage.Write(batch, ref body);
            return await PostAsync("/api/v1/write", IronSnappy.Snappy.Encode(body.AsSpan(0, length)), "application/x-protobuf", "snappy", client);
        }

        async Task<int> PostAsync(string path, byte[] body, string type, string? encoding, HttpClient? client = null)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            if (encoding is not null)
                content.Headers.ContentEncoding.Add(encoding);
            try
            {
                using var answer = await (client ?? _client).PostAsync(path, content);
                return (int)answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                return 0; // closed by the server, as it may
            }
        }

        async Task BombsAsync()
        {
            const int Repeats = 1000;
            var zeros = new MemoryStream();
            await using (var gzip = new GZipStream(zeros, CompressionLevel.SmallestSize))
                await gzip.WriteAsync(new byte[200 << 20]);
            byte[] lying = [.. zeros.ToArray()[..^4], 0, 1, 0, 0]; // says that it has 256 bytes
            (string What, string Path, byte[] Body, string Type, string? Encoding)[] bombs =
            [
                ("snappy that claims 4 GB", "/api/v1/write", [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0], "application/x-protobuf", "snappy"),
                ("gzip of 200 MB to OTLP", "/v1/metrics", zeros.ToArray(), "application/x-protobuf", "gzip"),
                ("gzip of 200 MB that says 256 bytes", "/v1/metrics", lying, "application/x-protobuf", "gzip"),
                ("gzip of 200 MB of traces", "/v1/traces", zeros.ToArray(), "application/x-protobuf", "gzip"),
                ("gzip of 200 MB of lines", "/write", zeros.ToArray(), "text/plain", "gzip"),
                ("a length of 4 GB", "/v1/logs", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "application/x-protobuf", null),
                ("JSON 100,000 deep", "/v1/traces", Encoding.ASCII.GetBytes(new string('[', 100_000)), "application/json", null),
            ];
            foreach (var bomb in bombs)
            {
                var (before, waits, statuses) = (ServerUse.Of(processId), new List<double>(), new HashSet<int>());
                await Parallel.ForEachAsync(Enumerable.Range(0, bomb.Body.Length > 50_000 ? Repeats / 10 : Repeats), new ParallelOptions { MaxDegreeOfParallelism = 50 }, async (_, _) =>
                {
                    var began = Stopwatch.GetTimestamp();
                    var status = await PostAsync(bomb.Path, bomb.Body, bomb.Type, bomb.Encoding);
                    lock (waits)
                    {
                        statuses.Add(status);
                        waits.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                    }
                });
                waits.Sort();
                var after = ServerUse.Of(processId);
                Console.WriteLine($"{waits.Count} x {bomb.What}, 50 at once: {string.Join('/', statuses.Order())}, p50 {waits[waits.Count / 2]:F1} ms; resident +{after.ResidentMb - before.ResidentMb:F0} MB, peak {after.PeakMb:F0} MB");
            }
        }

        async Task ChurnAsync(TimeSpan duration)
        {
            var (clock, refused, next) = (Stopwatch.StartNew(), 0, 0);
            while (clock.Elapsed < duration)
            {
                var first = next;
                var status = await WriteAsync(Enumerable.Range(first, 1000).Select(i => Labels.Of("__name__", "churn", "i", $"{_startMs}-{i}")), _startMs);
                next += 1000;
                refused += status == 204 ? 0 : 1;
                if (TimeSpan.FromSeconds(next / 10_000.0) - clock.Elapsed is { Ticks: > 0 } ahead)
                    await Task.Delay(ahead);
            }

            Console.WriteLine($"churn: {next} new series, {refused} of {next / 1000} requests answered with another status than 204");
        }

        async Task OverloadAsync(TimeSpan duration)
        {
            var (clock, statuses) = (Stopwatch.StartNew(), new SortedDictionary<int, int>());
            var note = new string('n', 300); // so that requests of all senders at once are more bytes than the server lets itself hold
            await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
            {
                var series = Enumerable.Range(0, 500).Select(i => Labels.Of("__name__", "over", "sender", $"{sender}", "i", $"{i}", "note", note)).ToArray();
                for (var time = _startMs - 500_000; clock.Elapsed < duration; time++)
                {
                    var status = await WriteAsync(series, time, _overload);
                    lock (statuses)
                        statuses[status] = statuses.GetValueOrDefault(status) + 1;
                }
            })));
            Console.WriteLine($"overload: {string.Join(", ", statuses.Select(static one => $"{one.Value} x {one.Key}"))}; {statuses.GetValueOrDefault(204) * 0.5 / duration.TotalSeconds:F0} k samples/s durable");
        }

        async Task SlowAsync(TimeSpan duration)
        {
            var closed = 0;
            await Task.WhenAll(Enumerable.Range(0, 2000).Select(async i =>
            {
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(address.Host, address.Port);
                    var stream = client.GetStream();
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(i % 2 == 0
                        ? "POST /api/v1/write HTTP/1.1\r\nHost: x\r\nContent-Encoding: snappy\r\nContent-Length: 100000\r\n\r\n"
                        : "POST /api/v1/write HTTP/1.1\r\nHost: x\r\nX-Slow: "));
                    for (var clock = Stopwatch.StartNew(); clock.Elapsed < duration;)
                    {
                        await Task.Delay(1000);
                        await stream.WriteAsync("a"u8.ToArray());
                    }
                }
                catch (Exception gone) when (gone is IOException or SocketException)
                {
                    Interlocked.Increment(ref closed);
                }
            }));
            Console.WriteLine($"slow senders: {closed} of 2000 connections were closed by the server within {duration.TotalSeconds:F0} s");
        }
    }
}
