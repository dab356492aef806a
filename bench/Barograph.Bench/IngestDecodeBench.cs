using System.Diagnostics;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.RemoteWrite;
using Barograph.Server.Ingest.Wire;

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
    }

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
