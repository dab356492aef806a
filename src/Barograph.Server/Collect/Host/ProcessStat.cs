namespace Barograph.Server.Collect.Host;

/// <summary>
/// What a line of <c>/proc/[pid]/stat</c> says: <c>pid (name) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt
/// utime stime cutime cstime priority nice threads itrealvalue starttime vsize rss …</c>. The name may hold blanks and parentheses.
/// </summary>
/// <param name="State">A letter: R running, S sleeping, D waiting for a disk, T stopped, Z ended and not yet collected by its parent, I idle.</param>
/// <param name="IsKernelThread">A thread of the kernel, which has no memory and no program.</param>
/// <param name="UserTicks">Processor time in its own code, in hundredths of a second.</param>
/// <param name="SystemTicks">Processor time in the kernel, in hundredths of a second.</param>
/// <param name="ThreadCount">Its threads.</param>
/// <param name="StartTicks">When it started, in hundredths of a second after the host did: with the pid, what identifies it.</param>
/// <param name="VirtualBytes">Its address space.</param>
/// <param name="ResidentPages">Its memory.</param>
internal readonly record struct ProcessStat(
    byte State, bool IsKernelThread, ulong UserTicks, ulong SystemTicks, uint ThreadCount, ulong StartTicks, ulong VirtualBytes, ulong ResidentPages)
{
    const ulong KernelThreadFlag = 0x0020_0000; // PF_KTHREAD

    /// <summary>Reads a line.</summary>
    /// <param name="text">The file.</param>
    /// <param name="name">The name without its parentheses, a part of <paramref name="text"/>.</param>
    /// <param name="stat">The numbers.</param>
    /// <returns>False when it is not such a line.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out ProcessStat stat)
    {
        name = default;
        stat = default;
        var (open, close) = (text.IndexOf((byte)'('), text.LastIndexOf((byte)')'));
        if (open < 0 || close < open || close + 3 > text.Length)
            return false;
        name = text[(open + 1)..close];
        var cursor = new ProcCursor(text[(close + 2)..], "stat");
        var state = cursor.Word();
        cursor.SkipWords(5);
        if (state.Length != 1 || !cursor.TryNumber(out var flags))
            return false;
        cursor.SkipWords(4);
        cursor.TryNumber(out var user);
        cursor.TryNumber(out var system);
        cursor.SkipWords(4);
        cursor.TryNumber(out var threads);
        cursor.SkipWords(1);
        cursor.TryNumber(out var started);
        cursor.TryNumber(out var virtualBytes);
        if (!cursor.TryNumber(out var residentPages))
            return false;
        stat = new ProcessStat(
            state[0], (flags & KernelThreadFlag) != 0, user, system, (uint)threads, started, virtualBytes, residentPages);
        return true;
    }
}
