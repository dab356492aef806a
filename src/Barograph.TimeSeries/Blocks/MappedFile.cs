using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Barograph.TimeSeries;

/// <summary>
/// A whole file, mapped for reading. The store's files do not change once they have their name; a file that someone cuts
/// short while it is mapped takes the process down, as with every mapped file.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    readonly MemoryMappedFile? _file;
    readonly MemoryMappedViewAccessor? _view;
    readonly byte* _start;

    public MappedFile(string path)
    {
        using var handle = File.OpenHandle(path);
        Length = RandomAccess.GetLength(handle);
        if (Length == 0)
            return; // nothing cannot be mapped
        _file = MemoryMappedFile.CreateFromFile(handle, mapName: null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public long Length { get; }

    /// <summary>Whether a range lies in the file.</summary>
    public bool Contains(long offsetBytes, long sizeBytes) => offsetBytes >= 0 && sizeBytes >= 0 && sizeBytes <= Length - offsetBytes;

    public ReadOnlySpan<byte> Read(long offsetBytes, int sizeBytes)
    {
        Invariant.Holds(Contains(offsetBytes, sizeBytes));
        return new ReadOnlySpan<byte>(_start + offsetBytes, sizeBytes);
    }

    /// <summary>A part of the file as memory; as short-lived as the file is.</summary>
    public ReadOnlyMemory<byte> Part(long offsetBytes, int sizeBytes)
    {
        Invariant.Holds(Contains(offsetBytes, sizeBytes));
        return sizeBytes == 0 ? default : new Window(_start + offsetBytes, sizeBytes).Memory;
    }

    /// <summary>
    /// Lets go of what was read: it no longer counts as memory of this process. Who reads it again gets it from the system's cache.
    /// </summary>
    public void LetGo()
    {
        if (Length > 0)
            Posix.LetGo(_start, Length);
    }

    public void Dispose()
    {
        if (_view is null)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }

    sealed class Window(byte* start, int sizeBytes) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(start, sizeBytes);

        public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

        public override void Unpin()
        {
            // Mapped memory does not move.
        }

        protected override void Dispose(bool disposing)
        {
            // The file owns the mapping.
        }
    }
}
