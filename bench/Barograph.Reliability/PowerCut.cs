using System.Diagnostics;
using System.Runtime.InteropServices;
using Barograph.TimeSeries.Tests;
using Microsoft.Win32.SafeHandles;

namespace Barograph.Reliability;

/// <summary>
/// A power cut: a file system of its own is shut down without a flush (what was not synced is gone, open files answer with errors),
/// the process is killed, the file system is mounted again, and what is there is compared with what was acknowledged.
/// </summary>
static partial class PowerCut
{
    const int NotRun = 3;
    const uint ShutDown = 0x8004587D; // FS_IOC_SHUTDOWN
    const uint WithoutLogFlush = 2;
    const int OpenFolder = 0x10000; // O_RDONLY | O_DIRECTORY on x86-64; 0x4000 on arm64

    public static Task<int> Run(string[] arguments) => Run("power-cut", static folder => new SenderLedger(folder), arguments);

    public static Task<int> RunRecords(string[] arguments) => Run("record-power-cut", static folder => new RecordLedger(folder), arguments);

    static async Task<int> Run(string name, Func<string, SenderLedger> begin, string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0]) : 200;
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
            return Say($"{name}: not run: only root can mount", NotRun);
        using var folder = new TemporaryFolder();
        var (image, mount) = (folder.In("image"), Directory.CreateDirectory(folder.In("mount")).FullName);
        await using (var file = File.Create(image))
            file.SetLength(600L << 20);
        if (Execute("mkfs.ext4", "-q", "-F", image) != 0 || Execute("mount", "-o", "loop", image, mount) != 0)
            return Say($"{name}: not run: no loop mounts here", NotRun);
        var mounted = true;
        var watch = Stopwatch.StartNew();
        try
        {
            var ledger = begin(Path.Combine(mount, "data"));
            for (var round = 1; round <= rounds; round++)
            {
                await ledger.RunAsync(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 1000)), moment: null, atTheEnd: () => Cut(mount));
                mounted = Execute("umount", mount) != 0;
                if (Execute("mount", "-o", "loop", image, mount) != 0)
                    return Say($"{name}: the file system could not be mounted again", NotRun);
                mounted = true;
                if (await ProcessExperiments.Broken(ledger, static _ => { }) is { } promise)
                    return Say($"{name}: round {round}: {promise}", 1);
            }

            return Say($"{name}: {rounds} cuts, {ledger.SampleCount:N0} acknowledged {ledger.Unit}: none lost, none wrong, none twice; {watch.Elapsed.TotalSeconds:F0} s", 0);
        }
        finally
        {
            if (mounted)
                Execute("umount", mount);
        }
    }

    static void Cut(string mount)
    {
        using var handle = new SafeFileHandle(open(mount, OpenFolder), ownsHandle: true);
        var how = WithoutLogFlush;
        if (ioctl(handle, ShutDown, ref how) != 0)
            throw new IOException($"FS_IOC_SHUTDOWN: errno {Marshal.GetLastPInvokeError()}");
    }

    static int Say(string what, int code)
    {
        Console.WriteLine(what);
        return code;
    }

    static int Execute(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle file, nuint request, ref uint argument);
}
