namespace Barograph.TimeSeries;

/// <summary>
/// A column of integers, bit for bit (arithmetic wraps). The reader knows the count.
/// <code>
/// byte    bits 0-2: kind; bit 3: a factor follows
///         0 constant   1 linear   2, 3, 4 framed with differences of order 0, 1, 2
/// zigzag  first number
/// zigzag  step                           linear: the difference of neighbours; order 2: the first difference divided by the factor
/// varint  factor                         all distances from the first number are multiples of it
/// frames  of the other count - 1 numbers, 128 each (<see cref="IntegerFrame"/>)
/// </code>
/// A framed number is the distance from the first one, divided by the factor; then (order 1) its difference from the
/// one before; then (order 2) that difference's difference from the one before.
/// </summary>
internal static class IntegerColumn
{
    const int Constant = 0, Linear = 1, Framed = 2;
    const byte KindMask = 0x07, HasFactor = 0x08;

    /// <summary>Room that always suffices for a column.</summary>
    public static int MaxSizeBytes(int count) =>
        1 + 3 * ByteWriter.MaxVarintBytes + (count / IntegerFrame.Capacity + 1) * IntegerFrame.MaxSizeBytes;

    /// <param name="numbers">At least one.</param>
    /// <param name="writer">Has room for <see cref="MaxSizeBytes"/>.</param>
    public static void Encode(ReadOnlySpan<long> numbers, ref ByteWriter writer)
    {
        var first = numbers[0];
        var step = numbers.Length > 1 ? numbers[1] - first : 0;
        if (IsLinear(numbers, step))
        {
            writer.WriteByte(step == 0 ? (byte)Constant : (byte)Linear);
            writer.WriteZigzag(first);
            if (step != 0)
                writer.WriteZigzag(step);
            return;
        }

        using var scratch = new Scratch<long>(numbers.Length - 1);
        var distances = scratch.Span;
        for (var i = 0; i < distances.Length; i++)
            distances[i] = numbers[i + 1] - first;
        var factor = CommonFactor(distances);
        if (factor != 1)
        {
            foreach (ref var distance in distances)
                distance /= factor;
        }

        var order = BestOrder(distances);
        var firstStep = distances[0];
        Subtract(distances, order);

        writer.WriteByte((byte)(Framed + order | (factor != 1 ? HasFactor : 0)));
        writer.WriteZigzag(first);
        if (order == 2)
            writer.WriteZigzag(firstStep);
        if (factor != 1)
            writer.WriteVarint((ulong)factor);
        for (; distances.Length > 0; distances = distances[Math.Min(IntegerFrame.Capacity, distances.Length)..])
            IntegerFrame.Encode(distances[..Math.Min(IntegerFrame.Capacity, distances.Length)], ref writer);
    }

    /// <summary>Reads a column of as many numbers as there is room for, at least one.</summary>
    public static void Decode(ref ByteReader reader, Span<long> numbers)
    {
        var head = reader.ReadByte();
        var kind = head & KindMask;
        if ((head & ~(KindMask | HasFactor)) != 0 || kind > Framed + 2)
            CorruptChunkException.Throw($"no column is of kind {head}");
        var first = reader.ReadZigzag();
        var step = kind is Linear or Framed + 2 ? reader.ReadZigzag() : 0;
        var factor = (head & HasFactor) != 0 ? (long)reader.ReadVarint() : 1;
        numbers[0] = first;
        if (kind is Constant or Linear)
        {
            for (var i = 1; i < numbers.Length; i++)
                numbers[i] = numbers[i - 1] + step;
            return;
        }

        var distances = numbers[1..];
        for (var rest = distances; rest.Length > 0; rest = rest[Math.Min(IntegerFrame.Capacity, rest.Length)..])
            IntegerFrame.Decode(ref reader, rest[..Math.Min(IntegerFrame.Capacity, rest.Length)]);
        Add(distances, kind - Framed, first, step, factor);
    }

    static bool IsLinear(ReadOnlySpan<long> numbers, long step)
    {
        for (var i = 1; i < numbers.Length; i++)
        {
            if (numbers[i] - numbers[i - 1] != step)
                return false;
        }

        return true;
    }

    static long CommonFactor(ReadOnlySpan<long> distances)
    {
        ulong factor = 0;
        foreach (var distance in distances)
        {
            var rest = (ulong)(distance < 0 ? -distance : distance); // -MinValue wraps to 2^63, which is right unsigned
            while (rest != 0)
                (factor, rest) = (rest, factor % rest);
            if (factor == 1)
                break;
        }

        return (long)factor; // not 0: a constant column does not come here
    }

    /// <summary>The order of differences that packs smallest, frame by frame.</summary>
    static int BestOrder(ReadOnlySpan<long> distances)
    {
        Span<long> first = stackalloc long[IntegerFrame.Capacity], second = stackalloc long[IntegerFrame.Capacity];
        int order0 = 0, order1 = 0, order2 = 0;
        long last = 0, lastStep = distances[0];
        for (var rest = distances; rest.Length > 0; rest = rest[Math.Min(IntegerFrame.Capacity, rest.Length)..])
        {
            var frame = rest[..Math.Min(IntegerFrame.Capacity, rest.Length)];
            for (var i = 0; i < frame.Length; i++)
            {
                first[i] = frame[i] - last;
                second[i] = first[i] - lastStep;
                (last, lastStep) = (frame[i], first[i]);
            }

            order0 += IntegerFrame.EstimateBits(frame);
            order1 += IntegerFrame.EstimateBits(first[..frame.Length]);
            order2 += IntegerFrame.EstimateBits(second[..frame.Length]);
        }

        // The lower order decodes faster: it wins the tie.
        return order0 <= order1 && order0 <= order2 ? 0 : order1 <= order2 ? 1 : 2;
    }

    /// <summary>Distances to differences, in place and so from the end. The first step of order 2 becomes 0: it stands in the header.</summary>
    static void Subtract(Span<long> distances, int order)
    {
        for (var round = 0; round < order; round++)
        {
            for (var i = distances.Length - 1; i > 0; i--)
                distances[i] -= distances[i - 1];
            if (round == 1)
                distances[0] = 0;
        }
    }

    /// <summary>Differences back to numbers.</summary>
    static void Add(Span<long> distances, int order, long first, long step, long factor)
    {
        switch (order)
        {
            case 0:
                foreach (ref var distance in distances)
                    distance = first + distance * factor;
                break;
            case 1:
                var sum = first;
                foreach (ref var difference in distances)
                    difference = sum += difference * factor;
                break;
            default:
                var total = first;
                var stride = step * factor;
                foreach (ref var change in distances)
                    change = total += stride += change * factor;
                break;
        }
    }
}
