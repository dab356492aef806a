using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>Doubles as decimal numbers: <c>mantissa / 10^exponent</c>, where that is the very same double.</summary>
internal static class DecimalScale
{
    /// <summary>The largest exponent that is tried.</summary>
    public const int MaxExponent = 9;

    const double LargestExact = 1L << 53;

    static readonly double[] Powers = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

    /// <summary>The mantissa of a value at an exponent, when undoing it gives the same bits (never for NaN, ±Inf and -0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryScale(double value, int exponent, out long mantissa)
    {
        var power = Powers[exponent];
        var scaled = Math.Round(value * power);
        mantissa = 0;
        if (!(Math.Abs(scaled) <= LargestExact))
            return false;
        mantissa = (long)scaled;
        return BitConverter.DoubleToInt64Bits(mantissa / power) == BitConverter.DoubleToInt64Bits(value);
    }

    /// <summary>10^exponent.</summary>
    public static double Power(int exponent) => Powers[exponent];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Undo(long mantissa, int exponent) => mantissa / Powers[exponent];
}
