using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Barograph.Server.Query;
using Barograph.TimeSeries;
using FsCheck.Fluent;

namespace Barograph.Server.Tests.Query;

public sealed class JsonStreamTests
{
    [Theory]
    [InlineData(1_795_194_960_000, 15_000)]
    [InlineData(1_795_199_999_000, 1_000)] // the last four digits begin anew
    [InlineData(9_999_999_990_000, 5_000)] // ten digits become eleven
    [InlineData(999_999_990_000, 5_000)] // nine become ten
    [InlineData(1_795_194_960_000, 250)]
    [InlineData(-1_000_000_015_000, 5_000)]
    [InlineData(-10_500_000, 500_000)]
    [InlineData(0, 1)]
    public async Task Samples_in_a_row_have_the_times_that_they_have_alone(long startMs, long stepMs)
    {
        var times = Enumerable.Range(0, 2_500).Select(i => startMs + i * stepMs).ToArray();
        var values = times.Select(static time => time / 8.0).ToArray();
        var expected = Alone(times, values);
        Assert.Equal(expected, await TogetherAsync(values, startMs, stepMs, []));
        Assert.Equal(expected, await TogetherAsync(values, 0, 0, times));
    }

    [Fact]
    public async Task Times_in_any_order_and_values_that_are_none_are_written_as_they_are_alone()
    {
        var times = Gen.Sample(Gen.OneOf(ArbMap.Default.GeneratorFor<int>().Select(static i => (long)i), Gen.Choose(1, int.MaxValue).Select(static i => i * 1000L)), 2_000).ToArray();
        var values = times.Select(static (_, i) => i % 7 == 0 ? StaleMarker.Value : i % 5 == 0 ? double.NaN : i / 3.0).ToArray();
        Assert.Equal(Alone(times, values), await TogetherAsync(values, 0, 0, times));
    }

    static string Alone(long[] times, double[] values)
    {
        var samples = times.Zip(values).Where(static pair => !StaleMarker.Is(pair.Second)).Select(static pair => $"[{Text(pair.First)},\"{Text(pair.Second)}\"]");
        return $"[{string.Join(',', samples)}]";
    }

    static string Text(long timestampMs)
    {
        var seconds = (timestampMs / 1000m).ToString("0.000", CultureInfo.InvariantCulture);
        return timestampMs % 1000 == 0 ? seconds[..^4] : seconds;
    }

    static string Text(double value)
    {
        Span<byte> into = stackalloc byte[NumberText.LargestBytes];
        return Encoding.ASCII.GetString(into[..NumberText.Value(value, into)]);
    }

    static async Task<string> TogetherAsync(double[] values, long startMs, long stepMs, long[] times)
    {
        using var bytes = new MemoryStream();
        var pipe = PipeWriter.Create(bytes);
        await using (var stream = new JsonStream(pipe, CancellationToken.None))
        {
            stream.Json.WriteStartArray();
            var isFirst = true;
            const int atOnce = 1024;
            for (var from = 0; from < values.Length; from += atOnce)
            {
                var count = Math.Min(atOnce, values.Length - from);
                stream.WriteSamples(new SampleSpan(values.AsSpan(from, count), startMs + from * stepMs, stepMs, times.Length == 0 ? default : times.AsSpan(from, count)), ref isFirst);
            }

            stream.Json.WriteEndArray();
        }

        await pipe.FlushAsync();
        return Encoding.ASCII.GetString(bytes.ToArray());
    }
}
