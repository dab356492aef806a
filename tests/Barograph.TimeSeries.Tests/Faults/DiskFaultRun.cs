namespace Barograph.TimeSeries.Tests;

/// <summary>One life on a disk that fails at its n-th change, and then a look at what is left.</summary>
internal static class DiskFaultRun
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <param name="begin">Makes the life, of its disk and of what counts the changes.</param>
    /// <param name="fault">How it fails.</param>
    /// <param name="failsAt">At which change.</param>
    /// <returns>Whether the life was over before the n-th change, and which promise was broken, if any.</returns>
    public static async Task<(bool IsOver, string? Broken)> TryRun(Func<Disk, Func<int>, ILife> begin, Fault fault, int failsAt)
    {
        using var folder = new TemporaryFolder();
        var disk = new FaultyDisk(fault, failsAt);
        var life = begin(disk, () => disk.Calls);
        var data = folder.In("data");
        var when = "while it failed";
        try
        {
            await life.RunAsync(data, folder.In("backup")).WaitAsync(s_patience);
            disk.Heal();
            when = "at the next open";
            await life.CheckAsync(data, int.MaxValue, goesOn: true);
            when = "at the verification";
            if (life.FindDamage(data) is { } damage)
                throw new InvalidOperationException($"{damage}");
        }
#pragma warning disable CA1031 // whatever it was, it is the finding
        catch (Exception cause)
#pragma warning restore CA1031
        {
            return (false, $"{fault} at change {failsAt} ({disk.FailedAt}), {when}: {cause}");
        }

        return (disk.Calls < failsAt, null);
    }
}
