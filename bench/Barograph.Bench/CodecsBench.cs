using System.Diagnostics;
using Barograph.TimeSeries;
using Barograph.TimeSeries.Tests;

namespace Barograph.Bench;

/// <summary>Sizes and speeds of the chunk codec, shape by shape. One operation is one sample; times are the best of the rounds.</summary>
static class CodecsBench
{
    const int SeriesPerShape = 50, Rounds = 60;

    public static void Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0]) : 720;
        Measure([.. SampleShapes.Mix.Select(shape => shape.Values(new Random(1), count))]); // lets the compiler see every path first
        Thread.Sleep(500);
        Console.WriteLine($"{SeriesPerShape} series a shape, {count} samples a chunk, regular times (times cost {TimesBytes(count, 0):F3} B/sample a chunk, jittered by 7 ms {TimesBytes(count, 1):F3})");
        Console.WriteLine($"{"shape",-14} {"share %",8} {"B/sample",9} {"encode ns",10} {"decode ns",10}");
        double mixBytes = 0, mixEncode = 0, mixDecode = 0;
        foreach (var (name, percent, shape) in SampleShapes.Mix)
        {
            var random = new Random(1);
            var columns = Enumerable.Range(0, SeriesPerShape).Select(_ => shape(random, count)).ToArray();
            var (bytes, encode, decode) = Measure(columns);
            Console.WriteLine($"{name,-14} {percent,8} {bytes,9:F3} {encode,10:F1} {decode,10:F2}");
            mixBytes += bytes * percent / 100;
            mixEncode += encode * percent / 100;
            mixDecode += decode * percent / 100;
        }

        Console.WriteLine($"{"the mix",-14} {100,8} {mixBytes,9:F3} {mixEncode,10:F1} {mixDecode,10:F2}");
    }

    static (double BytesPerSample, double EncodeNs, double DecodeNs) Measure(double[][] columns)
    {
        var count = columns[0].Length;
        var chunks = columns.Select(column => new byte[ValueColumn.MaxSizeBytes(count)]).ToArray();
        var lengths = new int[columns.Length];
        var read = new double[count];
        var (encode, decode) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            encode = Min(encode, () =>
            {
                for (var i = 0; i < columns.Length; i++)
                {
                    var writer = new ByteWriter(chunks[i]);
                    ValueColumn.Encode(columns[i], ref writer);
                    lengths[i] = writer.Position;
                }
            });
            decode = Min(decode, () =>
            {
                for (var i = 0; i < columns.Length; i++)
                {
                    var reader = new ByteReader(chunks[i].AsSpan(0, lengths[i]));
                    ValueColumn.Decode(ref reader, read);
                }
            });
        }

        var samples = (double)count * columns.Length;
        return (lengths.Sum() / samples, encode.TotalNanoseconds / samples, decode.TotalNanoseconds / samples);
    }

    static double TimesBytes(int count, int kind)
    {
        var bytes = new byte[TimeColumn.MaxSizeBytes(count)];
        var writer = new ByteWriter(bytes);
        TimeColumn.Encode(SampleShapes.Times(new Random(1), count, kind), ref writer);
        return writer.Position / (double)count;
    }

    static TimeSpan Min(TimeSpan best, Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed < best ? watch.Elapsed : best;
    }
}
