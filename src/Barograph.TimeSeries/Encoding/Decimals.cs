using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Barograph.TimeSeries;

/// <summary>
/// Doubles that came from decimal text as integers: 12.34 with two places is 1234. The quotient of two integers that a double
/// holds exactly is correctly rounded, so it is the very double a parser makes of the text (Clinger, "How to Read Floating
/// Point Numbers Accurately", 1990); every value is checked all the same.
/// </summary>
internal static class Decimals
{
    /// <summary>A double has 15 decimal digits that survive; more places are noise.</summary>
    public const int MaxPlaces = 15;

    /// <summary>Integers whose magnitude is below can be added and scaled without rounding.</summary>
    public const long ExactLimit = 1L << 52;

    /// <summary>Integers up to here are doubles, with room for the rounding of the product.</summary>
    const double MaxMantissa = ExactLimit;

    /// <summary>With no places any integer that a long holds will do.</summary>
    const double MaxInteger = 9.2e18;

    static readonly double[] s_powers = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>The value times ten to the places, when dividing gives back the value bit for bit.</summary>
    public static bool TryScale(double value, int places, out long mantissa)
    {
        var scaled = value * s_powers[places];
        mantissa = 0;
        if (!(Math.Abs(scaled) < (places == 0 ? MaxInteger : MaxMantissa))) // also refuses NaN
            return false;
        mantissa = (long)Math.Round(scaled);
        return BitConverter.DoubleToInt64Bits(mantissa / s_powers[places]) == BitConverter.DoubleToInt64Bits(value);
    }

    /// <summary>Ten to the places.</summary>
    public static double PowerOf(int places) => s_powers[places];

    /// <summary>The value that an integer stands for.</summary>
    public static double Unscale(long mantissa, int places) => mantissa / s_powers[places];

    /// <summary>
    /// The number of places that makes the column smallest, or -1 when too few values are decimals. A place more costs each
    /// value 3.3 bits; a value left out costs about <see cref="ExceptionBits"/>.
    /// </summary>
    public static int BestPlaces(ReadOnlySpan<double> values)
    {
        Span<int> needing = stackalloc int[MaxPlaces + 2];
        needing.Clear();
        var guess = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var places = PlacesOf(values[i], guess);
            needing[places]++;
            if (places <= MaxPlaces)
                guess = places;
            else if (i == 31 && needing[MaxPlaces + 1] > 16)
                return -1; // looking at sixteen powers of noise is the slowest part of all; do not go on
        }

        var never = needing[MaxPlaces + 1];
        if (never > values.Length / 8)
            return -1;
        var (best, bestCost, above) = (-1, double.PositiveInfinity, never);
        for (var places = MaxPlaces; places >= 0; above += needing[places--])
        {
            var cost = above * (double)ExceptionBits + values.Length * places * 3.32;
            if (cost < bestCost && above <= values.Length / 8)
                (best, bestCost) = (places, cost);
        }

        return best;
    }

    /// <summary>What an exception costs: a gap, a tag, eight bytes.</summary>
    const int ExceptionBits = 80;

    /// <summary>Integers to values, in place: the span holds the bits of a long in each double.</summary>
    public static void Unscale(Span<double> values, int places)
    {
        var mantissas = MemoryMarshal.Cast<double, long>(values);
        var divisor = Vector256.Create(s_powers[places]);
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            for (; i <= values.Length - Vector256<double>.Count; i += Vector256<double>.Count)
                (Vector256.ConvertToDouble(Vector256.Create<long>(mantissas.Slice(i, Vector256<long>.Count))) / divisor).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
            values[i] = mantissas[i] / s_powers[places];
    }

    /// <summary>The fewest places that give the value back, or <see cref="MaxPlaces"/> + 1; searched from a guess.</summary>
    static int PlacesOf(double value, int guess)
    {
        var places = guess;
        if (TryScale(value, places, out _))
        {
            while (places > 0 && TryScale(value, places - 1, out _))
                places--;
            return places;
        }

        if (!double.IsFinite(value) || (value == 0 && double.IsNegative(value)))
            return MaxPlaces + 1;
        for (places++; places <= MaxPlaces; places++)
        {
            if (TryScale(value, places, out _))
                return places;
        }

        // An integer too large for the guess.
        return guess > 0 && TryScale(value, 0, out _) ? 0 : MaxPlaces + 1;
    }
}
