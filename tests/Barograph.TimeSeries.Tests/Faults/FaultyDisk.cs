using Microsoft.Win32.SafeHandles;

namespace Barograph.TimeSeries.Tests;

/// <summary>What happens at a call.</summary>
internal enum Fault
{
    /// <summary>It fails with an input/output error, and nothing has happened.</summary>
    Error,

    /// <summary>The disk is full; of a write one half went through.</summary>
    Full,

    /// <summary>It fails, and it has happened all the same.</summary>
    ErrorAfterwards,

    /// <summary>It fails, and so does every call after it, until the disk is healed.</summary>
    Broken,

    /// <summary>It takes a while.</summary>
    Slow,
}

/// <summary>A disk that fails at its n-th change. It does not sync: what it fails at is told, not lost.</summary>
internal sealed class FaultyDisk(Fault fault, int failsAt) : Disk
{
    const int InputOutputError = 5, NoSpace = 28;

    int _calls;
    volatile bool _healed;

    /// <summary>How many changes there were.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>The call that failed.</summary>
    public string FailedAt { get; private set; } = "nothing";

    public void Heal() => _healed = true;

    public override SafeFileHandle Create(string path, FileMode mode)
    {
        SafeFileHandle? created = null;
        try
        {
            Do($"create {path}", () => created = base.Create(path, mode));
            return created!;
        }
        catch
        {
            created?.Dispose();
            throw;
        }
    }

    public override void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offsetBytes)
    {
        var copy = bytes.ToArray();
        Do("write", () => base.Write(file, copy, offsetBytes), () => base.Write(file, copy.AsSpan(0, copy.Length / 2), offsetBytes));
    }

    public override void Write(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offsetBytes) =>
        Do("write pieces", () => base.Write(file, pieces, offsetBytes), () => base.Write(file, pieces[0].Span[..(pieces[0].Length / 2)], offsetBytes));

    public override void SetLength(SafeFileHandle file, long lengthBytes) => Do("set length", () => base.SetLength(file, lengthBytes));

    public override void Allocate(SafeFileHandle file, long offsetBytes, long lengthBytes) => Do("allocate", () => base.Allocate(file, offsetBytes, lengthBytes));

    public override void SyncData(SafeFileHandle file) => Do("sync", static () => { });

    public override void SyncFolder(string folder) => Do($"sync {folder}", static () => { });

    public override void Move(string from, string to) => Do($"rename {from}", () => base.Move(from, to));

    public override void Delete(string path) => Do($"delete {path}", () => base.Delete(path));

    public override void CreateFolder(string path) => Do($"create folder {path}", () => base.CreateFolder(path));

    void Do(string what, Action call, Action? half = null)
    {
        var number = Interlocked.Increment(ref _calls);
        var isHit = !_healed && (number == failsAt || (fault == Fault.Broken && number > failsAt));
        if (!isHit)
        {
            call();
            return;
        }

        if (number == failsAt)
            FailedAt = what;
        switch (fault)
        {
            case Fault.Slow:
                Thread.Sleep(5);
                call();
                return;
            case Fault.ErrorAfterwards:
                call();
                break;
            case Fault.Full:
                half?.Invoke();
                throw new IOException("No space left on device", NoSpace);
        }

        throw new IOException("Input/output error", InputOutputError);
    }
}
