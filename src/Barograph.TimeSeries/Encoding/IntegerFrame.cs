using System.Numerics;

namespace Barograph.TimeSeries;

/// <summary>
/// At most 128 integers as a frame of reference with patches (after "Super-Scalar RAM-CPU Cache Compression", ICDE 2006): a
/// base, a width, each number's distance from the base in that many bits; the few that do not fit are listed apart.
/// <code>
/// byte    bits 0-6: width 0 … 64; bit 7: patches follow
/// zigzag  base
/// [ byte count, count × byte position, count × zigzag (number - base) ]     patches, positions ascending
/// bytes   the packed distances; a patched number's is 0
/// </code>
/// </summary>
internal static class IntegerFrame
{
    /// <summary>Numbers in a full frame. Half of it costs 2 % in bases, twice of it fits worse to what changes.</summary>
    public const int Capacity = 128;

    /// <summary>No frame is larger: the plan without patches always competes.</summary>
    public const int MaxSizeBytes = 2 + ByteWriter.MaxVarintBytes + Capacity * (2 + ByteWriter.MaxVarintBytes);

    /// <summary>
    /// In frames of so many numbers the best bounds are looked for, which takes twice the time and saves 1 % of the mix. Shorter ones are of chunks that
    /// are still to be merged, or few.
    /// </summary>
    const int WorthSorting = 64;

    const byte HasPatches = 0x80;

    /// <summary>About how many bits the numbers take in the best frame.</summary>
    public static int EstimateBits(ReadOnlySpan<long> numbers) => BestWidth(numbers, Centre(numbers), out _);

    public static void Encode(ReadOnlySpan<long> numbers, ref ByteWriter writer)
    {
        var (min, max) = numbers.Length >= WorthSorting ? BestBounds(numbers) : RoughBounds(numbers);
        var width = BitLength((ulong)(max - min));
        Span<byte> patches = stackalloc byte[Capacity];
        Span<long> kept = stackalloc long[Capacity];
        var patchCount = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            kept[i] = numbers[i];
            if (numbers[i] >= min && numbers[i] <= max)
                continue;
            kept[i] = min;
            patches[patchCount++] = (byte)i;
        }

        writer.WriteByte((byte)(width | (patchCount > 0 ? HasPatches : 0)));
        writer.WriteZigzag(min);
        if (patchCount > 0)
        {
            writer.WriteByte((byte)patchCount);
            writer.Write(patches[..patchCount]);
            foreach (var position in patches[..patchCount])
                writer.WriteZigzag(numbers[position] - min);
        }

        BitPacking.Pack(kept[..numbers.Length], min, width, writer.Reserve(BitPacking.SizeBytes(numbers.Length, width)));
    }

    /// <summary>Reads one frame of as many numbers as there is room for.</summary>
    public static void Decode(ref ByteReader reader, Span<long> numbers)
    {
        var head = reader.ReadByte();
        var width = head & ~HasPatches;
        if (width > 64)
            CorruptChunkException.Throw($"a frame is {width} bits wide");
        var min = reader.ReadZigzag();
        if ((head & HasPatches) == 0)
        {
            Unpack(ref reader, width, min, numbers);
            return;
        }

        var positions = reader.Read(reader.ReadByte());
        Span<long> patched = stackalloc long[256];
        for (var i = 0; i < positions.Length; i++)
            patched[i] = min + reader.ReadZigzag();
        Unpack(ref reader, width, min, numbers);
        for (var i = 0; i < positions.Length; i++)
        {
            if (positions[i] >= numbers.Length)
                CorruptChunkException.Throw("a patch lies outside of its frame");
            numbers[positions[i]] = patched[i];
        }
    }

    /// <summary>Those of the width that costs least around a centre: within a few percent of the best, in a fraction of the time.</summary>
    static (long Min, long Max) RoughBounds(ReadOnlySpan<long> numbers)
    {
        var centre = Centre(numbers);
        BestWidth(numbers, centre, out var width);
        var (min, max) = (long.MaxValue, long.MinValue);
        foreach (var number in numbers)
        {
            if (!Fits(number, centre, width))
                continue;
            min = Math.Min(min, number);
            max = Math.Max(max, number);
        }

        return (min, max);
    }

    /// <summary>
    /// The bounds that cost least: for each width that may do, the one that leaves fewest numbers out. A width that saves less than its patches
    /// cost is the last that is tried.
    /// </summary>
    static (long Min, long Max) BestBounds(ReadOnlySpan<long> numbers)
    {
        Span<long> sorted = stackalloc long[Capacity];
        sorted = sorted[..numbers.Length];
        numbers.CopyTo(sorted);
        sorted.Sort();
        var bounds = (Min: sorted[0], Max: sorted[^1]);
        var width = BitLength((ulong)(sorted[^1] - sorted[0]));
        var best = numbers.Length * width;
        while (--width >= 0)
        {
            var (start, count) = FullestWindow(sorted, width);
            if (numbers.Length * width + (numbers.Length - count) * 16 >= best + numbers.Length)
                break;
            var bits = numbers.Length * width;
            for (var i = 0; i < sorted.Length; i++)
            {
                if (i < start || i >= start + count)
                    bits += 8 + 8 * ((BitLength(Zigzag.Encode(sorted[i] - sorted[start]) | 1) + 6) / 7);
            }

            if (bits < best)
                (best, bounds) = (bits, (sorted[start], sorted[start + count - 1]));
        }

        return bounds;
    }

    /// <summary>The most neighbours whose distances fit into a width.</summary>
    static (int Start, int Count) FullestWindow(ReadOnlySpan<long> sorted, int width)
    {
        var (start, fullest, end) = (0, 0, 0);
        for (var i = 0; i < sorted.Length - fullest; i++)
        {
            while (end < sorted.Length && (ulong)(sorted[end] - sorted[i]) >> width == 0)
                end++;
            if (end - i > fullest)
                (start, fullest) = (i, end - i);
        }

        return (start, fullest);
    }

    static void Unpack(ref ByteReader reader, int width, long min, Span<long> numbers)
    {
        var rest = reader.Remaining;
        reader.Read(BitPacking.SizeBytes(numbers.Length, width));
        BitPacking.Unpack(rest, width, min, numbers);
    }

    /// <summary>
    /// The width that costs least when the frame lies symmetrically around a centre, or 64 when all numbers together, which
    /// need not lie so, cost less. Moving the base to the smallest number that fits often saves another bit.
    /// </summary>
    static int BestWidth(ReadOnlySpan<long> numbers, long centre, out int width)
    {
        Span<int> ofLength = stackalloc int[65];
        ofLength.Clear();
        var (min, max) = (numbers[0], numbers[0]);
        foreach (var number in numbers)
        {
            min = Math.Min(min, number);
            max = Math.Max(max, number);
            ofLength[BitLength(Zigzag.Encode(number - centre))]++;
        }

        width = 64;
        var (best, patchBits, patchCount) = (numbers.Length * BitLength((ulong)(max - min)), 0, 0);
        for (var candidate = 64; candidate >= 0 && patchCount < Capacity && patchBits < best; candidate--)
        {
            var bits = numbers.Length * candidate + patchBits;
            if (bits < best)
                (best, width) = (bits, candidate);
            patchBits += ofLength[candidate] * (8 + (candidate + 6) / 7 * 8);
            patchCount += ofLength[candidate];
        }

        return best;
    }

    static bool Fits(long number, long centre, int width) => BitLength(Zigzag.Encode(number - centre)) <= width;

    /// <summary>A number amid the others: the median of five spread over the frame, so that one outlier is not taken for it.</summary>
    static long Centre(ReadOnlySpan<long> numbers)
    {
        Span<long> picked = [numbers[0], numbers[numbers.Length / 4], numbers[numbers.Length / 2],
            numbers[numbers.Length * 3 / 4], numbers[^1]];
        for (var i = 1; i < picked.Length; i++)
        {
            for (var j = i; j > 0 && picked[j - 1] > picked[j]; j--)
                (picked[j - 1], picked[j]) = (picked[j], picked[j - 1]);
        }

        return picked[2];
    }

    static int BitLength(ulong value) => 64 - BitOperations.LeadingZeroCount(value);
}
