using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Barograph.Client;

/// <summary>
/// Ids that nobody else has: 32 hexadecimal digits, of which 16 are a running number, mixed so that neighbours look different (the finaliser of SplitMix64, which maps no two numbers to
/// one), and 16 are by chance, one choice a process. A UUID would ask the system for chance each time, which costs 20 times as much.
/// </summary>
internal sealed class FactIds
{
    readonly ulong _process;
    ulong _last;

    public FactIds()
    {
        Span<byte> chance = stackalloc byte[16];
        RandomNumberGenerator.Fill(chance);
        _process = BinaryPrimitives.ReadUInt64LittleEndian(chance);
        _last = BinaryPrimitives.ReadUInt64LittleEndian(chance[8..]);
    }

    public string Next() => string.Create(32, (Mix(Interlocked.Increment(ref _last)), _process), static (digits, id) =>
    {
        id.Item1.TryFormat(digits, out _, "x16");
        id._process.TryFormat(digits[16..], out _, "x16");
    });

    static ulong Mix(ulong number)
    {
        number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
        number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
        return number ^ (number >> 31);
    }
}
