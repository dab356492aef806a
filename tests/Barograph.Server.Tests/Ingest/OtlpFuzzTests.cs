using System.Text;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.Wire;
using static Barograph.Server.Tests.Ingest.OtlpMessage;

namespace Barograph.Server.Tests.Ingest;

/// <summary>Mutations of valid requests: always a value or our own refusal.</summary>
public sealed class OtlpFuzzTests(ITestOutputHelper output)
{
    const int Seed = 20261121;

    static readonly byte[] ValidProtobuf = Request(
        static scope => scope
            .Gauge("g", 1, static point => point.Attribute(7, "a", "b").Attribute(7, "list", any => any.Message(5, list => list.Message(1, item => item.Text(1, "x")))))
            .Sum("s", 2, temporality: 1)
            .Metric("h", "s", 9, data => data.Varint(2, 2).Message(1, point => point.Fixed64(3, Time).Fixed64(4, 10).Double(5, 4).PackedFixed64(6, 1, 3, 6).PackedDoubles(7, 0.1, 2.5)))
            .Metric("e", "", 10, data => data.Varint(2, 2).Message(1, point => point.Fixed64(3, Time).Fixed64(4, 9).Zigzag(6, 3).Message(8, run => run.Zigzag(1, 7).Packed(2, 1, 4, 0, 5))))
            .Metric("q", "", 11, data => data.Message(1, point => point.Fixed64(3, Time).Fixed64(4, 3).Message(6, quantile => quantile.Double(1, 0.5).Double(2, 2)))),
        static resource => resource.Attribute(1, "service.name", "shop").Attribute(1, "host", "a"),
        static scope => scope.Text(1, "m").Text(2, "1"));

    const string ValidJson = """
        {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeMetrics":[{"scope":{"name":"m"},
        "metrics":[{"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"1790000000000000000","count":"9","scale":3,
        "positive":{"offset":-7,"bucketCounts":["1",4,"0"]},"attributes":[{"key":"k","value":{"arrayValue":{"values":[{"intValue":"1"},{"doubleValue":0.5}]}}}]}]}}]}]}]}
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_message_is_decoded_or_refused(bool isJson)
    {
        var limits = new IngestLimits();
        var decoded = new DecodedRequest(limits, new KnownMetadata());
        var totals = new DeltaTotals(TimeProvider.System);
        var json = new OtlpJson(limits.RequestBytes);
        var random = new Random(Seed);
        var (taken, refused) = (0, 0);
        for (var round = 0; round < 50_000; round++)
        {
            var message = RemoteWriteFuzzTests.Mutate(random, isJson ? Encoding.UTF8.GetBytes(ValidJson) : ValidProtobuf);
            decoded.Begin();
            try
            {
                new OtlpMetrics(decoded, totals, 0).Decode(isJson ? json.ToProtobuf(message) : message);
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
}
