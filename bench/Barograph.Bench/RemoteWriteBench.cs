using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Barograph.Bench;

/// <summary>
/// Sends Remote-Write 1.0 to any server and tells what it cost that server. One operation is one sample; each sender has its
/// share of the series and waits for each answer. Arguments: the address of the write route, the server's process id, series
/// (10000), senders (2), samples a request (2000), seconds (20), seconds before that in which the server warms up (5).
/// <para>Barograph: <c>http://127.0.0.1:9410/api/v1/write</c>; VictoriaMetrics (<c>victoria-metrics -httpListenAddr=127.0.0.1:9411
/// -storageDataPath=…</c>) and Prometheus (<c>prometheus --web.enable-remote-write-receiver …</c>) take the same path.</para>
/// </summary>
internal static class RemoteWriteBench
{
    public static void Run(string[] arguments)
    {
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("remote-write <address> <process id> [series] [senders] [samples a request] [seconds] [seconds of warming up]");
            return;
        }

        int Argument(int index, int otherwise) => index < arguments.Length ? int.Parse(arguments[index], CultureInfo.InvariantCulture) : otherwise;
        MeasureAsync(new Uri(arguments[0]), Argument(1, 0), Argument(2, 10_000), Argument(3, 2), Argument(4, 2000), TimeSpan.FromSeconds(Argument(5, 20)), TimeSpan.FromSeconds(Argument(6, 5)))
            .GetAwaiter().GetResult();
    }

    /// <summary>One request, decompressed, with one sample of each series.</summary>
    public static byte[] ExampleRequest(int series)
    {
        var request = new Template([.. Enumerable.Range(0, series)]);
        request.Fill(1_790_000_000_000, new Random(1));
        return request.Bytes;
    }

    static async Task MeasureAsync(Uri address, int processId, int series, int senders, int requestSamples, TimeSpan duration, TimeSpan warmUp)
    {
        // A sample a second and series, as fast as they are taken: at up to 3 million a second they end before now.
        var startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (long)((duration + warmUp).TotalSeconds * 3_000_000_000 / series);
        var work = Enumerable.Range(0, senders).Select(sender => new Sender(address, sender, senders, series, requestSamples, startMs)).ToArray();
        await SendAsync(work, warmUp); // all series are known now, and what a server compiles while it runs is compiled
        var warm = work.Sum(static sender => sender.Samples);
        var before = ServerUse.Of(processId);
        var clock = Stopwatch.StartNew();
        await SendAsync(work, duration);
        var elapsed = clock.Elapsed.TotalSeconds;
        var after = ServerUse.Of(processId);
        var samples = work.Sum(static sender => sender.Samples) - warm;
        var cpu = after.CpuSeconds - before.CpuSeconds;
        Console.WriteLine($"remote-write: {address}, {series} series, {senders} senders, {requestSamples} samples a request, {elapsed:F1} s");
        Console.WriteLine($"  {samples / elapsed / 1e6:F2} M samples/s, {cpu / samples * 1e6:F2} server CPU-seconds per million samples ({samples / cpu / 1e6:F2} M samples per CPU-second)");
        Console.WriteLine($"  resident {after.ResidentMb:F0} MB, peak {after.PeakMb:F0} MB; {work.Sum(static sender => sender.Refused)} requests refused");
        var waits = work.SelectMany(static sender => sender.WaitsMs).Order().ToArray();
        Console.WriteLine($"  an answer takes: p50 {waits[waits.Length / 2]:F1} ms, p99 {waits[(int)(waits.Length * 0.99)]:F1} ms");
    }

    /// <summary>Each sender sends all its series at least once.</summary>
    static Task SendAsync(Sender[] senders, TimeSpan duration)
    {
        var clock = Stopwatch.StartNew();
        return Task.WhenAll(senders.Select(sender => Task.Run(async () =>
        {
            do
                await sender.SendRoundAsync();
            while (clock.Elapsed < duration);
        })));
    }

    /// <summary>Has requests ready and changes only times and values in them, so that the server and not the sender is measured.</summary>
    sealed class Sender
    {
        static readonly HttpClient Client = new(new SocketsHttpHandler { UseCookies = false, AutomaticDecompression = DecompressionMethods.None });
        readonly Uri _address;
        readonly Random _random;
        readonly List<Template> _requests = [];
        long _timeMs;

        public Sender(Uri address, int sender, int senders, int series, int requestSamples, long startMs)
        {
            (_address, _timeMs, _random) = (address, startMs, new Random(sender));
            var own = Enumerable.Range(0, series).Where(one => one % senders == sender).ToArray();
            for (var at = 0; at < own.Length; at += requestSamples)
                _requests.Add(new Template(own[at..Math.Min(own.Length, at + requestSamples)]));
        }

        public long Samples { get; private set; }

        public int Refused { get; private set; }

        public List<double> WaitsMs { get; } = [];

        /// <summary>One sample of each series, one second after the last.</summary>
        public async Task SendRoundAsync()
        {
            _timeMs += 1000;
            foreach (var request in _requests)
            {
                request.Fill(_timeMs, _random);
                using var content = new ByteArrayContent(IronSnappy.Snappy.Encode(request.Bytes));
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
                content.Headers.ContentEncoding.Add("snappy");
                content.Headers.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
                var clock = Stopwatch.GetTimestamp();
                using var answer = await Client.PostAsync(_address, content);
                WaitsMs.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
                if (answer.IsSuccessStatusCode)
                    Samples += request.Count;
                else if (Refused++ == 0)
                    Console.Error.WriteLine($"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    /// <summary>A request whose values and times are at known places.</summary>
    sealed class Template
    {
        const int TimeBytes = 6; // milliseconds from 2004 to 2109 take six bytes as a varint

        readonly List<int> _valuesAt = [];
        readonly double[] _values;

        public Template(int[] series)
        {
            using var request = new MemoryStream();
            foreach (var one in series)
            {
                var message = new MemoryStream();
                foreach (var (name, value) in LabelsOf(one))
                {
                    var label = (byte[])[0x0A, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), 0x12, (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
                    message.Write([0x0A, (byte)label.Length, .. label]);
                }

                message.Write([0x12, 9 + 1 + TimeBytes, 0x09, .. new byte[8], 0x10, .. new byte[TimeBytes]]);
                var length = (uint)message.Length;
                request.Write([0x0A, (byte)(length | 0x80), (byte)(length >> 7), .. message.ToArray()]);
                _valuesAt.Add((int)request.Length - TimeBytes - 9);
            }

            Bytes = request.ToArray();
            _values = new double[series.Length];
        }

        public byte[] Bytes { get; }

        public int Count => _valuesAt.Count;

        /// <summary>Counters for the most part, gauges with one decimal for the rest.</summary>
        public void Fill(long timeMs, Random random)
        {
            for (var i = 0; i < _valuesAt.Count; i++)
            {
                _values[i] = i % 3 == 0 ? Math.Round(random.NextDouble() * 1000) / 10 : _values[i] + random.Next(100);
                BinaryPrimitives.WriteDoubleLittleEndian(Bytes.AsSpan(_valuesAt[i]), _values[i]);
                var time = timeMs;
                for (var at = 0; at < TimeBytes; at++, time >>= 7)
                    Bytes[_valuesAt[i] + 9 + at] = (byte)((time & 0x7F) | (at < TimeBytes - 1 ? 0x80L : 0L));
            }
        }

        /// <summary>As a fleet of services has them: about 250 bytes.</summary>
        static IEnumerable<(string Name, string Value)> LabelsOf(int series) =>
        [
            ("__name__", $"http_server_requests_total_{series % 100}"), ("cluster", "eu-central-1"), ("code", "200"), ("handler", $"/api/v1/resource/{series / 100 % 10}"),
            ("instance", $"10.0.{series / 1000 % 256}.{series / 100 % 256}:9100"), ("job", "shop-frontend"), ("method", "GET"), ("pod", $"shop-frontend-7d9c5b8f6-{series:x8}"),
        ];
    }
}
