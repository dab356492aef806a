using System.Runtime.InteropServices;

namespace Barograph.Server.Events;

/// <summary>
/// Whether an id may be in a segment: a blocked Bloom filter (Putze, Sanders, Singler 2007) of 16 bits an id, eight bits set within one cache line. One id in
/// about a thousand seems to be there and is not.
/// </summary>
internal sealed class IdFilter
{
    const int BlockWords = 8, BitsPerId = 16;

    readonly ulong[] _words;

    IdFilter(ulong[] words) => _words = words;

    public ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes<ulong>(_words);

    public static IdFilter Of(ReadOnlySpan<ulong> hashes)
    {
        var blocks = Math.Max(1, hashes.Length * BitsPerId / (64 * BlockWords));
        var filter = new IdFilter(new ulong[blocks * BlockWords]);
        foreach (var hash in hashes)
        {
            var block = filter.BlockOf(hash);
            for (var i = 0; i < BlockWords; i++)
                block[i] |= Bit(hash, i);
        }

        return filter;
    }

    public static IdFilter? Read(ReadOnlySpan<byte> bytes) =>
        bytes.Length > 0 && bytes.Length % (8 * BlockWords) == 0 ? new IdFilter(MemoryMarshal.Cast<byte, ulong>(bytes).ToArray()) : null;

    public bool MayHave(ulong hash)
    {
        var block = BlockOf(hash);
        for (var i = 0; i < BlockWords; i++)
        {
            if ((block[i] & Bit(hash, i)) == 0)
                return false;
        }

        return true;
    }

    Span<ulong> BlockOf(ulong hash) =>
        _words.AsSpan((int)Math.BigMul(hash, (ulong)(_words.Length / BlockWords), out _) * BlockWords, BlockWords);

    // The block is chosen by the high bits; the bits by a second hash of the low ones.
    static ulong Bit(ulong hash, int word) => 1UL << (int)((hash * 0x9E3779B97F4A7C15 >> 6 * word + 4) & 63);
}
