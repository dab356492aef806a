using System.Collections.Concurrent;
using Barograph.PromQL;
using Barograph.Server.Processes;
using Barograph.Server.Query;

namespace Barograph.Server.Definitions;

/// <summary>What a definition comes to now.</summary>
/// <param name="Value">Of the last five minutes, or null.</param>
/// <param name="Severity">Of the worst threshold that it crosses, or null.</param>
internal readonly record struct DefinitionState(double? Value, string? Severity);

/// <summary>
/// The states of all definitions. Whoever asks, they are evaluated a few at a time and remembered for a moment: a thousand definitions, or a thousand
/// who look at them, must not take the turns of all others.
/// </summary>
internal sealed class DefinitionStates(DefinitionDesk desk, QueryDesk queries, TimeProvider clock, IHostApplicationLifetime lifetime, Workers workers)
{
    /// <summary>How many are evaluated at once.</summary>
    public const int AtOnce = 2;

    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(5), EvaluationLimit = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<CompiledDefinition, (DefinitionState State, long At)> _known = new(ReferenceEqualityComparer.Instance);
    readonly Lock _gate = new(); // guards _underWay
    Task _underWay = Task.CompletedTask;

    /// <summary>The states of all, none older than a few seconds unless evaluating them takes longer; without a value those that were not reached in time.</summary>
    public async Task<IReadOnlyDictionary<CompiledDefinition, DefinitionState>> AllAsync(CancellationToken hungUp)
    {
        await Refresh().WaitAsync(Patience, clock, hungUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        hungUp.ThrowIfCancellationRequested();
        return desk.All.Values.ToDictionary(static one => one, one => _known.TryGetValue(one, out var known) ? known.State : default);
    }

    /// <summary>The state of one, evaluated now.</summary>
    public async Task<DefinitionState> OfAsync(Definition definition, CancellationToken hungUp)
    {
        try
        {
            var times = QueryTimes.Instant(clock.GetUtcNow().ToUnixTimeMilliseconds());
            var (result, _) = await queries.EvaluateAsync(queries.Prepare(definition.ExpressionOver("5m", 300)), times, EvaluationLimit, null, hungUp);
            var values = result.Series.Where(static series => series.HasFloat(0)).Select(static series => series.Values[0]).Where(double.IsFinite).ToList();
            if (values.Count == 0)
                return default;
            var crossed = definition.Thresholds.Where(threshold => values.Any(threshold.IsCrossed)).OrderBy(static threshold => threshold.Severity == "critical" ? 0 : 1).FirstOrDefault();
            return new DefinitionState(crossed is null ? values[0] : values.First(crossed.IsCrossed), crossed?.Severity);
        }
        catch (Exception failure) when (failure is not OperationCanceledException && ApiError.Of(failure) is not null)
        {
            return default;
        }
    }

    Task Refresh()
    {
        lock (_gate)
        {
            if (!_underWay.IsCompleted)
                return _underWay;
            foreach (var gone in _known.Keys.Where(one => !desk.All.TryGetValue(one.Definition.Name, out var current) || current != one))
                _known.TryRemove(gone, out _);
            var old = desk.All.Values.Where(one => !_known.TryGetValue(one, out var known) || clock.GetElapsedTime(known.At) >= Fresh).ToList();
            return old.Count == 0 ? Task.CompletedTask : _underWay = RefreshAsync(old);
        }
    }

    Task RefreshAsync(List<CompiledDefinition> old) => Parallel.ForEachAsync(
        old,
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = lifetime.ApplicationStopping },
        async (one, stopping) =>
        {
            var state = default(DefinitionState);
            try
            {
                state = await OfAsync(one.Definition, stopping);
            }
#pragma warning disable CA1031 // the edge of one definition
            catch (Exception failure) when (!stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                workers.Survived("definition-states", failure);
            }

            _known[one] = (state, clock.GetTimestamp());
        });
}
