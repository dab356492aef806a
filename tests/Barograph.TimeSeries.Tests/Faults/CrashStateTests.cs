namespace Barograph.TimeSeries.Tests;

/// <summary>The power is cut at any moment, and the disk keeps of what was not synced whatever it likes.</summary>
public sealed class CrashStateTests
{
    /// <summary>Some hundred states here, others each time; <c>bench/reliability crash-states</c> looks at ten thousand.</summary>
    [Fact]
    public async Task Whatever_a_power_cut_leaves_opens_with_everything_acknowledged_and_nothing_else()
    {
        using var states = new CrashStates(static (disk, now) => new Workload(disk, now));
        var broken = await states.FindBrokenAsync(300);
        Assert.True(broken.Count == 0, $"{broken.Count} of 300 states:\n{string.Join('\n', broken.Take(5))}");
    }

    [Fact]
    public async Task A_disk_that_lies_about_its_syncs_is_found_out()
    {
        using var states = new CrashStates(static (disk, now) => new Workload(disk, now), diskLies: true);
        Assert.NotEmpty(await states.FindBrokenAsync(40));
    }
}
