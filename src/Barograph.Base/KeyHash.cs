using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Barograph.Base;

/// <summary>
/// A 64-bit hash of short byte strings: folded 64×64→128-bit products, after wyhash (Wang Yi, 2019). Seeded per process, so
/// that a sender cannot choose labels that collide. Never stored.
/// </summary>
public static class KeyHash
{
    const ulong First = 0xa0761d6478bd642f, Second = 0xe7037ed1a0b428db, Third = 0x8ebc6af09c88c6e3;

    static readonly ulong Seed = MemoryMarshal.Read<ulong>(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var left = bytes.Length;
        var one = Seed;
        if (left >= 32)
        {
            var two = Seed ^ Third;
            for (; left >= 32; left -= 32, at = ref Unsafe.Add(ref at, 32))
            {
                one = Fold(Read8(ref at) ^ First, Read8(ref Unsafe.Add(ref at, 8)) ^ one);
                two = Fold(Read8(ref Unsafe.Add(ref at, 16)) ^ Second, Read8(ref Unsafe.Add(ref at, 24)) ^ two);
            }

            one ^= two;
        }

        for (; left >= 8; left -= 8, at = ref Unsafe.Add(ref at, 8))
            one = Fold(Read8(ref at) ^ First, one ^ Third);
        ulong tail = 0;
        for (var i = 0; i < left; i++)
            tail |= (ulong)Unsafe.Add(ref at, i) << (8 * i);
        return Fold(tail ^ Second, one ^ (ulong)bytes.Length ^ First);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Read8(ref byte at) => Unsafe.ReadUnaligned<ulong>(ref at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Fold(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out var low);
        return high ^ low;
    }
}
