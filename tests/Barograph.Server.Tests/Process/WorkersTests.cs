using System.Collections.Concurrent;
using Barograph.Server.Measures;
using Barograph.Server.Processes;
using Barograph.Server.Tests.Collect;
using Microsoft.Extensions.Logging;

namespace Barograph.Server.Tests.Processes;

public sealed class WorkersTests : IDisposable
{
    readonly ManualClock _clock = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    readonly Told _told = new();
    readonly Workers _workers;

    readonly OwnMeasures _measures = new();

    public WorkersTests() => _workers = new Workers(_clock, _measures, _told);

    public void Dispose() => _measures.Dispose();

    sealed class Told : ILogger<Workers>
    {
        public ConcurrentQueue<Exception?> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(exception);
    }

    [Fact]
    public async Task A_worker_that_fails_is_started_again_after_a_pause_that_grows_from_a_second_to_a_minute()
    {
        using var stop = new CancellationTokenSource();
        var starts = 0;
        var running = _workers.RunAsync("w", _ => Task.FromException(new InvalidOperationException($"{++starts}")), stop.Token);
        var pauses = new List<double>();
        for (var round = 0; round < 8; round++)
        {
            _clock.WaitForTimers(1);
            var (before, waited) = (starts, 0.0);
            while (starts == before)
            {
                _clock.Advance(500);
                waited += 0.5;
                _clock.WaitForTimers(1); // the same pause, or the next one
            }

            pauses.Add(waited);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], pauses);
        Assert.Equal(("waiting", 9L, "InvalidOperationException: 9"), Status("w"));
        await stop.CancelAsync();
        await running;
        Assert.Equal("ended", Status("w").State);
    }

    [Fact]
    public async Task The_same_failure_is_told_once_with_its_stack_and_another_one_again()
    {
        using var stop = new CancellationTokenSource();
        string[] messages = ["a", "a", "a", "b", "a"];
        var starts = 0;
        var running = _workers.RunAsync("w", _ => starts == messages.Length ? Task.CompletedTask : throw new InvalidOperationException(messages[starts++]), stop.Token);
        while (!running.IsCompleted)
        {
            Assert.True(SpinWait.SpinUntil(() => running.IsCompleted || _clock.WaitingCount > 0, TimeSpan.FromMinutes(2)));
            _clock.Advance(60_000);
        }

        await running;
        Assert.Equal(["a", "b"], _told.All.Select(static one => one!.Message));
        Assert.All(_told.All, static one => Assert.NotNull(one!.StackTrace));
        Assert.Equal(("ended", 5L, "InvalidOperationException: a"), Status("w"));
    }

    [Fact]
    public async Task A_worker_that_ran_well_for_long_is_started_again_at_once()
    {
        using var stop = new CancellationTokenSource();
        var starts = 0;
        var running = _workers.RunAsync("w", Work, stop.Token);
        foreach (var pause in (double[])[1000, 2000, 4000])
        {
            _clock.WaitForTimers(1);
            _clock.Advance(pause);
        }

        await UntilAsync(() => starts == 4 && _clock.WaitingCount == 1);
        _clock.Advance(120_000); // the fourth runs for two minutes, and fails
        await UntilAsync(() => Status("w").Failures == 4 && _clock.WaitingCount == 1);
        _clock.Advance(1000);
        await UntilAsync(() => starts == 5);
        await stop.CancelAsync();
        await running;

        Task Work(CancellationToken stopping) => ++starts switch
        {
            <= 3 => throw new InvalidOperationException("soon"),
            4 => FailLaterAsync(),
            _ => Task.Delay(Timeout.Infinite, stopping),
        };

        async Task FailLaterAsync()
        {
            await Task.Delay(TimeSpan.FromMinutes(2), _clock);
            throw new InvalidOperationException("late");
        }
    }

    [Fact]
    public async Task One_failing_worker_leaves_the_others_alone_and_what_a_thread_throws_does_not_end_the_process()
    {
        using var stop = new CancellationTokenSource();
        var failing = _workers.RunOnThreadAsync("bad", static () => throw new InvalidOperationException("ours"), stop.Token);
        var good = _workers.RunAsync("good", static stopping => Task.Delay(Timeout.Infinite, stopping), stop.Token);
        await UntilAsync(() => Status("bad") is { State: "waiting", Failures: 1 });
        Assert.Equal(("running", 0L, null), Status("good"));
        Assert.Equal(1, Measure("barograph_worker_failures_total", "bad"));
        Assert.Equal((0, 1), (Measure("barograph_worker_running", "bad"), Measure("barograph_worker_running", "good")));
        await stop.CancelAsync();
        await Task.WhenAll(failing, good);
        Assert.All(_workers.All, static one => Assert.Equal("ended", one.State));
    }

    [Fact]
    public async Task Only_a_worker_that_the_server_cannot_do_without_is_an_obstacle_and_only_while_it_waits()
    {
        using var stop = new CancellationTokenSource();
        var fails = true;
        Task Work(CancellationToken stopping) => fails ? throw new InvalidOperationException("broken") : Task.Delay(Timeout.Infinite, stopping);
        var running = _workers.RunAsync("plain", Work, stop.Token);
        Assert.Null(_workers.Obstacle);
        var vital = _workers.RunAsync("vital", Work, stop.Token, isVital: true);
        Assert.Contains("vital failed and is tried again: InvalidOperationException: broken", _workers.Obstacle, StringComparison.Ordinal);
        fails = false;
        _clock.Advance(1000);
        await UntilAsync(() => _workers.Obstacle is null);
        await stop.CancelAsync();
        await Task.WhenAll(running, vital);
    }

    double Measure(string name, string worker)
    {
        var values = new List<double>();
        _measures.Read(static _ => { });
        _measures.Families.Single(one => one.Name == name).Read(sample =>
        {
            if (sample.LabelValues is [var label] && label == worker)
                values.Add(sample.Value);
        });
        return Assert.Single(values);
    }

    (string State, long Failures, string? Last) Status(string name) =>
        _workers.All.Where(one => one.Name == name).Select(static one => (one.State, one.Failures, one.LastFailure)).Single();

    static async Task UntilAsync(Func<bool> holds)
    {
        for (var waited = 0; !holds(); waited++)
        {
            Assert.True(waited < 12_000, "what was waited for did not come");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
