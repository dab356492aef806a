using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Barograph.Server.Measures;

namespace Barograph.Server.Processes;

/// <summary>
/// Everything that works in the background of this process. A worker that fails in a way that nobody expected ends neither the process
/// nor another worker: it is told with its stack, counted, and started again after a while.
/// </summary>
internal sealed class Workers
{
    /// <summary>The pause after a failure: twice as long after each, as long as it fails again within <see cref="LongestPause"/>.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    readonly TimeProvider _clock;
    readonly ILogger _log;
    readonly Counter<long> _failures;

    /// <param name="clock">For the pauses.</param>
    /// <param name="measures">Counts failures and says who runs.</param>
    /// <param name="log">Gets each failure once.</param>
    public Workers(TimeProvider clock, OwnMeasures measures, ILogger<Workers> log)
    {
        (_clock, _log) = (clock, log);
        _failures = measures.Meter.CreateCounter<long>("barograph_worker_failures_total", "", "Failures of workers that nobody expected.");
        measures.Meter.CreateObservableGauge(
            "barograph_worker_running", Running, "", "1 while the worker works, 0 while it waits for its next try after a failure.");
    }

    /// <summary>All that were ever started, by name.</summary>
    public IReadOnlyList<WorkerStatus> All => [.. _workers.Values.Select(static worker => worker.Status).OrderBy(static one => one.Name, StringComparer.Ordinal)];

    /// <summary>A sentence when a worker waits for its next try without which the server does not do what it is for, or null.</summary>
    public string? Obstacle => _workers.Values.Select(static worker => worker.Obstacle).FirstOrDefault(static one => one is not null);

    /// <summary>Runs a worker until its work is done or it is told to stop, however often it fails.</summary>
    /// <param name="name">In small letters and hyphens; the same name twice is one worker.</param>
    /// <param name="work">Called again after each failure; begins where it left off.</param>
    /// <param name="stopping">Ends it.</param>
    /// <param name="isVital">Whether the server is not ready while this worker waits for its next try.</param>
    public async Task RunAsync(string name, Func<CancellationToken, Task> work, CancellationToken stopping, bool isVital = false)
    {
        var worker = Named(name);
        worker.IsVital = isVital;
        var pause = FirstPause;
        while (!stopping.IsCancellationRequested)
        {
            var began = _clock.GetTimestamp();
            worker.State = WorkerState.Running;
            if (await TryAsync(worker, work, stopping))
                break;
            if (_clock.GetElapsedTime(began) > LongestPause)
                pause = FirstPause;
            worker.State = WorkerState.Waiting;
            await Task.Delay(pause, _clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        worker.State = WorkerState.Ended;
    }

    /// <summary>The same for work that computes and waits on a thread of its own.</summary>
    /// <param name="name">As for <see cref="RunAsync"/>; the thread's name, too.</param>
    /// <param name="work">Returns when its work is done.</param>
    /// <param name="stopping">Ends the pause after a failure; the work must hear of it in its own way.</param>
    /// <param name="isVital">As for <see cref="RunAsync"/>.</param>
    public Task RunOnThreadAsync(string name, Action work, CancellationToken stopping, bool isVital = false) =>
        RunAsync(name, _ => OnThread(name, work), stopping, isVital);

    /// <summary>Counts and tells what a worker survived by itself: it goes on with the rest of its work.</summary>
    public void Survived(string name, Exception failure) => Note(Named(name), failure);

    /// <returns>False when it failed.</returns>
    async Task<bool> TryAsync(Worker worker, Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        try
        {
            await work(stopping);
            return true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return true;
        }
#pragma warning disable CA1031 // the edge of all workers
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Note(worker, failure);
            return false;
        }
    }

    void Note(Worker worker, Exception failure)
    {
        _failures.Add(1, new KeyValuePair<string, object?>("worker", worker.Name));
        if (worker.Note(failure, _clock.GetUtcNow()))
            WorkerLog.Failed(_log, failure, worker.Name);
    }

    IEnumerable<Measurement<int>> Running() => _workers.Values
        .Where(static worker => worker.State != WorkerState.Ended)
        .Select(static worker => new Measurement<int>(worker.State == WorkerState.Running ? 1 : 0, new KeyValuePair<string, object?>("worker", worker.Name)));

    Worker Named(string name) => _workers.GetOrAdd(name, static name => new Worker(name));

    static Task OnThread(string name, Action work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(Run) { IsBackground = true, Name = name }.Start();
        return ended.Task;

        void Run()
        {
            try
            {
                work();
                ended.SetResult();
            }
#pragma warning disable CA1031 // handed on to the edge of all workers; out of a thread it would end the process
            catch (Exception failure)
#pragma warning restore CA1031
            {
                ended.SetException(failure);
            }
        }
    }
}

internal static partial class WorkerLog
{
    [LoggerMessage(LogLevel.Error, "The worker {Worker} failed in a way it should not. It goes on after a while; the same failure is counted and not told again.")]
    public static partial void Failed(ILogger logger, Exception failure, string worker);
}
