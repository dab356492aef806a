using System.Diagnostics;
using System.IO.Pipelines;
using Barograph.Server.Query;

namespace Barograph.Bench;

/// <summary>Writing an answer's samples as JSON: nanoseconds a sample, for values of each kind.</summary>
internal static class AnswerBench
{
    const int Samples = 1024;

    public static void Run(string[] arguments)
    {
        var random = new Random(1);
        foreach (var (name, value) in new (string, Func<int, double>)[]
        {
            ("a counter", static i => 80_000 + 31 * i),
            ("one decimal", i => Math.Round(20 + random.NextDouble(), 1)),
            ("a ratio", i => random.NextDouble()),
        })
        {
            double[] values = [.. Enumerable.Range(0, Samples).Select(value)];
            Console.WriteLine($"{name,-14} {Measure(values):0.0} ns a sample");
        }
    }

    static double Measure(double[] values)
    {
        var best = double.MaxValue;
        for (var round = 0; round < 40; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < 100; i++)
            {
                var pipe = PipeWriter.Create(Stream.Null);
                var stream = new JsonStream(pipe, CancellationToken.None);
                stream.Json.WriteStartArray();
                var isFirst = true;
                stream.WriteSamples(new SampleSpan(values, 1_795_194_960_000, 15_000, default), ref isFirst);
                pipe.FlushAsync().AsTask().Wait();
                pipe.Complete();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalNanoseconds / 100 / values.Length);
        }

        return best;
    }
}
