namespace Barograph.Server.Query;

internal static partial class QueryLog
{
    [LoggerMessage(LogLevel.Error, "A query failed unexpectedly.")]
    public static partial void Failed(ILogger logger, Exception failure);

    [LoggerMessage(LogLevel.Information,
        "A query took {TotalSeconds:0.000} s ({WaitedSeconds:0.000} waiting, {SelectSeconds:0.000} finding, {EvaluationSeconds:0.000} evaluating; "
        + "{Series} series, {Samples} samples): {Expression} from {StartMs} to {EndMs} every {StepMs} ms")]
    public static partial void Slow(
        ILogger logger, double totalSeconds, double waitedSeconds, double selectSeconds, double evaluationSeconds,
        long series, long samples, string expression, long startMs, long endMs, long stepMs);

    [LoggerMessage(LogLevel.Information, "A query had no answer after {TotalSeconds:0.000} s: {Expression} from {StartMs} to {EndMs} every {StepMs} ms")]
    public static partial void SlowWithoutAnswer(ILogger logger, double totalSeconds, string expression, long startMs, long endMs, long stepMs);

    [LoggerMessage(LogLevel.Warning, "An export broke off: {Reason}")]
    public static partial void ExportBrokeOff(ILogger logger, string reason);
}
