namespace Barograph.Server.Collect;

/// <summary>What collecting says.</summary>
internal static partial class CollectLog
{
    [LoggerMessage(LogLevel.Debug, "This host has no {Source}: {Reason}")]
    public static partial void SourceUnavailable(this ILogger log, string source, string reason);

    [LoggerMessage(LogLevel.Information,
        "On {System} only memory, drives, network interfaces and the server itself are collected; everything else needs 64-bit Linux.")]
    public static partial void OnlyPortable(this ILogger log, string system);

    [LoggerMessage(LogLevel.Warning, "Reading {Source} failed; its metrics are missing until it works again.")]
    public static partial void SourceFailed(this ILogger log, string source, Exception failure);

    [LoggerMessage(LogLevel.Information, "Reading {Source} works again.")]
    public static partial void SourceRecovered(this ILogger log, string source);

    [LoggerMessage(LogLevel.Warning, "Reading {Source} has not come back for {Seconds} s; its metrics are missing until it does, the others go on.")]
    public static partial void SourceSilent(this ILogger log, string source, long seconds);

    [LoggerMessage(LogLevel.Warning, "Reading {Source} took longer than a tick {Times} times in a row; it is tried again in {PauseSeconds} s.")]
    public static partial void SourceSlow(this ILogger log, string source, int times, long pauseSeconds);

    [LoggerMessage(LogLevel.Warning, "The store takes no samples of this host for now: {Reason}")]
    public static partial void AppendFailed(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "The store takes samples of this host again; {LostTicks} ticks were lost.")]
    public static partial void AppendWorksAgain(this ILogger log, long lostTicks);
}
