using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// A chunk that is still written: samples in the order of their coming, in whole bytes, so that one thread appends while
/// others read what was there before. Each chunk is a piece of a <see cref="ByteArena"/> and names the one before it.
/// <code>
/// 0  int     the chunk before (a place of the arena), 0 for none
/// 4  ushort  bytes used; set when the next chunk is begun, until then the lane knows it
/// 6  byte    exponent that the chunk begins with, or 255 for none
/// 7  byte    0
/// 8  long    the first sample's time
/// 16 long    the first sample's value, bits
/// 24 the other samples, each one byte (time code in the upper two bits, value code in the lower six), then
///    the time's bytes, then the value's
///
/// time   0 the same step as before                    value  0       the same bits as before
///        1 the step has changed by an sbyte                  1…8     mantissa changed by a signed number of 1…8 bytes
///        2 a new step, int                                   16+e    exponent is e from here on; mantissa in 8 bytes
///        3 a new step, long                                  32+n    the lowest n bytes of the bits differ: their XOR
/// </code>
/// </summary>
internal static class HeadChunk
{
    public const int HeaderBytes = 24;
    public const byte NoExponent = 255;

    /// <summary>The most bytes that one sample takes.</summary>
    public const int LargestEntryBytes = 17;

    /// <summary>The most bytes of one chunk.</summary>
    public const int LargestBytes = 256;

    const int MantissaCode = 0, ExponentCode = 16, XorCode = 32;

    /// <summary>How many failed attempts in a row to read values as decimals end the attempts until the next chunk.</summary>
    const int RawStreakLimit = 6;

    /// <summary>Begins a chunk with its first sample.</summary>
    public static void Begin(Span<byte> chunk, int previous, long timestampMs, long bits, ref ChunkState state)
    {
        if (state.Exponent == NoExponent || !DecimalScale.TryScale(BitConverter.Int64BitsToDouble(bits), state.Exponent, out state.Mantissa))
            (state.Exponent, state.Mantissa) = ChooseExponent(bits, 0);
        BinaryPrimitives.WriteInt32LittleEndian(chunk, previous);
        BinaryPrimitives.WriteUInt16LittleEndian(chunk[4..], 0);
        chunk[6] = state.Exponent;
        chunk[7] = 0;
        BinaryPrimitives.WriteInt64LittleEndian(chunk[8..], timestampMs);
        BinaryPrimitives.WriteInt64LittleEndian(chunk[16..], bits);
        (state.LastMs, state.LastBits, state.StepMs, state.RawStreak) = (timestampMs, bits, 0, 0);
    }

    /// <summary>Marks a chunk as full: readers that come to it from its follower learn its length here.</summary>
    public static void End(Span<byte> chunk, int used) => BinaryPrimitives.WriteUInt16LittleEndian(chunk[4..], (ushort)used);

    /// <summary>Appends a sample where there is room for <see cref="LargestEntryBytes"/>.</summary>
    /// <returns>How many bytes it took.</returns>
    public static int Append(Span<byte> room, long timestampMs, long bits, ref ChunkState state)
    {
        ref var start = ref MemoryMarshal.GetReference(room[..LargestEntryBytes]);
        var used = 1;
        var step = timestampMs - state.LastMs;
        var change = step - state.StepMs;
        var code = 0;
        if (change != 0)
        {
            if (change == (sbyte)change)
            {
                code = 1 << 6;
                Unsafe.Add(ref start, used++) = (byte)change;
            }
            else if (step == (int)step)
            {
                code = 2 << 6;
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, used), (int)step);
                used += sizeof(int);
            }
            else
            {
                code = 3 << 6;
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, used), step);
                used += sizeof(long);
            }

            state.StepMs = step;
        }

        state.LastMs = timestampMs;
        if (bits != state.LastBits)
            code |= AppendValue(ref start, ref used, bits, ref state);
        start = (byte)code;
        return used;
    }

    static int AppendValue(ref byte start, ref int used, long bits, ref ChunkState state)
    {
        var value = BitConverter.Int64BitsToDouble(bits);
        var changed = bits ^ state.LastBits;
        state.LastBits = bits;
        if (state.Exponent != NoExponent && DecimalScale.TryScale(value, state.Exponent, out var mantissa))
        {
            var delta = mantissa - state.Mantissa;
            state.Mantissa = mantissa;
            state.RawStreak = 0;
            var bytes = SignedBytes(delta);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, used), delta);
            used += bytes;
            return MantissaCode + bytes;
        }

        if (state.RawStreak < RawStreakLimit)
        {
            var (exponent, scaled) = ChooseExponent(bits, state.Exponent == NoExponent ? 0 : state.Exponent + 1);
            if (exponent != NoExponent)
            {
                (state.Exponent, state.Mantissa, state.RawStreak) = (exponent, scaled, 0);
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, used), scaled);
                used += sizeof(long);
                return ExponentCode + exponent;
            }

            state.RawStreak++;
        }

        var xorBytes = (71 - BitOperations.LeadingZeroCount((ulong)changed)) / 8;
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, used), changed);
        used += xorBytes;
        return XorCode + xorBytes;
    }

    /// <summary>The least exponent at which the value is a decimal number, or <see cref="NoExponent"/>.</summary>
    static (byte Exponent, long Mantissa) ChooseExponent(long bits, int least)
    {
        var value = BitConverter.Int64BitsToDouble(bits);
        for (var exponent = least; exponent <= DecimalScale.MaxExponent; exponent++)
        {
            if (DecimalScale.TryScale(value, exponent, out var mantissa))
                return ((byte)exponent, mantissa);
        }

        return (NoExponent, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int SignedBytes(long value) => (72 - BitOperations.LeadingZeroCount((ulong)(value ^ (value >> 63)))) / 8;

    /// <summary>The chunk before, or 0.</summary>
    public static int Previous(ReadOnlySpan<byte> chunk) => BinaryPrimitives.ReadInt32LittleEndian(chunk);

    /// <summary>The bytes of a chunk that is full.</summary>
    public static int Used(ReadOnlySpan<byte> chunk) => BinaryPrimitives.ReadUInt16LittleEndian(chunk[4..]);

    /// <summary>The first sample's time.</summary>
    public static long FirstMs(ReadOnlySpan<byte> chunk) => BinaryPrimitives.ReadInt64LittleEndian(chunk[8..]);

    /// <summary>The most samples that so many bytes can hold.</summary>
    public static int LargestCount(int used) => used - HeaderBytes + 1;

    /// <summary>Reads the first <paramref name="used"/> bytes of a chunk.</summary>
    /// <param name="chunk">At least <paramref name="used"/> bytes; it is faster where some more follow.</param>
    /// <param name="used">As the lane or the header says.</param>
    /// <param name="timestampsMs">Room for <see cref="LargestCount"/>.</param>
    /// <param name="values">Room for <see cref="LargestCount"/>.</param>
    /// <returns>How many samples there are.</returns>
    public static int Decode(ReadOnlySpan<byte> chunk, int used, Span<long> timestampsMs, Span<double> values)
    {
        var state = new DecodeState(chunk);
        var count = LargestCount(used);
        timestampsMs = timestampsMs[..count];
        values = values[..count];
        timestampsMs[0] = state.TimeMs;
        values[0] = BitConverter.Int64BitsToDouble(state.Bits);
        for (count = 1; state.At < used; count++)
        {
            // Mostly the step is the same or nearly, and the mantissa a little more or less: whole runs go without a branch that the data decides.
            count += DecodeSteady(chunk, used, ref state, timestampsMs[count..], values[count..]);
            if (state.At == used)
                break;
            DecodeAny(chunk, ref state);
            timestampsMs[count] = state.TimeMs;
            values[count] = BitConverter.Int64BitsToDouble(state.Bits);
        }

        return count;
    }

    // An entry of the common kind is read by one load of eight bytes behind its code and the change of its step.
    const int WideRead = 2 + sizeof(long);

    /// <summary>Reads samples as long as their values are decimals of one exponent and their steps change by an sbyte at most.</summary>
    static int DecodeSteady(ReadOnlySpan<byte> chunk, int used, ref DecodeState state, Span<long> timestampsMs, Span<double> values)
    {
        if (state.IsRaw)
            return 0;
        ref var bytes = ref MemoryMarshal.GetReference(chunk);
        var (at, end, count) = (state.At, Math.Min(used, chunk.Length - WideRead + 1), 0);
        var (time, step, mantissa, power) = (state.TimeMs, state.StepMs, state.Mantissa, DecimalScale.Power(state.Exponent));
        while (at < end)
        {
            int code = Unsafe.Add(ref bytes, at);
            var (changesStep, length) = (code >> 6, code & 63);
            if (changesStep > 1 || length >= sizeof(long))
                break;
            step += (sbyte)Unsafe.Add(ref bytes, at + 1) & -changesStep;
            time += step;
            var word = Unsafe.ReadUnaligned<long>(ref Unsafe.Add(ref bytes, at + 1 + changesStep));
            // The lowest bytes with their sign: of none of them nothing, hence in two steps.
            mantissa += word << 1 << (63 - 8 * length) >> 1 >> (63 - 8 * length);
            at += 1 + changesStep + length;
            timestampsMs[count] = time;
            values[count++] = mantissa / power;
        }

        (state.At, state.TimeMs, state.StepMs, state.Mantissa) = (at, time, step, mantissa);
        if (count > 0)
            state.Bits = BitConverter.DoubleToInt64Bits(values[count - 1]);
        return count;
    }

    /// <summary>Reads one sample of any kind.</summary>
    static void DecodeAny(ReadOnlySpan<byte> chunk, ref DecodeState state)
    {
        var at = state.At;
        var code = chunk[at++];
        state.StepMs = (code >> 6) switch
        {
            0 => state.StepMs,
            1 => state.StepMs + (sbyte)chunk[at++],
            2 => BinaryPrimitives.ReadInt32LittleEndian(chunk[((at += 4) - 4)..]),
            _ => BinaryPrimitives.ReadInt64LittleEndian(chunk[((at += 8) - 8)..]),
        };
        state.TimeMs += state.StepMs;
        var value = code & 63;
        if (value is > MantissaCode and <= MantissaCode + 8)
        {
            state.Mantissa += ReadSigned(chunk[at..], value - MantissaCode);
            at += value - MantissaCode;
            state.SetDecimal();
        }
        else if (value >= XorCode)
        {
            state.Bits ^= ReadUnsigned(chunk[at..], value - XorCode);
            at += value - XorCode;
            state.IsRaw = true;
        }
        else if (value >= ExponentCode)
        {
            state.Exponent = (byte)(value - ExponentCode);
            state.Mantissa = BinaryPrimitives.ReadInt64LittleEndian(chunk[at..]);
            at += sizeof(long);
            state.SetDecimal();
        }

        state.At = at;
    }

    /// <summary>The sample that was read last, and where the next one is.</summary>
    ref struct DecodeState
    {
        public int At = HeaderBytes;
        public long TimeMs;
        public long StepMs;
        public long Bits;
        public long Mantissa;
        public byte Exponent;

        /// <summary>The sample's bits are not those of the mantissa.</summary>
        public bool IsRaw;

        public DecodeState(ReadOnlySpan<byte> chunk)
        {
            (Exponent, TimeMs, Bits) = (chunk[6], FirstMs(chunk), BinaryPrimitives.ReadInt64LittleEndian(chunk[16..]));
            IsRaw = Exponent == NoExponent || !DecimalScale.TryScale(BitConverter.Int64BitsToDouble(Bits), Exponent, out Mantissa);
        }

        public void SetDecimal() => (Bits, IsRaw) = (BitConverter.DoubleToInt64Bits(DecimalScale.Undo(Mantissa, Exponent)), false);
    }

    static long ReadSigned(ReadOnlySpan<byte> bytes, int count)
    {
        var unsigned = ReadUnsigned(bytes, count);
        var shift = 64 - 8 * count;
        return unsigned << shift >> shift;
    }

    static long ReadUnsigned(ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length >= sizeof(long))
        {
            var word = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            return count == 8 ? word : word & ((1L << (8 * count)) - 1);
        }

        long value = 0;
        for (var i = 0; i < count; i++)
            value |= (long)bytes[i] << (8 * i);
        return value;
    }
}

/// <summary>What an encoder remembers between two samples of a series.</summary>
internal struct ChunkState
{
    public long LastMs;
    public long LastBits;
    public long StepMs;
    public long Mantissa;
    public byte Exponent;
    public byte RawStreak;
}
