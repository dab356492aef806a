using System.Diagnostics;
using System.Globalization;
using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>A process that appends is killed at random moments, or its disk fails; what it acknowledged must be there.</summary>
public sealed class CrashTests : IDisposable
{
    const int Senders = 4, SeriesPerSender = 20;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Two folders at a time: a process that is being started leaves the other core idle.</summary>
    [Fact]
    public async Task Everything_acknowledged_is_there_and_nothing_else_after_a_hundred_kills()
    {
        var seed = Environment.TickCount;
        var deadline = Stopwatch.StartNew();
        var kills = (await Task.WhenAll(KillAsync(0), KillAsync(1))).Sum();
        Assert.True(kills > 5, $"only {kills} kills in {deadline.Elapsed}");

        async Task<int> KillAsync(int lane)
        {
            var (random, ledger, kills) = (new Random(seed + lane), new SenderLedger(_folder.In($"{lane}")), 0);
            try
            {
                // A busy machine does fewer kills: the suite must end.
                for (; kills < 50 && deadline.Elapsed < TimeSpan.FromSeconds(60); kills++)
                {
                    await ledger.RunAsync(TimeSpan.FromMilliseconds(random.Next(150)));
                    if (kills % 5 == 4)
                        await ledger.VerifyAsync();
                }

                await ledger.VerifyAsync();
            }
            catch (InvalidOperationException broken)
            {
                Assert.Fail($"seed {seed}, lane {lane}, kill {kills}: {broken.Message}");
            }

            return kills;
        }
    }

    [Fact]
    public async Task A_failing_sync_refuses_appends_and_the_next_segment_takes_them_again()
    {
        if (!File.Exists("/usr/bin/strace"))
            Assert.Skip("strace is not installed.");
        var acknowledged = Enumerable.Range(0, Senders).Select(static _ => new HashSet<int>()).ToArray();
        var refused = await RunAndKill(["/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fdatasync:error=EIO:when=40..46"],
            0, TimeSpan.Zero, acknowledged, refused => refused > 0 && acknowledged.Max(static rounds => rounds.Count == 0 ? 0 : rounds.Max()) > 50);
        Assert.True(refused > 0, "no append was refused though syncs failed");
        Assert.True(acknowledged.Max(static rounds => rounds.Max()) > 50, "it did not recover");
        await Verify(acknowledged, "failing sync");
    }

    [Fact]
    public async Task A_sync_that_fails_for_ever_acknowledges_nothing()
    {
        if (!File.Exists("/usr/bin/strace"))
            Assert.Skip("strace is not installed.");
        var acknowledged = Enumerable.Range(0, Senders).Select(static _ => new HashSet<int>()).ToArray();
        var refused = await RunAndKill(["/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fdatasync:error=EIO:when=40+"],
            0, TimeSpan.FromSeconds(1), acknowledged, static refused => refused > 0);
        Assert.True(refused > 0);
        Assert.All(acknowledged, static rounds => Assert.InRange(rounds.Count, 0, 45));
        await Verify(acknowledged, "sync fails for ever");
    }

    [Fact]
    public async Task A_second_process_is_refused_with_a_sentence()
    {
        await using var store = MetricStore.Open(_folder.Path, AnyTime);
        using var second = Start([], 0);
        var said = await second.StandardOutput.ReadToEndAsync();
        await second.WaitForExitAsync();
        Assert.Contains("in use by another Barograph", said, StringComparison.Ordinal);
    }

    /// <summary>
    /// Lets the sender run for a while after it opened the store (and until what is waited for came, a minute at most), kills it, and notes
    /// what it had been promised.
    /// </summary>
    /// <param name="until">Is told how many appends were refused so far.</param>
    /// <returns>How many appends were refused.</returns>
    async Task<int> RunAndKill(string[] wrapper, int firstRound, TimeSpan lifetime, HashSet<int>[] acknowledged, Func<int, bool>? until = null)
    {
        using var process = Start(wrapper, firstRound);
        var opened = new TaskCompletionSource();
        var refused = 0;
        var reading = Task.Run(async () =>
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                var words = line.Split(' ');
                lock (acknowledged)
                {
                    if (words[0] == "open")
                        opened.SetResult();
                    else if (words[0] == "ack" && words.Length == 3)
                        acknowledged[int.Parse(words[1], CultureInfo.InvariantCulture)].Add(int.Parse(words[2], CultureInfo.InvariantCulture));
                    else if (words[0] == "refused")
                        refused++;
                    else
                        Assert.Fail(line);
                }
            }
        });
        await Task.WhenAny(opened.Task, reading);
        await Task.Delay(lifetime);
        for (var patience = Stopwatch.StartNew(); until is not null && !HasCome() && patience.Elapsed < TimeSpan.FromMinutes(1);)
            await Task.Delay(20);
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        await reading;
        return refused;

        bool HasCome()
        {
            lock (acknowledged)
                return until(refused);
        }
    }

    async Task Verify(HashSet<int>[] acknowledged, string context)
    {
        await using var store = await OpenWhenFree();
        Assert.True(store.Status.Trouble is null, $"{context}: {store.Status.Trouble}"); // a kill is no damage
        for (var sender = 0; sender < Senders; sender++)
        {
            using var selection = store.Select([new Matcher(MatchType.Equal, "sender", $"{sender}")], TimeRange.All);
            foreach (var series in selection.Series)
            {
                var number = int.Parse(series.Labels.Get("series"), CultureInfo.InvariantCulture);
                var rounds = new HashSet<int>();
                foreach (var sample in series.ReadAny())
                {
                    var round = (int)(sample.TimestampMs / 1000);
                    Assert.True(SenderLedger.IsAsSent(sample.Value, round, number), $"{context}: {series.Labels} has {sample}");
                    Assert.True(rounds.Add(round), $"{context}: {series.Labels} has {sample} twice");
                }

                Assert.True(acknowledged[sender].IsSubsetOf(rounds),
                    $"{context}: {series.Labels} lost rounds {string.Join(',', acknowledged[sender].Except(rounds).Order().Take(10))}");
            }

            Assert.True(selection.Series.Count == SeriesPerSender || acknowledged[sender].Count == 0, context);
        }
    }

    /// <summary>
    /// Opens the store. We wait for the wrapper and for the end of the output; the kernel may take the lock from a killed process a
    /// moment later.
    /// </summary>
    async Task<MetricStore> OpenWhenFree()
    {
        for (var patience = 100; ; patience--)
        {
            try
            {
                return MetricStore.Open(_folder.Path, AnyTime);
            }
            catch (StoreUnavailableException) when (patience > 0)
            {
                await Task.Delay(50);
            }
        }
    }

    Process Start(string[] wrapper, int firstRound)
    {
        var sender = Path.Combine(AppContext.BaseDirectory, "Barograph.TimeSeries.Sender.dll");
        string[] command = [.. wrapper, Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", sender,
            _folder.Path, $"{Senders}", $"{SeriesPerSender}", $"{firstRound}"];
        return Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, UseShellExecute = false, Environment = { ["DOTNET_EnableDiagnostics"] = "0" } })!;
    }
}
