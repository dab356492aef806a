using System.Diagnostics;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Otlp;
using Barograph.Server.Ingest.RemoteWrite;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Tests.Ingest;

namespace Barograph.Bench;

/// <summary>
/// What a door does before the store: decompression and decoding of one request of 2,000 series with a sample each. One
/// operation is one sample.
/// </summary>
internal static class IngestDecodeBench
{
    public static void Run(string[] arguments)
    {
        var message = RemoteWriteBench.ExampleRequest(2000);
        var block = IronSnappy.Snappy.Encode(message);
        var text = new byte[message.Length];
        var decoded = new DecodedRequest(new IngestLimits(), new KnownMetadata());
        Console.WriteLine($"ingest-decode: {message.Length / 2000} bytes a sample, {block.Length / 2000} compressed");
        Measure("snappy", () => SnappyBlock.TryDecode(block, text, out _));
        Measure("remote write 1.0", () =>
        {
            decoded.Begin();
            RemoteWriteV1.Decode(message, decoded);
        });
        var otlp = OtlpRequest();
        var totals = new DeltaTotals(TimeProvider.System);
        Measure("OTLP protobuf", () =>
        {
            decoded.Begin();
            new OtlpMetrics(decoded, totals, 0).Decode(otlp);
        });
    }

    /// <summary>2,000 points of one counter, with five attributes each.</summary>
    static byte[] OtlpRequest() => OtlpMessage.Request(
        static scope => scope.Metric("http.server.requests", "{request}", 7, static data =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var route = $"/api/v1/resource/{i}";
                data.Message(1, point => point.Fixed64(3, OtlpMessage.Time).Double(4, 1).Attribute(7, "http.request.method", "GET").Attribute(7, "http.route", route)
                    .Attribute(7, "http.response.status_code", static code => code.Varint(3, 200)).Attribute(7, "network.protocol.version", "1.1").Attribute(7, "url.scheme", "https"));
            }

            data.Varint(2, 2).Varint(3, 1);
        }),
        static resource => resource.Attribute(1, "service.name", "shop").Attribute(1, "service.instance.id", "a1"),
        static scope => scope.Text(1, "Microsoft.AspNetCore.Hosting"));

    static void Measure(string what, Action once)
    {
        for (var i = 0; i < 500; i++)
            once();
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime; // not wall time, so that other work on the machine does not count
        const int Rounds = 2000;
        for (var i = 0; i < Rounds; i++)
            once();
        const double Samples = Rounds * 2000.0;
        process.Refresh();
        Console.WriteLine($"  {what,-18} {(process.TotalProcessorTime - cpu).TotalNanoseconds / Samples,6:F1} ns, {(GC.GetAllocatedBytesForCurrentThread() - bytes) / Samples:F2} bytes allocated per sample");
    }
}
