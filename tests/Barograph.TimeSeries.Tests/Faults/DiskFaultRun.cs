namespace Barograph.TimeSeries.Tests;

/// <summary>One life of a store on a disk that fails at its n-th change, and then a look at what is left.</summary>
internal static class DiskFaultRun
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <returns>Whether the life was over before the n-th change, and which promise the store broke, if any.</returns>
    public static async Task<(bool IsOver, string? Broken)> TryRun(Fault fault, int failsAt)
    {
        using var folder = new TemporaryFolder();
        var disk = new FaultyDisk(fault, failsAt);
        var workload = new Workload(disk, () => disk.Calls);
        var data = folder.In("data");
        var when = "while it failed";
        try
        {
            await workload.Run(data, folder.In("backup")).WaitAsync(s_patience);
            disk.Heal();
            when = "at the next open";
            await using (var store = MetricStore.Open(data, Workload.Afterwards))
            {
                workload.Check(store, int.MaxValue);
                when = "when it went on";
                await Workload.GoOn(store);
            }

            when = "at the verification";
            var report = MetricStore.Verify(data);
            if (!report.IsWhole)
                throw new InvalidOperationException($"{report.Damage[0]}");
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
