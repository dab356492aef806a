using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// The payload of a record of samples: columns, because senders repeat themselves.
/// <code>
/// varint   count
/// zigzag[] series number, as the difference from the one before
/// zigzag[] time, as the difference from the one before
/// long[]   value, bits, little-endian
/// </code>
/// </summary>
internal static class SampleRecord
{
    /// <summary>How many samples one record holds at most: what one damaged byte costs.</summary>
    public const int MaxSamples = 1024;

    /// <summary>Room that records of so many samples never exceed, their headers included.</summary>
    public static int MaxBytes(int samples) =>
        samples * (5 + ByteWriter.MaxVarintBytes + sizeof(double)) + (samples / MaxSamples + 1) * (WalRecord.HeaderBytes + 5);

    /// <summary>Writes records (prepared, not bound) of the samples whose series number is not negative.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<int> series, ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values)
    {
        Span<int> taken = stackalloc int[MaxSamples];
        var written = 0;
        for (var next = 0; next < series.Length;)
        {
            var count = 0;
            for (; next < series.Length && count < MaxSamples; next++)
            {
                taken[count] = next;
                count += series[next] >= 0 ? 1 : 0;
            }

            if (count > 0)
                written += WriteOne(destination[written..], taken[..count], series, timestampsMs, values);
        }

        return written;
    }

    static int WriteOne(Span<byte> destination, ReadOnlySpan<int> taken, ReadOnlySpan<int> series, ReadOnlySpan<long> timestampsMs, ReadOnlySpan<double> values)
    {
        var payload = new ByteWriter(destination[WalRecord.HeaderBytes..]);
        payload.WriteVarint((ulong)taken.Length);
        long previous = 0;
        foreach (var sample in taken)
        {
            payload.WriteZigzag(series[sample] - previous);
            previous = series[sample];
        }

        previous = 0;
        foreach (var sample in taken)
        {
            payload.WriteZigzag(timestampsMs[sample] - previous);
            previous = timestampsMs[sample];
        }

        var bits = MemoryMarshal.Cast<byte, double>(payload.Reserve(taken.Length * sizeof(double)));
        for (var i = 0; i < taken.Length; i++)
            bits[i] = values[taken[i]];
        WalRecord.Prepare(destination, WalRecordType.Samples, destination.Slice(WalRecord.HeaderBytes, payload.Position));
        return WalRecord.HeaderBytes + payload.Position;
    }

    /// <summary>Reads a payload back into columns.</summary>
    /// <returns>How many samples.</returns>
    public static int Read(ReadOnlySpan<byte> payload, Span<int> series, Span<long> timestampsMs, Span<double> values)
    {
        var reader = new ByteReader(payload);
        var count = reader.ReadCount(MaxSamples);
        long previous = 0;
        for (var i = 0; i < count; i++)
            series[i] = checked((int)(previous += reader.ReadZigzag()));
        previous = 0;
        for (var i = 0; i < count; i++)
            timestampsMs[i] = previous += reader.ReadZigzag();
        reader.Read(count * sizeof(double)).CopyTo(MemoryMarshal.AsBytes(values));
        return count;
    }
}

/// <summary>The payload of a record of series: <c>varint count</c>, then for each <c>varint number, varint length, key</c>.</summary>
internal static class SeriesRecord
{
    const int MaxPayloadBytes = 64 << 10;

    public delegate void SeriesHandler(int number, ReadOnlySpan<byte> key);

    /// <summary>Adds records (prepared, not bound) of series.</summary>
    public static void Write(MemoryStream records, ReadOnlySpan<int> series, SeriesIndex index)
    {
        var room = new GrowingBytes();
        for (var next = 0; next < series.Length;)
        {
            var (end, size) = (next, WalRecord.HeaderBytes + ByteWriter.MaxVarintBytes);
            while (end < series.Length && (end == next || size < MaxPayloadBytes))
                size += 2 * ByteWriter.MaxVarintBytes + index.KeyLength(series[end++]);
            var start = (int)records.Position;
            records.SetLength(start + size);
            var record = records.GetBuffer().AsSpan(start, size);
            var payload = new ByteWriter(record[WalRecord.HeaderBytes..]);
            payload.WriteVarint((ulong)(end - next));
            for (; next < end; next++)
            {
                var key = index.Key(series[next], room);
                payload.WriteVarint((ulong)series[next]);
                payload.WriteVarint((ulong)key.Length);
                payload.Write(key);
            }

            WalRecord.Prepare(record, WalRecordType.Series, record.Slice(WalRecord.HeaderBytes, payload.Position));
            records.SetLength(start + WalRecord.HeaderBytes + payload.Position);
            records.Position = records.Length;
        }
    }

    public static void Read(ReadOnlySpan<byte> payload, SeriesHandler take)
    {
        var reader = new ByteReader(payload);
        for (var left = reader.ReadCount(payload.Length); left > 0; left--)
        {
            var number = reader.ReadCount(int.MaxValue);
            take(number, reader.Read(reader.ReadCount(payload.Length)));
        }
    }
}
