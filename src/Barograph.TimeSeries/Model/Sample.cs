namespace Barograph.TimeSeries;

/// <summary>One value of a series at one time.</summary>
/// <param name="TimestampMs">Unix milliseconds, UTC.</param>
/// <param name="Value">Any double; NaN payloads are kept bit for bit.</param>
public readonly record struct Sample(long TimestampMs, double Value);

/// <summary>The NaN with its own bits that ends a series. Never compare it with <c>==</c>.</summary>
public static class StaleMarker
{
    const long Bits = 0x7ff0000000000002;

    /// <summary>The marker itself.</summary>
    public static readonly double Value = BitConverter.Int64BitsToDouble(Bits);

    /// <summary>Whether a value is the marker, bit for bit; every other NaN is an ordinary value.</summary>
    public static bool Is(double value) => BitConverter.DoubleToInt64Bits(value) == Bits;
}
