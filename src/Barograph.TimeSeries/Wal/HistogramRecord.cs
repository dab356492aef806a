namespace Barograph.TimeSeries;

/// <summary>
/// The payload of a record of native histograms.
/// <code>
/// varint  count
/// count × { zigzag series number − the one before, zigzag time − the one before, <see cref="HistogramEntry"/> that stands for itself }
/// </code>
/// </summary>
internal static class HistogramRecord
{
    /// <summary>What one damaged byte costs at most; a single histogram may be larger.</summary>
    const int MaxPayloadBytes = 32 << 10;

    const int MaxHistograms = 256;

    public delegate void HistogramHandler(int series, long timestampMs, NativeHistogram histogram);

    /// <summary>Adds records (prepared, not bound) of the histograms whose series number is not negative.</summary>
    public static void Write(GrowingBytes records, ReadOnlySpan<int> series, ReadOnlySpan<HistogramSample> histograms)
    {
        var entries = new GrowingBytes();
        for (var next = 0; next < histograms.Length;)
        {
            entries.Clear();
            var count = 0;
            long previousSeries = 0, previousMs = 0;
            for (; next < histograms.Length && count < MaxHistograms && entries.Length < MaxPayloadBytes; next++)
            {
                if (series[next] < 0)
                    continue;
                entries.WriteZigzag(series[next] - previousSeries);
                entries.WriteZigzag(histograms[next].TimestampMs - previousMs);
                HistogramEntry.Write(null, histograms[next].Histogram, entries);
                (previousSeries, previousMs) = (series[next], histograms[next].TimestampMs);
                count++;
            }

            if (count > 0)
                WalRecord.Add(records, WalRecordType.Histograms, count, entries.Written);
        }
    }

    /// <summary>Hands over what a payload holds, in order.</summary>
    public static void Read(ReadOnlySpan<byte> payload, HistogramHandler take)
    {
        var reader = new ByteReader(payload);
        long series = 0, timestampMs = 0;
        for (var left = reader.ReadCount(MaxHistograms); left > 0; left--)
        {
            series += reader.ReadZigzag();
            timestampMs += reader.ReadZigzag();
            take(checked((int)series), timestampMs, HistogramEntry.Read(null, ref reader));
        }
    }
}
