using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Numbers of one width, bit after bit, the low ones first: number i stands at bits <c>i·width … (i+1)·width - 1</c> of the
/// bytes read as one little-endian number. Nothing is aligned, so that any count of any width has no padding but the last byte's.
/// </summary>
internal static class BitPacking
{
    /// <summary>One unaligned load of eight bytes holds any number of at most this width, whatever bit it starts at.</summary>
    const int SingleLoadWidth = 57;

    /// <summary>Bytes that <paramref name="count"/> numbers of a width take.</summary>
    public static int SizeBytes(int count, int width) => (int)(((long)count * width + 7) / 8);

    /// <summary>Packs <c>values[i] - offset</c>, whose bits above <paramref name="width"/> must be zero.</summary>
    /// <param name="packed">Exactly <see cref="SizeBytes"/> long.</param>
    public static void Pack(ReadOnlySpan<long> values, long offset, int width, Span<byte> packed)
    {
        if (width == 0)
            return;
        ulong pending = 0;
        var pendingBits = 0;
        foreach (var number in values)
        {
            var value = (ulong)(number - offset);
            pending |= value << pendingBits;
            pendingBits += width;
            if (pendingBits < 64)
                continue;
            BinaryPrimitives.WriteUInt64LittleEndian(packed, pending);
            packed = packed[sizeof(ulong)..];
            pendingBits -= 64;
            pending = pendingBits == 0 ? 0 : value >> (width - pendingBits);
        }

        for (; packed.Length > 0; packed = packed[1..], pending >>= 8)
            packed[0] = (byte)pending;
    }

    /// <summary>Unpacks as many numbers as <paramref name="values"/> has room for, and adds <paramref name="offset"/> to each.</summary>
    /// <param name="packed">At least <see cref="SizeBytes"/> long; what follows is read by wide loads and ignored.</param>
    public static void Unpack(ReadOnlySpan<byte> packed, int width, long offset, Span<long> values)
    {
        if (width == 0)
        {
            values.Fill(offset);
            return;
        }

        // Numbers whose load would run over the end go through a padded copy of the last bytes.
        var lastLoad = packed.Length - LoadBytes(width);
        var wide = lastLoad < 0 ? 0 : (int)Math.Min(lastLoad * 8L / width + 1, values.Length);
        UnpackWide(packed, width, 0, offset, values[..wide]);
        if (wide == values.Length)
            return;
        Span<byte> padded = stackalloc byte[64];
        while (wide < values.Length)
        {
            padded.Clear();
            var startBit = (long)wide * width;
            var rest = packed[(int)(startBit / 8)..];
            rest[..Math.Min(rest.Length, 48)].CopyTo(padded);
            var some = Math.Min(values.Length - wide, (48 * 8 - 7) / width);
            UnpackWide(padded, width, (int)(startBit & 7), offset, values.Slice(wide, some));
            wide += some;
        }
    }

    static int LoadBytes(int width) => width <= SingleLoadWidth ? 8 : 9;

    static void UnpackWide(ReadOnlySpan<byte> packed, int width, int firstBit, long offset, Span<long> values)
    {
        ref var bytes = ref MemoryMarshal.GetReference(packed);
        var mask = ulong.MaxValue >> (64 - width);
        var bit = (uint)firstBit;
        if (width <= SingleLoadWidth)
        {
            for (var i = 0; i < values.Length; i++, bit += (uint)width)
                values[i] = (long)((Load(ref bytes, bit >> 3) >> (int)(bit & 7)) & mask) + offset;
            return;
        }

        for (var i = 0; i < values.Length; i++, bit += (uint)width)
        {
            var shift = (int)(bit & 7);
            var low = Load(ref bytes, bit >> 3) >> shift;
            var high = (ulong)Unsafe.Add(ref bytes, (bit >> 3) + 8) << 1 << (63 - shift); // two steps: a shift by 64 is a shift by 0
            values[i] = (long)((low | high) & mask) + offset;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Load(ref byte bytes, uint offset)
    {
        var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, offset));
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }
}
