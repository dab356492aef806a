using Microsoft.Win32.SafeHandles;

namespace Barograph.Server.Collect.Host;

/// <summary>
/// A file of /proc, /sys or a cgroup, read again and again: the handle stays open (an open costs more than a read) and so does the
/// buffer. The kernel writes the text anew for a read at offset 0.
/// </summary>
internal sealed class ProcFile(string path) : IDisposable
{
    // /proc/stat of a host with 1,000 cores and 10,000 interrupts is about 200 KB.
    const int SizeBytesMax = 4 << 20;

    SafeFileHandle? _handle;
    byte[] _buffer = new byte[4096];
    bool _isMissing;

    /// <summary>Where it is.</summary>
    public string Path => path;

    /// <summary>Reads the whole file. The bytes are valid until the next read.</summary>
    /// <exception cref="SourceUnavailableException">There is no such file, or we may not read it.</exception>
    /// <exception cref="IOException">The kernel refused; the next read opens the file anew.</exception>
    public ReadOnlySpan<byte> Read()
    {
        try
        {
            _handle ??= File.OpenHandle(path);
            // The kernel gives tables a page at a time, so a read that is not full is not the end. Only one of nothing is.
            for (var length = 0; ;)
            {
                var read = RandomAccess.Read(_handle, _buffer.AsSpan(length), length);
                if (read == 0)
                    return _buffer.AsSpan(0, length);
                length += read;
                if (length < _buffer.Length)
                    continue;
                if (length >= SizeBytesMax)
                    throw new InvalidDataException($"{path} is larger than {SizeBytesMax >> 20} MiB.");
                Array.Resize(ref _buffer, length * 2);
            }
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            Close();
            throw new SourceUnavailableException($"{path} cannot be read ({failure.Message})", failure);
        }
        catch (IOException)
        {
            Close();
            throw;
        }
    }

    /// <summary>Reads a file that not every kernel has. One that is missing once is not looked for again.</summary>
    /// <returns>False when this host does not have it.</returns>
    public bool TryRead(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (_isMissing)
            return false;
        try
        {
            text = Read();
            return true;
        }
        catch (SourceUnavailableException)
        {
            _isMissing = true;
            return false;
        }
    }

    public void Dispose() => Close();

    void Close()
    {
        _handle?.Dispose();
        _handle = null;
    }
}
