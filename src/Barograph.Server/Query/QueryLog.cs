namespace Barograph.Server.Query;

internal static partial class QueryLog
{
    [LoggerMessage(LogLevel.Error, "A query failed unexpectedly.")]
    public static partial void Failed(ILogger logger, Exception failure);

    [LoggerMessage(LogLevel.Warning, "An export broke off: {Reason}")]
    public static partial void ExportBrokeOff(ILogger logger, string reason);
}
