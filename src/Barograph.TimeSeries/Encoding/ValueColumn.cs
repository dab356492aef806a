using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// The values of a chunk, every double bit for bit. They become integers in one of two ways and then an
/// <see cref="IntegerColumn"/>; the few that do not become such an integer are listed apart. The reader knows the count.
/// <code>
/// byte    bits 0-3: decimal places; bit 4: the integers are the doubles' bits instead; bit 5: exceptions follow
/// [ varint count, count × { varint gap, byte tag, 8 bytes if tag is 0 } ]     gap: values since the exception before
/// column  the integers; an exception's repeats the one before it
/// </code>
/// Tags: 0 any bits, 1 the stale marker, 2 the NaN of Prometheus, 3 the NaN of .NET, 4 +Inf, 5 -Inf, 6 -0.
/// <para>
/// The bits of a double are taken so that they ascend as the doubles do (negative ones with all but the sign inverted):
/// neighbouring values are neighbouring integers, and a 32-bit float widened has a common factor of 2^29.
/// </para>
/// </summary>
internal static class ValueColumn
{
    const byte PlacesMask = 0x0F, AsBits = 0x10, HasExceptions = 0x20;
    const byte AnyBits = 0;

    /// <summary>The tagged doubles: tag t stands for element t - 1.</summary>
    static readonly long[] s_tagged =
    [
        BitConverter.DoubleToInt64Bits(StaleMarker.Value), 0x7ff8000000000001, unchecked((long)0xfff8000000000000),
        0x7ff0000000000000, unchecked((long)0xfff0000000000000), long.MinValue,
    ];

    /// <summary>Past this size decimals are tried as bits as well: a random walk in the 15th digit is not decimal.</summary>
    const int SuspiciousBytesPerValue = 5;

    /// <summary>Room that always suffices for a column.</summary>
    public static int MaxSizeBytes(int count) =>
        1 + (count / 8 + 2) * (sizeof(long) + 1 + ByteWriter.MaxVarintBytes) + IntegerColumn.MaxSizeBytes(count);

    /// <param name="values">At least one.</param>
    /// <param name="writer">Has room for <see cref="MaxSizeBytes"/>.</param>
    public static void Encode(ReadOnlySpan<double> values, ref ByteWriter writer)
    {
        // A third of all series do not change for hours, and a constant column does not depend on its count.
        var bits64 = MemoryMarshal.Cast<double, long>(values);
        if (bits64[1..].SequenceEqual(bits64[..^1]))
            values = values[..1];
        var places = Decimals.BestPlaces(values);
        var start = writer;
        if (places >= 0)
            EncodeDecimals(values, places, ref writer);
        var decimalBytes = places >= 0 ? writer.Position - start.Position : int.MaxValue;
        if (decimalBytes <= values.Length * (long)SuspiciousBytesPerValue)
            return;
        using var bytes = new Scratch<byte>(MaxSizeBytes(values.Length));
        var bits = new ByteWriter(bytes.Span);
        EncodeBits(values, ref bits);
        if (bits.Position >= decimalBytes)
            return;
        writer = start;
        writer.Write(bytes.Span[..bits.Position]);
    }

    /// <summary>Reads as many values as there is room for, at least one.</summary>
    public static void Decode(ref ByteReader reader, Span<double> values)
    {
        var head = reader.ReadByte();
        if (head >= HasExceptions * 2 || ((head & AsBits) != 0 && (head & PlacesMask) != 0))
            CorruptChunkException.Throw($"no values are of kind {head}");
        using var exceptions = new Scratch<(int Position, long Bits)>((head & HasExceptions) != 0 ? reader.ReadCount(values.Length) : 0);
        var position = -1;
        foreach (ref var exception in exceptions.Span)
        {
            position += 1 + reader.ReadCount(values.Length);
            if (position >= values.Length)
                CorruptChunkException.Throw("an exception lies outside of its chunk");
            exception = (position, ReadTagged(ref reader));
        }

        var integers = MemoryMarshal.Cast<double, long>(values);
        IntegerColumn.Decode(ref reader, integers);
        if ((head & AsBits) == 0)
        {
            Decimals.Unscale(values, head & PlacesMask);
        }
        else
        {
            foreach (ref var bits in integers)
                bits = Ascending(bits);
        }

        foreach (var (at, bits) in exceptions.Span)
            integers[at] = bits;
    }

    static void EncodeDecimals(ReadOnlySpan<double> values, int places, ref ByteWriter writer)
    {
        using var mantissas = new Scratch<long>(values.Length);
        using var exceptions = new Scratch<int>(values.Length);
        var exceptionCount = 0;
        long last = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (Decimals.TryScale(values[i], places, out var mantissa))
            {
                if (exceptionCount == i)
                    mantissas.Span[..i].Fill(mantissa); // nothing stood before them
                last = mantissa;
            }
            else
            {
                exceptions.Span[exceptionCount++] = i;
            }

            mantissas.Span[i] = last;
        }

        writer.WriteByte((byte)(places | (exceptionCount > 0 ? HasExceptions : 0)));
        if (exceptionCount > 0)
            WriteExceptions(values, exceptions.Span[..exceptionCount], ref writer);
        IntegerColumn.Encode(mantissas.Span, ref writer);
    }

    static void EncodeBits(ReadOnlySpan<double> values, ref ByteWriter writer)
    {
        using var integers = new Scratch<long>(values.Length);
        for (var i = 0; i < values.Length; i++)
            integers.Span[i] = Ascending(BitConverter.DoubleToInt64Bits(values[i]));
        writer.WriteByte(AsBits);
        IntegerColumn.Encode(integers.Span, ref writer);
    }

    static void WriteExceptions(ReadOnlySpan<double> values, ReadOnlySpan<int> positions, ref ByteWriter writer)
    {
        writer.WriteVarint((ulong)positions.Length);
        var expected = 0;
        foreach (var position in positions)
        {
            writer.WriteVarint((ulong)(position - expected));
            expected = position + 1;
            var bits = BitConverter.DoubleToInt64Bits(values[position]);
            var tag = Array.IndexOf(s_tagged, bits) + 1;
            writer.WriteByte((byte)tag);
            if (tag == AnyBits)
                System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(writer.Reserve(sizeof(long)), bits);
        }
    }

    static long ReadTagged(ref ByteReader reader)
    {
        var tag = reader.ReadByte();
        if (tag > s_tagged.Length)
            CorruptChunkException.Throw($"no exception has tag {tag}");
        return tag == AnyBits ? System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(reader.Read(sizeof(long))) : s_tagged[tag - 1];
    }

    /// <summary>Bits that ascend as the doubles do; its own inverse.</summary>
    static long Ascending(long bits) => bits ^ ((bits >> 63) & long.MaxValue);
}
