using System.Buffers;

namespace Barograph.Server.Ingest.Wire;

/// <summary>
/// A growing run of bytes in rented memory. Whoever makes it disposes it, once, and keeps no span of it. What is large is not rented but left
/// to the collector: the pool would keep an array of each size that many large requests at once ever had.
/// </summary>
internal sealed class RentedBytes : IDisposable
{
    const int RentedMax = 1 << 20;

    byte[] _rented = [];

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>How many bytes there is room for.</summary>
    public int Capacity => _rented.Length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _rented.AsSpan(0, Length);

    /// <summary>What was written, for asynchronous readers.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _rented.AsMemory(0, Length);

    /// <summary>Room for more bytes after what was written; <see cref="Advance"/> tells how many of them were used.</summary>
    public Memory<byte> Room(int bytes)
    {
        if (Length + bytes > _rented.Length)
        {
            var wanted = Math.Max(Length + bytes, Math.Min(_rented.Length * 2L, Array.MaxLength));
            var larger = wanted <= RentedMax ? ArrayPool<byte>.Shared.Rent((int)wanted) : GC.AllocateUninitializedArray<byte>((int)wanted);
            Written.CopyTo(larger);
            GiveBack();
            _rented = larger;
        }

        return _rented.AsMemory(Length);
    }

    /// <summary>Counts bytes that were put into <see cref="Room"/>.</summary>
    public void Advance(int bytes) => Length += bytes;

    /// <summary>Forgets what was written, keeps the memory.</summary>
    public void Clear() => Length = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        GiveBack();
        (_rented, Length) = ([], 0);
    }

    void GiveBack()
    {
        if (_rented.Length is > 0 and <= RentedMax)
            ArrayPool<byte>.Shared.Return(_rented);
    }
}
