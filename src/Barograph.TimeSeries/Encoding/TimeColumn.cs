namespace Barograph.TimeSeries;

/// <summary>
/// The times of a chunk. What is stored is the distance from the straight line between the first and the last time: zero
/// for a regular scrape (eleven bytes in all), the jitter alone for an unsteady one. The reader knows the count.
/// <code>
/// zigzag  first time, Unix milliseconds
/// varint  last time - first time
/// column  time i - (first + i · step), step = (last - first) / (count - 1) rounded down (<see cref="IntegerColumn"/>)
/// </code>
/// </summary>
internal static class TimeColumn
{
    /// <summary>Room that always suffices for a column.</summary>
    public static int MaxSizeBytes(int count) => 2 * ByteWriter.MaxVarintBytes + IntegerColumn.MaxSizeBytes(count);

    /// <param name="timestampsMs">At least one, ascending.</param>
    /// <param name="writer">Has room for <see cref="MaxSizeBytes"/>.</param>
    public static void Encode(ReadOnlySpan<long> timestampsMs, ref ByteWriter writer)
    {
        var first = timestampsMs[0];
        var span = (ulong)(timestampsMs[^1] - first);
        writer.WriteZigzag(first);
        writer.WriteVarint(span);
        using var scratch = new Scratch<long>(timestampsMs.Length);
        var distances = scratch.Span;
        var step = Step(span, timestampsMs.Length);
        for (var i = 0; i < timestampsMs.Length; i++)
            distances[i] = timestampsMs[i] - (first + i * step);
        IntegerColumn.Encode(distances, ref writer);
    }

    /// <summary>Reads as many times as there is room for, at least one.</summary>
    public static void Decode(ref ByteReader reader, Span<long> timestampsMs)
    {
        var (first, span) = (reader.ReadZigzag(), reader.ReadVarint());
        IntegerColumn.Decode(ref reader, timestampsMs);
        var step = Step(span, timestampsMs.Length);
        var line = first;
        foreach (ref var time in timestampsMs)
        {
            time += line;
            line += step;
        }
    }

    /// <summary>The first and the last time, without decoding.</summary>
    public static (long FirstMs, long LastMs) ReadBounds(ref ByteReader reader)
    {
        var first = reader.ReadZigzag();
        return (first, first + (long)reader.ReadVarint());
    }

    static long Step(ulong span, int count) => count > 1 ? (long)(span / (uint)(count - 1)) : 0;
}
