namespace Barograph.TimeSeries;

/// <summary>What a series has at one time: the bits of a float, or a histogram. Equal are those that are the same, bit for bit.</summary>
internal readonly record struct StoredValue(long Bits, NativeHistogram? Histogram)
{
    public static StoredValue Of(double value) => new(BitConverter.DoubleToInt64Bits(value), null);

    public static StoredValue Of(NativeHistogram histogram) => new(0, histogram);
}
