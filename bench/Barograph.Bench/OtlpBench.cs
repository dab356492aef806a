using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Barograph.Bench;

/// <summary>
/// Sends OTLP metrics over HTTP, protobuf without compression, and tells what it cost the server. One operation is one data point
/// of a cumulative sum with five attributes; each sender has its share of the series and waits for each answer. Arguments: the
/// address of the route, the server's process id, series (10000), senders (2), points a request (2000), seconds (20).
/// </summary>
internal static class OtlpBench
{
    public static void Run(string[] arguments)
    {
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("otlp <address of /v1/metrics> <process id> [series] [senders] [points a request] [seconds]");
            return;
        }

        int Argument(int index, int otherwise) => index < arguments.Length ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;
        MeasureAsync(new Uri(arguments[0]), Argument(1, 0), Argument(2, 10_000), Argument(3, 2), Argument(4, 2000), TimeSpan.FromSeconds(Argument(5, 20)))
            .GetAwaiter().GetResult();
    }

    static async Task MeasureAsync(Uri address, int processId, int series, int senders, int requestPoints, TimeSpan duration)
    {
        using var client = new HttpClient();
        var startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_000_000;
        var shares = Enumerable.Range(0, senders).Select(sender =>
            Enumerable.Range(0, series).Where(one => one % senders == sender).Chunk(requestPoints).Select(static part => new Request(part)).ToArray()).ToArray();
        var (points, refused) = (0L, 0);
        var waits = new List<double>();
        async Task SendAsync(Request[] share, long timeMs)
        {
            foreach (var request in share)
            {
                request.Fill(timeMs);
                using var content = new ByteArrayContent(request.Bytes);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
                var began = Stopwatch.GetTimestamp();
                using var answer = await client.PostAsync(address, content);
                var body = await answer.Content.ReadAsByteArrayAsync();
                var isTaken = answer.IsSuccessStatusCode && body.Length == 0;
                if (!isTaken && Interlocked.Increment(ref refused) == 1)
                    Console.Error.WriteLine($"{(int)answer.StatusCode}: {Encoding.UTF8.GetString(body)}");
                Interlocked.Add(ref points, isTaken ? request.Count : 0);
                lock (waits)
                    waits.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        }

        await Task.WhenAll(shares.Select(share => SendAsync(share, startMs))); // all series are known now
        (points, var before) = (0, ServerUse.Of(processId));
        waits.Clear();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(shares.Select(share => Task.Run(async () =>
        {
            for (var timeMs = startMs + 1000; clock.Elapsed < duration; timeMs += 1000)
                await SendAsync(share, timeMs);
        })));
        var (elapsed, after) = (clock.Elapsed.TotalSeconds, ServerUse.Of(processId));
        var cpu = after.CpuSeconds - before.CpuSeconds;
        waits.Sort();
        Console.WriteLine($"otlp: {address}, {series} series, {senders} senders, {requestPoints} points a request, {elapsed:F1} s");
        Console.WriteLine($"  {points / elapsed / 1e3:F0} k points/s durable, {cpu / points * 1e6:F2} server CPU-seconds per million points ({points / cpu / 1e6:F2} M points per CPU-second)");
        Console.WriteLine($"  resident {after.ResidentMb:F0} MB, peak {after.PeakMb:F0} MB; {refused} requests refused");
        Console.WriteLine($"  an answer takes: p50 {waits[waits.Count / 2]:F1} ms, p99 {waits[(int)(waits.Count * 0.99)]:F1} ms");
    }

    /// <summary>A request whose times and values are at known places.</summary>
    sealed class Request
    {
        readonly List<int> _timesAt = [];
        double _value;

        public Request(int[] series)
        {
            using var metrics = new MemoryStream();
            var times = new List<int>();
            foreach (var group in series.GroupBy(static one => one % 20))
            {
                using var data = new MemoryStream();
                foreach (var one in group)
                {
                    byte[] point = [.. Attributes(one), 0x19, .. new byte[8], 0x21, .. new byte[8]]; // time_unix_nano = 3, as_double = 4
                    data.Write([.. Field(1, point)]);
                    times.Add((int)data.Length - 17);
                }

                data.Write([0x10, 2, 0x18, 1]); // cumulative, monotonic
                var metric = Field(2, [.. Field(1, Encoding.ASCII.GetBytes($"http.server.requests.{group.Key}")), .. Field(7, data.ToArray())]);
                var dataAt = (int)metrics.Length + metric.Length - (int)data.Length;
                foreach (var at in times)
                    _timesAt.Add(dataAt + at);
                times.Clear();
                metrics.Write(metric);
            }

            var scope = Field(2, metrics.ToArray());
            var resource = Field(1, Field(1, Attribute("service.name", "shop-frontend")));
            Bytes = Field(1, [.. resource, .. scope]);
            var shift = Bytes.Length - (int)metrics.Length;
            for (var i = 0; i < _timesAt.Count; i++)
                _timesAt[i] += shift;
        }

        public byte[] Bytes { get; }

        public int Count => _timesAt.Count;

        public void Fill(long timeMs)
        {
            _value += 17;
            foreach (var at in _timesAt)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(at), (ulong)timeMs * 1_000_000);
                BinaryPrimitives.WriteDoubleLittleEndian(Bytes.AsSpan(at + 9), _value + at % 100);
            }
        }

        static byte[] Attributes(int series) =>
        [
            .. Field(7, Attribute("http.request.method", "GET")), .. Field(7, Attribute("http.response.status_code", "200")),
            .. Field(7, Attribute("http.route", $"/api/v1/resource/{series / 100 % 10}")), .. Field(7, Attribute("server.address", $"10.0.{series / 1000 % 256}.{series / 100 % 256}")),
            .. Field(7, Attribute("k8s.pod.name", $"shop-frontend-7d9c5b8f6-{series:x8}")),
        ];

        static byte[] Attribute(string key, string value) => [.. Field(1, Encoding.ASCII.GetBytes(key)), .. Field(2, Field(1, Encoding.ASCII.GetBytes(value)))];

        static byte[] Field(int field, byte[] bytes)
        {
            var header = new List<byte> { (byte)(field << 3 | 2) };
            var length = bytes.Length;
            for (; length >= 0x80; length >>= 7)
                header.Add((byte)(length | 0x80));
            header.Add((byte)length);
            return [.. header, .. bytes];
        }
    }
}
