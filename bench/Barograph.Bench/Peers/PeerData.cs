using System.Globalization;
using System.Text;

namespace Barograph.Bench;

/// <summary>
/// The samples that every server gets, the same to the last bit, in the order of time:
/// <list type="bullet">
/// <item><c>wide_bucket</c>: 10,000 series at 10 s over the last 2 h (10 jobs × 100 instances × 10 buckets of a histogram),</item>
/// <item><c>long_total</c>, <c>long_celsius</c>: 500 counters and 500 gauges at 15 s over the last 24 h,</item>
/// <item><c>many_info</c>: 100,000 series with two samples each.</item>
/// </list>
/// </summary>
internal sealed class PeerData(long endMs, int wideSeries)
{
    const int SeriesPerRequest = 500;
    const long HourMs = 3_600_000;

    // How much of each series a request holds; less than what Prometheus takes late (half a block: an hour).
    const long SliceMs = 600_000;

    // Refreshes go on from the end, faster than the clock, and nobody takes samples that are far ahead of it.
    static readonly TimeSpan RoomToMove = TimeSpan.FromHours(3);

    readonly Shape[] _wide = [.. Enumerable.Range(0, wideSeries).Select(Wide)];

    static readonly string[] Bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "+Inf"];

    /// <summary>Writes everything to all.</summary>
    public async Task LoadAsync(IReadOnlyList<Peer> peers)
    {
        var sets = new[]
        {
            new Set(endMs - 24 * HourMs, 15_000, [.. Enumerable.Range(0, 1000).Select(Long)]),
            new Set(endMs - 2 * HourMs, 10_000, _wide),
            new Set(endMs - 30_000, 15_000, [.. Enumerable.Range(0, 100_000).Select(Many)]),
        };
        for (var fromMs = endMs - 24 * HourMs; fromMs <= endMs; fromMs += SliceMs)
        {
            foreach (var set in sets)
            {
                foreach (var series in set.Series.Chunk(SeriesPerRequest))
                {
                    if (Request(set, series, fromMs, Math.Min(fromMs + SliceMs, endMs + 1)) is not { } request)
                        continue;
                    var compressed = IronSnappy.Snappy.Encode(request);
                    await Task.WhenAll(peers.Select(peer => peer.WriteAsync(compressed)));
                }
            }
        }
    }

    /// <summary>A request with one sample of each wide series.</summary>
    public byte[] NextWide(long timeMs) => Request(new Set(timeMs, 1000, _wide), _wide, timeMs, timeMs + 1)!;

    static Shape Long(int index) => index < 500
        ? new Shape(index, IsCounter: true, ("__name__", "long_total"), ("job", $"j{index / 50}"), ("instance", $"10.0.0.{index % 50}:9100"))
        : new Shape(index, IsCounter: false, ("__name__", "long_celsius"), ("job", $"j{(index - 500) / 50}"), ("instance", $"10.0.0.{index % 50}:9100"));

    static Shape Wide(int index) => new(index, IsCounter: true, ("__name__", "wide_bucket"), ("job", $"j{index / 10 % 10}"),
        ("instance", $"10.0.{index / 25_600}.{index / 100 % 256}:9100"), ("le", Bounds[index % 10]));

    static Shape Many(int index) => new(index, IsCounter: false, ("__name__", "many_info"), ("pod", $"shop-frontend-7d9c5b8f6-{index:x8}"), ("zone", $"z{index % 7}"));

    static byte[]? Request(Set set, Shape[] series, long fromMs, long endMs)
    {
        var firstMs = set.StartMs + Math.Max(0, (fromMs - set.StartMs + set.IntervalMs - 1) / set.IntervalMs) * set.IntervalMs;
        if (firstMs >= endMs)
            return null;
        using var request = new MemoryStream();
        using var message = new MemoryStream();
        foreach (var one in series)
        {
            message.SetLength(0);
            message.Write(one.Labels);
            for (var timeMs = firstMs; timeMs < endMs; timeMs += set.IntervalMs)
            {
                message.Write([0x12, 9 + 1 + 6, 0x09]);
                message.Write(BitConverter.GetBytes(one.Next()));
                message.WriteByte(0x10);
                WriteVarint(message, (ulong)timeMs); // six bytes until 2109
            }

            request.WriteByte(0x0A);
            WriteVarint(request, (ulong)message.Length);
            message.WriteTo(request);
        }

        return request.ToArray();
    }

    static void WriteVarint(MemoryStream into, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            into.WriteByte((byte)(value | 0x80));
        into.WriteByte((byte)value);
    }

    sealed record Set(long StartMs, long IntervalMs, Shape[] Series);

    /// <summary>A series with a seed of its own: a counter that starts again now and then, or a gauge with one decimal.</summary>
    sealed class Shape
    {
        readonly Random _random;
        readonly bool _isCounter;
        readonly int _pace;
        double _value;

        public Shape(int seed, bool IsCounter, params (string Name, string Value)[] labels)
        {
            (_random, _isCounter) = (new Random(seed), IsCounter);
            (_pace, _value) = (_random.Next(2, 200), _random.Next(10_000));
            using var message = new MemoryStream();
            foreach (var (name, value) in labels.OrderBy(static label => label.Name, StringComparer.Ordinal))
            {
                var label = (byte[])[0x0A, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), 0x12, (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];
                message.Write([0x0A, (byte)label.Length, .. label]);
            }

            Labels = message.ToArray();
        }

        public byte[] Labels { get; }

        public double Next()
        {
            if (!_isCounter)
                return Math.Round((_value += _random.Next(-5, 6)) / 10, 1);
            return _value = _random.Next(5000) == 0 ? 0 : _value + _random.Next(_pace);
        }
    }

    /// <summary>
    /// Writes samples of the wide series to all, a step of a dashboard each time, from where the last run left off in a folder. The rest of the data stays
    /// as it is, and so does its end.
    /// </summary>
    public async IAsyncEnumerable<long> FeedAsync(IReadOnlyList<Peer> peers, string folder, long stepSeconds)
    {
        var fedFile = Path.Combine(folder, "fed");
        var fedMs = File.Exists(fedFile) ? long.Parse(File.ReadAllText(fedFile), CultureInfo.InvariantCulture) : endMs;
        for (var end = fedMs / 1000 / stepSeconds * stepSeconds + stepSeconds; ; end += stepSeconds)
        {
            for (; fedMs + 10_000 <= end * 1000; fedMs += 10_000)
            {
                var compressed = IronSnappy.Snappy.Encode(NextWide(fedMs + 10_000));
                await Task.WhenAll(peers.Select(peer => peer.WriteAsync(compressed)));
            }

            await File.WriteAllTextAsync(fedFile, fedMs.ToString(CultureInfo.InvariantCulture));
            yield return end;
        }
    }

    /// <summary>Where data that is loaded now ends.</summary>
    public static long NewEndMs() => (DateTimeOffset.UtcNow - RoomToMove).ToUnixTimeSeconds() / 60 * 60_000;

    /// <summary>The end of what a folder holds, or null when nothing was loaded into it.</summary>
    public static long? EndOf(string folder) => File.Exists(EndFile(folder)) ? long.Parse(File.ReadAllText(EndFile(folder)), CultureInfo.InvariantCulture) : null;

    /// <summary>Remembers that a folder is loaded.</summary>
    public void Remember(string folder) => File.WriteAllText(EndFile(folder), endMs.ToString(CultureInfo.InvariantCulture));

    static string EndFile(string folder) => Path.Combine(folder, "end");
}
