using System.Collections.Concurrent;
using Barograph.Server.Processes;
using Barograph.TimeSeries;

namespace Barograph.Server.Live;

/// <summary>
/// Computes what a viewer sees first. Viewers who open the same thing at the same moment share one computation, and only
/// as many run at once as there are processors.
/// </summary>
internal sealed class LiveHistory(IHostApplicationLifetime lifetime, Workers workers)
{
    // A frame of more values than this (16 MB) helps no chart.
    const int MaxValues = 2_000_000;

    readonly SemaphoreSlim _turns = new(Environment.ProcessorCount);
    readonly ConcurrentDictionary<((string Text, long LookbackMs) Expression, LiveWindow Window), Lazy<Task<Answer>>> _underWay = new();

    /// <summary>What a subscription gets first: for each series one value for each point of the window.</summary>
    public sealed record Answer(IReadOnlyList<Labels> Series, IReadOnlyList<double[]> Columns, LiveTrouble? Trouble);

    /// <summary>Evaluates an expression over a window.</summary>
    public async Task<Answer> ComputeAsync(LiveExpression expression, IMetricStore store, LiveWindow window, CancellationToken over)
    {
        if (window.Points == 0)
            return new Answer([], [], null);
        var key = (expression.Key, window);
        var shared = _underWay.GetOrAdd(key, _ => new Lazy<Task<Answer>>(() => EvaluateAsync(expression, store, window, key)));
        return await shared.Value.WaitAsync(over);
    }

    async Task<Answer> EvaluateAsync(LiveExpression expression, IMetricStore store, LiveWindow window, ((string, long), LiveWindow) key)
    {
        var stopping = lifetime.ApplicationStopping;
        await _turns.WaitAsync(stopping);
        try
        {
            var (series, columns) = await Task.Run(() => expression.Range(store, window, stopping), stopping);
            return (long)series.Length * window.Points <= MaxValues
                ? new Answer(series, columns, null)
                : new Answer([], [], new LiveTrouble("limit", $"{series.Length} series with {window.Points} points each are more than {MaxValues} values; aggregate or choose a longer step"));
        }
        catch (LiveTroubleException failure)
        {
            return new Answer([], [], failure.Trouble);
        }
#pragma warning disable CA1031 // the edge of one viewer's query: the others of the same socket go on
        catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
        {
            workers.Survived(LiveTicker.Queries, failure);
            return new Answer([], [], LiveTrouble.Of(failure));
        }
        finally
        {
            _turns.Release();
            _underWay.TryRemove(key, out _);
        }
    }
}
