namespace Barograph.TimeSeries.Tests;

/// <summary>A disk that fails at any one change of its files: nothing acknowledged is lost, and the store goes on.</summary>
public sealed class DiskFaultTests
{
    /// <summary>Every fifth change fails in one way here, other ones each time; <c>bench/reliability faults</c> lets each fail in every way.</summary>
    [Fact]
    public async Task Whatever_change_fails_nothing_acknowledged_is_lost_and_the_store_goes_on()
    {
        const int Stride = 5;
        var faults = Enum.GetValues<Fault>();
        var random = new Random();
        var failures = new List<string>();
        for (var n = random.Next(1, 1 + Stride); ; n += Stride)
        {
            var (isOver, broken) = await DiskFaultRun.TryRun(static (disk, now) => new Workload(disk, now), faults[random.Next(faults.Length)], n);
            if (broken is not null)
                failures.Add(broken);
            if (isOver)
                break;
        }

        Assert.True(failures.Count == 0, $"{failures.Count} failures:\n{string.Join('\n', failures.Take(20))}");
    }
}
