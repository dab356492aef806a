using Barograph.PromQL;
using Barograph.Server.Processes;
using Barograph.Server.Query;
using Barograph.Server.Sources;
using Barograph.Server.Storage;
using Barograph.TimeSeries;

namespace Barograph.Server.Definitions;

/// <summary>Evaluates the definitions whose source is PromQL and keeps the answers under their names.</summary>
internal sealed class PromQLDefinitions(
    DefinitionDesk desk, QueryDesk queries, OpenedStore opened, SourceLedger sources, TimeProvider clock, Workers workers,
    ILogger<PromQLDefinitions> logger)
    : SupervisedService(Worker, workers)
{
    const string Worker = "promql-definitions";

    static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        var store = await opened.Task.WaitAsync(stopping);
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            foreach (var definition in desk.All.Values.Select(static one => one.Definition).Where(static one => one.PromQL is not null))
                await EvaluateAsync(definition, store, stopping);
        }
    }

    async Task EvaluateAsync(Definition definition, IMetricStore store, CancellationToken stop)
    {
        try
        {
            var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
            var (result, _) = await queries.EvaluateAsync(queries.Prepare(definition.PromQL!), QueryTimes.Instant(nowMs), Interval, null, stop);
            var batch = new SampleBatch();
            if (result.Kind == ResultKind.Scalar)
                batch.Add(batch.AddSeries(Labels.Of(Labels.MetricName, definition.Name)), nowMs, result.Scalar);
            foreach (var series in result.Series.Where(static series => series.HasFloat(0)))
                batch.Add(batch.AddSeries(Named(series.Labels, definition.Name)), nowMs, series.Values[0]);
            var stored = await store.AppendAsync(batch, stop);
            if (stored.Rejected > 0)
                sources.Count(SourceLedger.DerivedDoor, $"definition {definition.Name}", stored.Accepted, Refused.By(stored));
            store.SetMetadata(definition.Name, new MetricMetadata(MetricType.Gauge, definition.Unit, definition.Help));
        }
        catch (Exception failure) when (failure is IOException || ApiError.Of(failure) is not null)
        {
            if (!stop.IsCancellationRequested)
                DefinitionLog.NotEvaluated(logger, definition.Name, failure.Message);
        }
#pragma warning disable CA1031 // the edge of one definition: the others go on
        catch (Exception failure) when (failure is not OperationCanceledException || !stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Workers.Survived(Worker, failure);
        }
    }

    static Labels Named(Labels labels, string name) =>
        Labels.From([new Label(Labels.MetricName, name), .. labels.Where(static label => label.Name != Labels.MetricName)]);
}

internal static partial class DefinitionLog
{
    [LoggerMessage(LogLevel.Warning, "Definition {Name}: {Reason}")]
    public static partial void NotEvaluated(ILogger logger, string name, string reason);

    [LoggerMessage(LogLevel.Warning, "{What}")]
    public static partial void Kept(ILogger logger, string what);
}
