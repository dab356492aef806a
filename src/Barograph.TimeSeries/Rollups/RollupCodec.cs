namespace Barograph.TimeSeries;

/// <summary>
/// The windows of a rollup as the payload of a chunk; where they begin stands in the chunk's time column.
/// <code>
/// byte    kind: 3
/// byte    bit 0: the values are decimals; bit 1: increases follow; bit 2: sketches follow
/// column  counts (<see cref="IntegerColumn"/>)
/// decimals:                                                              else, each a <see cref="ValueColumn"/>:
///   byte    places p; all below are integers, value · 10^p
///   column  lasts                                                          lasts
///   column  maxes - lasts                                                  maxes
///   column  mins - the last before (with increases) or - the last          mins
///   column  sums - (count · min + count · (max - min) / 2)                 sums
///   [ column  increases - (last - the last before) ]                       [ increases ]
/// [ sketches, one after the other (<see cref="QuantileSketch.Write"/>) ]
/// </code>
/// "The last before" is that of the window before in the chunk, and for the first window its own. So a counter without
/// resets has columns of zeros for its maxes and increases, and a constant for all.
/// </summary>
internal static class RollupCodec
{
    const byte AreDecimals = 1, HasIncreases = 2, HasSketches = 4;

    /// <summary>Encodes windows, which either all have an increase or none.</summary>
    /// <returns>The payload without its first byte.</returns>
    public static byte[] Encode(RollupColumns windows)
    {
        Invariant.Holds(windows.Count is >= 1 and <= ChunkCodec.MaxSamples);
        var hasIncreases = !double.IsNaN(windows.Increases[0]);
        var hasSketches = windows.Sketches.ContainsAnyExcept((QuantileSketch?)null);
        var places = CommonPlaces(windows, hasIncreases);
        using var columns = new Scratch<byte>(2 + IntegerColumn.MaxSizeBytes(windows.Count) + 5 * ValueColumn.MaxSizeBytes(windows.Count));
        var writer = new ByteWriter(columns.Span);
        writer.WriteByte((byte)((places >= 0 ? AreDecimals : 0) | (hasIncreases ? HasIncreases : 0) | (hasSketches ? HasSketches : 0)));
        IntegerColumn.Encode(windows.Counts, ref writer);
        if (places >= 0)
            EncodeDecimals(windows, places, hasIncreases, ref writer);
        else
            EncodeDoubles(windows, hasIncreases, ref writer);

        var payload = new GrowingBytes();
        payload.Write(columns.Span[..writer.Position]);
        var lastFirstKey = 0;
        for (var i = 0; hasSketches && i < windows.Count; i++)
            QuantileSketch.Write(payload, windows.Sketches[i], ref lastFirstKey);
        return payload.Written.ToArray();
    }

    /// <summary>Decodes windows; their number is that of the starts, which the caller has filled in.</summary>
    /// <param name="columns">The payload without its first byte.</param>
    /// <exception cref="CorruptChunkException">The bytes are not windows.</exception>
    public static void Decode(ReadOnlySpan<byte> columns, RollupColumns windows)
    {
        var reader = new ByteReader(columns);
        var flags = reader.ReadByte();
        IntegerColumn.Decode(ref reader, windows.Counts);
        var hasIncreases = (flags & HasIncreases) != 0;
        if (!hasIncreases)
            windows.Increases.Fill(double.NaN);
        if ((flags & AreDecimals) != 0)
            DecodeDecimals(ref reader, windows, hasIncreases);
        else
            DecodeDoubles(ref reader, windows, hasIncreases);
        windows.Sketches.Clear();
        var lastFirstKey = 0;
        for (var i = 0; (flags & HasSketches) != 0 && i < windows.Count; i++)
            windows.Sketches[i] = QuantileSketch.Read(ref reader, ref lastFirstKey);
        if (reader.Remaining.Length > 0)
            CorruptChunkException.Throw($"{reader.Remaining.Length} bytes follow its end");
    }

    static void EncodeDoubles(RollupColumns windows, bool hasIncreases, ref ByteWriter writer)
    {
        ValueColumn.Encode(windows.Lasts, ref writer);
        ValueColumn.Encode(windows.Maxes, ref writer);
        ValueColumn.Encode(windows.Mins, ref writer);
        ValueColumn.Encode(windows.Sums, ref writer);
        if (hasIncreases)
            ValueColumn.Encode(windows.Increases, ref writer);
    }

    static void DecodeDoubles(ref ByteReader reader, RollupColumns windows, bool hasIncreases)
    {
        ValueColumn.Decode(ref reader, windows.Lasts);
        ValueColumn.Decode(ref reader, windows.Maxes);
        ValueColumn.Decode(ref reader, windows.Mins);
        ValueColumn.Decode(ref reader, windows.Sums);
        if (hasIncreases)
            ValueColumn.Decode(ref reader, windows.Increases);
    }

    static void EncodeDecimals(RollupColumns windows, int places, bool hasIncreases, ref ByteWriter writer)
    {
        var count = windows.Count;
        using var scratch = new Scratch<long>(6 * count);
        var lasts = Scale(windows.Lasts, places, scratch.Span[..count]);
        var maxes = Scale(windows.Maxes, places, scratch.Span.Slice(count, count));
        var mins = Scale(windows.Mins, places, scratch.Span.Slice(2 * count, count));
        var sums = Scale(windows.Sums, places, scratch.Span.Slice(3 * count, count));
        var residuals = scratch.Span.Slice(5 * count, count);

        writer.WriteByte((byte)places);
        IntegerColumn.Encode(lasts, ref writer);
        for (var i = 0; i < count; i++)
            residuals[i] = maxes[i] - lasts[i];
        IntegerColumn.Encode(residuals, ref writer);
        for (var i = 0; i < count; i++)
            residuals[i] = mins[i] - lasts[hasIncreases ? Before(i) : i];
        IntegerColumn.Encode(residuals, ref writer);
        for (var i = 0; i < count; i++)
            residuals[i] = sums[i] - ExpectedSum(windows.Counts[i], mins[i], maxes[i]);
        IntegerColumn.Encode(residuals, ref writer);
        if (!hasIncreases)
            return;
        var increases = Scale(windows.Increases, places, scratch.Span.Slice(4 * count, count));
        for (var i = 0; i < count; i++)
            residuals[i] = increases[i] - (lasts[i] - lasts[Before(i)]);
        IntegerColumn.Encode(residuals, ref writer);
    }

    static void DecodeDecimals(ref ByteReader reader, RollupColumns windows, bool hasIncreases)
    {
        var count = windows.Count;
        var places = reader.ReadByte();
        if (places > Decimals.MaxPlaces)
            CorruptChunkException.Throw($"decimals with {places} places");
        using var scratch = new Scratch<long>(5 * count);
        var (lasts, maxes, mins) = (0, count, 2 * count);
        var all = scratch.Span;
        IntegerColumn.Decode(ref reader, all.Slice(lasts, count));
        IntegerColumn.Decode(ref reader, all.Slice(maxes, count));
        IntegerColumn.Decode(ref reader, all.Slice(mins, count));
        var sums = all.Slice(3 * count, count);
        IntegerColumn.Decode(ref reader, sums);
        for (var i = 0; i < count; i++)
        {
            all[maxes + i] += all[lasts + i];
            all[mins + i] += all[lasts + (hasIncreases ? Before(i) : i)];
            sums[i] += ExpectedSum(windows.Counts[i], all[mins + i], all[maxes + i]);
        }

        Unscale(all.Slice(lasts, count), places, windows.Lasts);
        Unscale(all.Slice(maxes, count), places, windows.Maxes);
        Unscale(all.Slice(mins, count), places, windows.Mins);
        Unscale(sums, places, windows.Sums);
        if (!hasIncreases)
            return;
        var increases = all.Slice(4 * count, count);
        IntegerColumn.Decode(ref reader, increases);
        for (var i = 0; i < count; i++)
            increases[i] += all[lasts + i] - all[lasts + Before(i)];
        Unscale(increases, places, windows.Increases);
    }

    static int Before(int window) => Math.Max(0, window - 1);

    /// <summary>The sum if the values lay evenly between min and max; wraps where it overflows, both ways alike.</summary>
    static long ExpectedSum(long count, long min, long max) => count * min + count * (max - min) / 2;

    /// <summary>The fewest places at which every value of every column is a decimal, or -1.</summary>
    static int CommonPlaces(RollupColumns windows, bool hasIncreases)
    {
        var places = Math.Max(Decimals.BestPlaces(windows.Lasts), Math.Max(Decimals.BestPlaces(windows.Maxes), Decimals.BestPlaces(windows.Mins)));
        places = Math.Max(places, Decimals.BestPlaces(windows.Sums));
        return places >= 0 && AreAllDecimals(windows.Lasts, places) && AreAllDecimals(windows.Maxes, places) && AreAllDecimals(windows.Mins, places)
            && AreAllDecimals(windows.Sums, places) && (!hasIncreases || AreAllDecimals(windows.Increases, places))
                ? places : -1;
    }

    static bool AreAllDecimals(ReadOnlySpan<double> values, int places)
    {
        foreach (var value in values)
        {
            if (!Decimals.TryScale(value, places, out _))
                return false;
        }

        return true;
    }

    static Span<long> Scale(ReadOnlySpan<double> values, int places, Span<long> mantissas)
    {
        for (var i = 0; i < values.Length; i++)
            Invariant.Holds(Decimals.TryScale(values[i], places, out mantissas[i]));
        return mantissas;
    }

    static void Unscale(ReadOnlySpan<long> mantissas, int places, Span<double> values)
    {
        mantissas.CopyTo(System.Runtime.InteropServices.MemoryMarshal.Cast<double, long>(values));
        Decimals.Unscale(values, places);
    }
}
