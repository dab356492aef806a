using Barograph.Server.Ingest;
using Barograph.Server.Ingest.RemoteWrite;
using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;
using static Barograph.Server.Tests.Ingest.RemoteWriteMessage;

namespace Barograph.Server.Tests.Ingest;

/// <summary>Mutations of valid requests: always a value or our own refusal.</summary>
public sealed class RemoteWriteFuzzTests(ITestOutputHelper output)
{
    const int Seed = 20261121;

    static readonly TestSeries[] Valid =
    [
        Series("up", (1, 1_790_000_000_000)),
        new([("__name__", "http_requests_total"), ("code", "200"), ("handler", new string('/', 200))], (1e9, 1_790_000_000_000), (2e9, 1_790_000_015_000)),
        new([("b", "2"), ("a", "1")], (double.NaN, 0)),
        new([("__name__", "latency")])
        {
            Histograms =
            [
                (new NativeHistogram { Schema = 2, Count = 6, Sum = 4, PositiveSpans = [new BucketSpan(-1, 1), new BucketSpan(2, 2)], PositiveBuckets = [1, 2, 3] }, 1_790_000_000_000),
                (new NativeHistogram { Schema = -53, Count = 2.5, Sum = 4, PositiveSpans = [new BucketSpan(0, 2)], PositiveBuckets = [0.5, 2], CustomBounds = [1] }, 1_790_000_000_001),
            ],
            Exemplars = [new Exemplar(1_790_000_000_000, 0.5, Labels.Of("trace_id", "abc"))],
        },
    ];

    /// <summary>Flips, cuts, repeats and inserts at places of the generator's choice.</summary>
    public static byte[] Mutate(Random random, byte[] valid)
    {
        var bytes = valid.ToList();
        for (var changes = random.Next(1, 6); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 50), bytes.Count - at)));
                    break;
                default:
                    bytes.Insert(at, (byte)(random.Next(2) == 0 ? 0xFF : random.Next(256)));
                    break;
            }
        }

        return [.. bytes];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_message_is_decoded_or_refused(bool isV2)
    {
        var decoded = new DecodedRequest(new IngestLimits(), new KnownMetadata());
        var random = new Random(Seed);
        var (taken, refused) = (0, 0);
        for (var round = 0; round < 50_000; round++)
        {
            var message = Mutate(random, isV2 ? V2(Valid) : V1(Valid));
            decoded.Begin();
            try
            {
                if (isV2)
                    RemoteWriteV2.Decode(message, decoded);
                else
                    RemoteWriteV1.Decode(message, decoded);
                taken++;
            }
            catch (Exception expected) when (expected is MalformedRequestException or RequestTooLargeException)
            {
                refused++;
            }
        }

        output.WriteLine($"seed {Seed}: {taken} taken, {refused} refused");
        Assert.True(taken > 1000 && refused > 1000);
    }

    [Fact]
    public async Task Any_request_over_HTTP_is_a_2xx_or_a_4xx_and_what_was_valid_stays()
    {
        var store = new MemoryStore();
        await using var host = await IngestHost.StartAsync(store);
        var random = new Random(Seed);
        await host.PostAsync("/api/v1/write", Snappy(V1(Series("ledger", (42, 1_790_000_000_000)))));
        for (var round = 0; round < 2_000; round++)
        {
            var isV2 = random.Next(2) == 0;
            var message = isV2 ? V2(Valid) : V1(Valid);
            var body = random.Next(2) == 0 ? Snappy(Mutate(random, message)) : Mutate(random, Snappy(message));
            var (status, text, _) = await host.PostAsync(
                "/api/v1/write", body, isV2 ? "application/x-protobuf;proto=io.prometheus.write.v2.Request" : "application/x-protobuf", "snappy");
            Assert.True(status is 204 or 400 or 413, $"seed {Seed}, round {round}: {status} {text}");
        }

        Assert.Equal(42, store.Value("ledger{job=\"test\"}"));
    }
}
