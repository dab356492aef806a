using System.Runtime.InteropServices;
using System.Text.Json;
using Barograph.Server.Processes;

namespace Barograph.Server.Tests.Processes;

public sealed partial class ProgramPagesTests
{
    const int Read = 1, Write = 2, Execute = 4, Private = 2;

    [Fact]
    public void What_is_let_go_comes_back()
    {
        NeedsLinux();
        Assert.InRange(ProgramPages.LetGo(), 1 << 20, long.MaxValue);
        Assert.Equal("""{"a":[1,2]}""", JsonSerializer.Serialize(new { a = new[] { 1, 2 } }));
        Assert.InRange(ProgramPages.LetGo(), 1 << 20, long.MaxValue); // again, beside threads that go on
    }

    [Fact]
    public void What_was_written_over_a_library_stays()
    {
        NeedsLinux();
        var length = (nuint)Environment.SystemPageSize;
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.so");
        File.WriteAllBytes(path, new byte[length]);
        using var file = File.OpenHandle(path);
        var page = mmap(0, length, Read | Write, Private, (int)file.DangerousGetHandle(), 0);
        try
        {
            Assert.NotEqual(-1, page);
            Marshal.WriteByte(page, 42);
            Assert.Equal(0, mprotect(page, length, Read | Execute));
            ProgramPages.LetGo();
            Assert.Equal(42, Marshal.ReadByte(page));
        }
        finally
        {
            _ = munmap(page, length);
            File.Delete(path);
        }
    }

    static void NeedsLinux()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Only Linux has these calls.");
    }

    [LibraryImport("libc")]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int mprotect(nint address, nuint length, int protection);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nuint length);
}
