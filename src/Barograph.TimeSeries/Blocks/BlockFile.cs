using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries;

/// <summary>
/// A block on its way to disk: written beside its name, from front to back, synced, then renamed. Disposed before
/// <see cref="Publish"/> it leaves nothing.
/// </summary>
internal sealed class BlockFile : IDisposable
{
    /// <summary>Large enough that the calls do not show, small enough to stay in the processor's cache.</summary>
    const int BufferBytes = 128 << 10;

    readonly string _path, _temporaryPath;
    readonly Disk _disk;
    readonly SafeFileHandle _file;
    readonly byte[] _buffer = new byte[BufferBytes];
    long _flushed;
    int _buffered;
    bool _published;

    public BlockFile(string path, Disk disk)
    {
        (_path, _temporaryPath, _disk) = (path, path + StoreFolder.TemporarySuffix, disk);
        _file = disk.Create(_temporaryPath, FileMode.Create);
    }

    /// <summary>How many bytes have been written; where the next one goes.</summary>
    public long Position => _flushed + _buffered;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_buffered == BufferBytes)
                Flush();
            var some = Math.Min(bytes.Length, BufferBytes - _buffered);
            bytes[..some].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += some;
            bytes = bytes[some..];
        }
    }

    /// <summary>Writes a checksum and then what it is of.</summary>
    public void WriteChecked(ReadOnlySpan<byte> payload)
    {
        Span<byte> checksum = stackalloc byte[sizeof(uint)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Compute(payload));
        Write(checksum);
        Write(payload);
    }

    /// <summary>Writes a part of the index and tells where it is.</summary>
    public Section WriteSection(ReadOnlySpan<byte> content)
    {
        var offset = Position;
        Write(content);
        return new Section(offset, content.Length, Crc32C.Compute(content));
    }

    /// <summary>Likewise, for what is made while it is written.</summary>
    public Section WriteSection(Action<ByteDrain> write)
    {
        var (offset, checksum) = (Position, 0u);
        var drain = new ByteDrain(piece =>
        {
            Write(piece);
            checksum = Crc32C.Append(checksum, piece);
        });
        write(drain);
        drain.Close();
        return new Section(offset, drain.Length, checksum);
    }

    /// <summary>Makes the file durable, and then visible under its name.</summary>
    /// <exception cref="IOException">It is not: nothing is visible.</exception>
    public void Publish()
    {
        Flush();
        _disk.SyncData(_file);
        _file.Dispose();
        _disk.Move(_temporaryPath, _path);
        _published = true;
        _disk.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_published)
            _disk.Delete(_temporaryPath);
    }

    void Flush()
    {
        _disk.Write(_file, _buffer.AsSpan(0, _buffered), _flushed);
        _flushed += _buffered;
        _buffered = 0;
    }
}
