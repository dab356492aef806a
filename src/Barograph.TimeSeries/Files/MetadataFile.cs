using System.Buffers.Binary;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// What is known of metrics besides their samples, in one small file that is replaced as a whole, at most a second after a
/// change.
/// <code>
/// 0  "BAROMET1"    8  uint CRC-32C of the rest    12  varint count, then for each metric (sorted by name)
///    text name, byte type, text unit, text help; a text is a varint length and UTF-8
/// </code>
/// </summary>
internal sealed class MetadataFile : IDisposable
{
    public const string Name = "metadata";

    static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    readonly string _path;
    readonly Disk _disk;
    readonly ITimer _timer;
    readonly Lock _writing = new();
    readonly Lock _gate = new(); // guards the fields below
    Dictionary<string, MetricMetadata> _metadata = new(StringComparer.Ordinal); // never changed once it is visible
    bool _changed;

    public MetadataFile(string path, TimeProvider clock, Disk disk)
    {
        (_path, _disk) = (path, disk);
        _timer = clock.CreateTimer(_ => Write(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    static ReadOnlySpan<byte> Magic => "BAROMET1"u8;

    public IReadOnlyDictionary<string, MetricMetadata> All
    {
        get
        {
            lock (_gate)
                return _metadata;
        }
    }

    public void Set(string metric, MetricMetadata metadata)
    {
        lock (_gate)
        {
            if (_metadata.TryGetValue(metric, out var known) && known == metadata)
                return;
            _metadata = new Dictionary<string, MetricMetadata>(_metadata, StringComparer.Ordinal) { [metric] = metadata };
            if (!_changed)
                _timer.Change(Delay, Timeout.InfiniteTimeSpan);
            _changed = true;
        }
    }

    /// <returns>Damage, when the file is not what was written.</returns>
    public Damage? Load()
    {
        if (!File.Exists(_path))
            return null;
        var content = File.ReadAllBytes(_path);
        var payload = content.AsSpan(Math.Min(12, content.Length));
        if (!content.AsSpan().StartsWith(Magic) || content.Length < 12
            || BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(8)) != Crc32C.Compute(payload))
            return new Damage(Path.GetFileName(_path), "damaged; the types, units and help texts of metrics are lost until they are sent again.");
        var reader = new ByteReader(payload);
        for (var left = reader.ReadCount(payload.Length); left > 0; left--)
            _metadata[ReadText(ref reader)] = new MetricMetadata((MetricType)reader.ReadByte(), ReadText(ref reader), ReadText(ref reader));
        return null;
    }

    public void Dispose()
    {
        _timer.Dispose();
        Write();
    }

    /// <summary>Writes what has changed.</summary>
    public void Write()
    {
        lock (_writing)
        {
            Dictionary<string, MetricMetadata> metadata;
            lock (_gate)
            {
                if (!_changed)
                    return;
                (metadata, _changed) = (_metadata, false);
            }

            try
            {
                _disk.Replace(_path, Encode(metadata));
            }
            catch (Exception cause) when (DiskFault.Is(cause))
            {
                lock (_gate)
                    _changed = true;
                RetryLater();
            }
        }
    }

    void RetryLater()
    {
        try
        {
            _timer.Change(Delay, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The store is closing and the disk takes nothing: senders send metadata again.
        }
    }

    static byte[] Encode(Dictionary<string, MetricMetadata> metadata)
    {
        var size = 12 + ByteWriter.MaxVarintBytes + metadata.Sum(static entry =>
            1 + 3 * ByteWriter.MaxVarintBytes + Encoding.UTF8.GetByteCount(entry.Key) + Encoding.UTF8.GetByteCount(entry.Value.Unit)
            + Encoding.UTF8.GetByteCount(entry.Value.Help));
        var content = new byte[size];
        Magic.CopyTo(content);
        var writer = new ByteWriter(content.AsSpan(12));
        writer.WriteVarint((ulong)metadata.Count);
        foreach (var (metric, about) in metadata.OrderBy(static entry => entry.Key, StringComparer.Ordinal))
        {
            WriteText(ref writer, metric);
            writer.WriteByte((byte)about.Type);
            WriteText(ref writer, about.Unit);
            WriteText(ref writer, about.Help);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(8), Crc32C.Compute(content.AsSpan(12, writer.Position)));
        return content[..(12 + writer.Position)];
    }

    static void WriteText(ref ByteWriter writer, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        writer.WriteVarint((ulong)length);
        Encoding.UTF8.GetBytes(text, writer.Reserve(length));
    }

    static string ReadText(ref ByteReader reader) => Encoding.UTF8.GetString(reader.Read(reader.ReadCount(reader.Remaining.Length)));
}
