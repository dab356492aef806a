namespace Barograph.TimeSeries.Tests;

/// <summary>Series as life has them, from a seed: the realistic mix that sizes and speeds are measured on.</summary>
public static class SampleShapes
{
    /// <summary>The shapes by name, with their share of the mix: what a host and a service export, by count of series.</summary>
    public static readonly IReadOnlyList<(string Name, int Percent, Func<Random, int, double[]> Values)> Mix =
    [
        ("constant", 30, static (random, count) => Repeat(count, random.Next(100) * 1024.0)),
        ("rare counter", 14, static (random, count) => Counter(random, count, step: () => random.Next(12) == 0 ? 1 : 0)),
        ("busy counter", 14, static (random, count) => Counter(random, count, step: () => 950 + random.Next(100))),
        ("byte counter", 8, static (random, count) => Counter(random, count, step: () => 60 * (long)(1000 * Gaussian(random, 12, 3)))),
        ("cpu seconds", 10, static (random, count) => Decimal(2, Sums(random, count, () => Math.Abs(Gaussian(random, 1, 0.7))))),
        ("gauge .1", 6, static (random, count) => Decimal(1, Walk(random, count, 55, 0.15))),
        ("gauge .01", 6, static (random, count) => Decimal(2, Walk(random, count, 3, 0.05))),
        ("percent", 5, static (random, count) => Decimal(2, Each(count, () => Math.Clamp(Gaussian(random, 35, 4), 0, 100)))),
        ("page gauge", 4, static (random, count) => Each(Walk(random, count, 1e6, 200), static value => Math.Round(value) * 4096)),
        ("ratio float32", 1, static (random, count) => Each(Walk(random, count, 0.5, 0.002), static value => (float)value)),
        ("noise", 2, static (random, count) => Each(count, () => Gaussian(random, 0.2, 0.02))),
    ];

    /// <summary>Values that are hard on an encoder, mixed at random.</summary>
    public static double[] Ugly(Random random, int count)
    {
        double[] odd =
        [
            0, -0.0, double.NaN, StaleMarker.Value, BitConverter.Int64BitsToDouble(0x7ff8000000000001), double.PositiveInfinity,
            double.NegativeInfinity, double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, 1L << 53, (1L << 53) + 2.0,
            9.2e18, -9.3e18, 1e300, 0.1, 0.1 + 0.2, 1e-15, 1e-16, 123456789.123456, BitConverter.Int64BitsToDouble(unchecked((long)0xfff4dead0000beef)),
        ];
        var kind = random.Next(4);
        var share = random.Next(1, 20);
        double calm = random.Next(1000);
        return Each(count, () => kind switch
        {
            0 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
            1 => odd[random.Next(odd.Length)],
            2 => random.Next(share) == 0 ? odd[random.Next(odd.Length)] : calm += random.Next(5),
            _ => random.Next(share) == 0 ? odd[random.Next(odd.Length)] : random.Next(-5000, 5000) / 100.0,
        });
    }

    /// <summary>Ascending times of one of several kinds: regular, jittered, with gaps, wild.</summary>
    public static long[] Times(Random random, int count, int kind)
    {
        var time = kind == 3 ? random.NextInt64(-1L << 50, 1L << 50) : 1_700_000_000_000 + random.Next(10_000);
        var times = new long[count];
        for (var i = 0; i < count; i++)
        {
            times[i] = kind == 1 ? time + random.Next(7) : time;
            time += kind switch
            {
                0 or 1 => 10_000,
                2 => random.Next(10) == 0 ? 10_000 * random.Next(1, 50) : 10_000,
                _ => random.NextInt64(1, 1L << random.Next(1, 45)),
            };
        }

        return times;
    }

    static double[] Repeat(int count, double value) => Each(count, () => value);

    static double[] Counter(Random random, int count, Func<long> step)
    {
        var total = (double)random.Next(1_000_000);
        return Each(count, () => total += step());
    }

    static double[] Sums(Random random, int count, Func<double> step)
    {
        var total = random.NextDouble() * 10_000;
        return Each(count, () => total += step());
    }

    static double[] Walk(Random random, int count, double start, double step)
    {
        var value = start;
        return Each(count, () => value += Gaussian(random, 0, step));
    }

    static double[] Decimal(int places, double[] values) => Each(values, value => Math.Round(value, places));

    static double[] Each(int count, Func<double> next) => Each(new double[count], _ => next());

    static double[] Each(double[] values, Func<double, double> change)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = change(values[i]);
        return values;
    }

    static double Gaussian(Random random, double mean, double deviation) =>
        mean + deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
