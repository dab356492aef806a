namespace Barograph.TimeSeries.Tests;

public sealed class QuantileSketchTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(0, 30));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_quantile_is_within_the_promised_error(int seed)
    {
        var random = new Random(seed);
        var values = Enumerable.Range(0, random.Next(1, 500)).Select(_ => random.Next(10) switch
        {
            0 => 0,
            1 => -random.NextDouble() * Math.Pow(10, random.Next(-300, 300)),
            2 => double.Epsilon * random.Next(1, 5),
            3 => random.Next(2) == 0 ? double.PositiveInfinity : double.NegativeInfinity,
            _ => random.NextDouble() * Math.Pow(10, random.Next(-5, 6)),
        }).ToArray();
        AssertQuantiles(values, QuantileSketch.Of(values));
        var cut = random.Next(values.Length);
        AssertQuantiles(values, QuantileSketch.Merge(QuantileSketch.Of(values.AsSpan(0, cut)), QuantileSketch.Of(values.AsSpan(cut))));
    }

    [Fact]
    public void NaN_has_no_rank()
    {
        var sketch = QuantileSketch.Of([double.NaN, 1, StaleMarker.Value]);
        Assert.Equal(1, sketch.Count);
        Assert.True(double.IsNaN(QuantileSketch.Of([double.NaN]).Quantile(0.5)));
    }

    static void AssertQuantiles(double[] values, QuantileSketch sketch)
    {
        Assert.Equal(values.Length, sketch.Count);
        var sorted = values.Order().ToArray();
        for (var q = 0.0; q <= 1; q += 0.05)
        {
            var exact = sorted[(int)(q * (values.Length - 1))];
            var read = sketch.Quantile(q);
            // The smallest doubles have fewer bits than the promise needs.
            Assert.True(exact == read || Math.Abs(read - exact) <= Math.Abs(exact) * QuantileSketch.RelativeError * 1.000001 + 4 * double.Epsilon,
                $"{q}: {exact:R} became {read:R}");
        }
    }
}
