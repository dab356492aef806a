using System.Security.Cryptography;

namespace Barograph.TimeSeries;

/// <summary>Files whole and durable, for what stands beside the store.</summary>
public static class DurableFile
{
    const int CopyBytes = 256 << 10;

    /// <summary>Replaces a file so that, whatever happens, either the old or the new content is there, whole; durable on return.</summary>
    /// <exception cref="IOException">The disk did not take it; the old content is still there.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content) => Disk.Real.Replace(path, content);

    /// <summary>Copies a file, or its beginning, into a new one; its content is durable on return, its name when <see cref="SyncFolder"/> returns.</summary>
    /// <param name="from">May be written meanwhile, behind the end that is copied.</param>
    /// <param name="to">Is not there; its folder is.</param>
    /// <param name="sizeBytes">How much of it at most.</param>
    /// <param name="sum">Gets every byte that was copied.</param>
    /// <param name="cancel">Ends it; a part is left.</param>
    /// <returns>How many bytes were copied.</returns>
    /// <exception cref="IOException">A disk failed, or the file is there already.</exception>
    public static long Copy(string from, string to, long sizeBytes, IncrementalHash sum, CancellationToken cancel)
    {
        using var source = File.OpenHandle(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var target = Disk.Real.Create(to, FileMode.CreateNew);
        var buffer = new byte[(int)Math.Min(CopyBytes, Math.Max(1, sizeBytes))];
        long at = 0;
        while (at < sizeBytes)
        {
            cancel.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, sizeBytes - at));
            var read = RandomAccess.Read(source, piece, at);
            if (read == 0)
                break;
            Disk.Real.Write(target, piece[..read], at);
            sum.AppendData(piece[..read]);
            at += read;
        }

        Disk.Real.SyncData(target);
        return at;
    }

    /// <summary>Makes the names of a folder's files durable.</summary>
    /// <exception cref="IOException">The disk did not take it.</exception>
    public static void SyncFolder(string folder) => Disk.Real.SyncFolder(folder);
}
