using System.Diagnostics;
using System.Globalization;

namespace Barograph.TimeSeries.Tests;

/// <summary>Lets a process append to a store until it is killed, round after round in one folder, and keeps what it was promised.</summary>
internal class SenderLedger(string folder, string? mode = null)
{
    protected const int Senders = 4, SeriesPerSender = 20;

    readonly HashSet<int>[] _acknowledged = [.. Enumerable.Range(0, Senders).Select(static _ => new HashSet<int>())];
    readonly Lock _gate = new(); // guards the sets of what was acknowledged
    bool _isOver;
    int _next, _lastSaid;

    /// <summary>Samples that were acknowledged so far.</summary>
    public virtual long SampleCount => _acknowledged.Sum(static rounds => (long)rounds.Count) * SeriesPerSender;

    /// <summary>What it counts.</summary>
    public virtual string Unit => "samples";

    /// <summary>The rounds of each sender that were acknowledged.</summary>
    protected IReadOnlyList<HashSet<int>> Acknowledged => _acknowledged;

    /// <summary>Appends until the end of a lifetime that begins when the store is open.</summary>
    /// <param name="lifetime">Then it is killed.</param>
    /// <param name="moment">Where it kills itself, or null.</param>
    /// <param name="atTheEnd">What happens just before it is killed.</param>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> RunAsync(TimeSpan lifetime, string? moment = null, Action? atTheEnd = null)
    {
        var sender = Path.Combine(AppContext.BaseDirectory, "Barograph.TimeSeries.Sender.dll");
        string[] arguments = [sender, folder, $"{Senders}", $"{SeriesPerSender}", $"{_next}", .. (moment ?? mode) is { } last ? [last] : Array.Empty<string>()];
        _isOver = false;
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, UseShellExecute = false, Environment = { ["DOTNET_EnableDiagnostics"] = "0" } })!;
        var opened = new TaskCompletionSource();
        var reading = ReadAsync(process, opened);
        await Task.WhenAny(opened.Task, reading);
        var ended = process.WaitForExitAsync();
        await Task.WhenAny(ended, Task.Delay(lifetime));
        var byItself = ended.IsCompleted;
        if (atTheEnd is not null)
        {
            // What is said from now on is no promise: where the power is really cut, nobody hears it, and a file system that is being
            // shut down may report a sync as done that was cut off in the middle.
            lock (_gate)
                _isOver = true;
            atTheEnd();
        }

        process.Kill();
        await ended;
        await reading;
        _next = Math.Max(_next, _lastSaid + 2); // one may have been under way
        return byItself;
    }

    /// <summary>Opens the store and compares.</summary>
    /// <returns>How long opening took.</returns>
    /// <exception cref="InvalidOperationException">A promise is broken.</exception>
    public virtual async Task<TimeSpan> VerifyAsync()
    {
        var watch = Stopwatch.StartNew();
        await using var store = await OpenWhenFreeAsync(
            () => MetricStore.Open(folder, new StoreOptions { Retention = null, OutOfOrderWindow = null, MaxFuture = null }));
        watch.Stop();
        Expect(store.Status.Trouble is null, $"the store says: {store.Status.Trouble}"); // a kill is no damage
        for (var sender = 0; sender < Senders; sender++)
        {
            using var selection = store.Select([new Matcher(MatchType.Equal, "sender", $"{sender}")], TimeRange.All);
            Expect(selection.Series.Count == SeriesPerSender || _acknowledged[sender].Count == 0, $"{selection.Series.Count} series of sender {sender}");
            foreach (var series in selection.Series)
                Verify(series, _acknowledged[sender]);
        }

        return watch.Elapsed;
    }

    static void Verify(Series series, HashSet<int> acknowledged)
    {
        var number = int.Parse(series.Labels.Get("series"), CultureInfo.InvariantCulture);
        var rounds = new HashSet<int>();
        using var reader = series.OpenReader();
        while (reader.MoveNext())
        {
            for (var i = 0; i < reader.TimestampsMs.Length; i++)
            {
                var round = (int)(reader.TimestampsMs[i] / 1000);
                object value = reader.Histograms.IsEmpty ? reader.Values[i] : reader.Histograms[i];
                Expect(IsAsSent(value, round, number), $"{series.Labels} has {value} in round {round}");
                Expect(rounds.Add(round), $"{series.Labels} has round {round} twice");
            }
        }

        Expect(acknowledged.IsSubsetOf(rounds), $"{series.Labels} lost rounds {string.Join(',', acknowledged.Except(rounds).Order().Take(10))}");
    }

    /// <summary>As the sender makes them: every fourth series has histograms.</summary>
    public static bool IsAsSent(object value, int round, int series) => value is NativeHistogram histogram
        ? series % 4 == 3 && histogram.Sum == round * 0.25 + series && histogram.Schema == series % 8
            && histogram.PositiveBuckets.SequenceEqual(Enumerable.Range(0, 1 + round % 3).Select(bucket => (double)(round + bucket)))
        : series % 4 != 3 && (double)value == round * 0.25 + series;

    async Task ReadAsync(Process process, TaskCompletionSource opened)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words[0] == "open")
                opened.SetResult();
            else if (words is ["ack", var sender, var round])
                Note(int.Parse(sender, CultureInfo.InvariantCulture), int.Parse(round, CultureInfo.InvariantCulture));
            else
                Expect(words[0] is "refused" or "ack", line); // a disk that is gone refuses; half a line is no promise
        }
    }

    void Note(int sender, int round)
    {
        lock (_gate)
        {
            _lastSaid = Math.Max(_lastSaid, round);
            if (!_isOver)
                _acknowledged[sender].Add(round);
        }
    }

    /// <summary>The kernel may take the lock from a killed process a moment later.</summary>
    protected static async Task<T> OpenWhenFreeAsync<T>(Func<T> open)
    {
        for (var patience = 100; ; patience--)
        {
            try
            {
                return open();
            }
            catch (StoreUnavailableException) when (patience > 0)
            {
                await Task.Delay(50);
            }
        }
    }

    protected static void Expect(bool claim, string text)
    {
        if (!claim)
            throw new InvalidOperationException(text);
    }
}
