using System.Buffers.Binary;

namespace Barograph.TimeSeries;

/// <summary>
/// The exemplars of a store in one file that is replaced as a whole, before the segments of the log that have them are given back.
/// <code>
/// 0  "BAROEXM1"    8  uint CRC-32C of the rest    12  <see cref="ExemplarRecord"/>, in the order of their coming
/// </code>
/// </summary>
internal sealed class ExemplarFile(string path, ExemplarRing ring, Disk disk)
{
    /// <summary>What the file is called.</summary>
    public const string Name = "exemplars";

    const int HeaderBytes = 12;

    static ReadOnlySpan<byte> Magic => "BAROEXM1"u8;

    /// <summary>Whether there are exemplars that only the log has.</summary>
    public bool HasChanged => ring.HasChanged;

    /// <returns>Damage, when the file is not what was written.</returns>
    public Damage? Load()
    {
        if (!File.Exists(path))
            return null;
        var content = File.ReadAllBytes(path);
        var payload = content.AsSpan(Math.Min(HeaderBytes, content.Length));
        if (!content.AsSpan().StartsWith(Magic) || content.Length <= HeaderBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(Magic.Length)) != Crc32C.Compute(payload))
            return new Damage(Path.GetFileName(path), "damaged; exemplars that are not in the log any more are lost.");
        ExemplarRecord.Read(payload, (series, timestampMs, value, labels) => ring.Add(series, timestampMs, value, labels));
        return null;
    }

    /// <summary>Writes what has changed; durable on return.</summary>
    /// <exception cref="IOException">The disk did not take it; the old file is there.</exception>
    public void Save()
    {
        if (!ring.HasChanged)
            return;
        var (count, entries) = ring.Encode();
        var content = new GrowingBytes();
        content.Write(Magic);
        content.WriteUInt32(0);
        content.WriteVarint((ulong)count);
        content.Write(entries.Written);
        content.SetUInt32(Magic.Length, Crc32C.Compute(content.Written[HeaderBytes..]));
        try
        {
            disk.Replace(path, content.Written);
        }
        catch
        {
            ring.MarkChanged();
            throw;
        }
    }
}
