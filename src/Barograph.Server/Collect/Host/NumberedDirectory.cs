using System.Buffers.Binary;
using System.Text;

namespace Barograph.Server.Collect.Host;

/// <summary>A directory whose entries of interest are numbers: processes in /proc, descriptors in /proc/self/fd.</summary>
internal sealed class NumberedDirectory(string path) : IDisposable
{
    readonly byte[] _path = Encoding.UTF8.GetBytes(path + '\0');
    readonly byte[] _buffer = new byte[32 * 1024];
    int _directory = Posix.NoDescriptor;

    /// <summary>Lists the numbers among the entries, in the kernel's order.</summary>
    /// <param name="numbers">Is emptied first; holds at most <paramref name="countMax"/> afterwards.</param>
    /// <param name="countMax">How many to take.</param>
    public void List(List<int> numbers, int countMax)
    {
        numbers.Clear();
        if (_directory < 0)
            _directory = Posix.Open(_path);
        if (_directory < 0)
            throw new SourceUnavailableException($"{path} cannot be read");
        Posix.Rewind(_directory);
        int length;
        while (numbers.Count < countMax && (length = Posix.ReadEntries(_directory, _buffer)) != 0)
        {
            if (length < 0)
                throw new IOException($"{path} cannot be listed.");
            Read(_buffer.AsSpan(0, length), numbers, countMax);
        }
    }

    public void Dispose()
    {
        Posix.Close(_directory);
        _directory = Posix.NoDescriptor;
    }

    // struct linux_dirent64: inode u64, offset i64, length of the entry u16, type u8, name until a 0.
    static void Read(ReadOnlySpan<byte> entries, List<int> numbers, int countMax)
    {
        while (entries.Length > 19 && numbers.Count < countMax)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(entries[16..]);
            var name = entries[19..length];
            if (System.Buffers.Text.Utf8Parser.TryParse(name, out int number, out var parsed) && parsed > 0 && name[parsed] == 0)
                numbers.Add(number);
            entries = entries[length..];
        }
    }
}
