namespace Barograph.TimeSeries.Tests;

/// <summary>A process dies before or after a change of a file, in the middle of its upkeep.</summary>
public sealed class FatalMomentTests
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>Some of the moments, others each time; <c>bench/reliability moments</c> takes all, many times.</summary>
    [Fact]
    public async Task Whatever_the_moment_a_process_dies_at_everything_acknowledged_is_there()
    {
        using var folder = new TemporaryFolder();
        var ledger = new SenderLedger(folder.In("data"));
        var moments = FatalDisk.Moments.ToArray();
        Random.Shared.Shuffle(moments);
        foreach (var moment in moments.Take(8))
        {
            Assert.True(await ledger.RunAsync(s_patience, moment), $"the moment {moment} did not come");
            try
            {
                await ledger.VerifyAsync();
            }
            catch (InvalidOperationException broken)
            {
                Assert.Fail($"after {moment}: {broken.Message}");
            }
        }
    }
}
