using System.Diagnostics;

namespace Barograph.TimeSeries;

/// <summary>
/// Appends go first. An append is a chain of short turns on a processor (its sender, the log's thread, its sender again), and where reads
/// keep all processors busy it waits some milliseconds for each of them. So a read looks, now and then on its way, whether an append is under
/// way, and lets other threads run if there is one. Processors belong to the process, hence this does as well.
/// </summary>
internal static class RightOfWay
{
    // Long enough that reads under a load of appends without a pause still get on, short beside the turn of a scheduler (some 3 ms).
    static readonly long TurnTicks = Stopwatch.Frequency / 4_000;

    [ThreadStatic]
    static long _turnBegan;

    static int _appends;

    /// <summary>An append is under way until <see cref="Leave"/>.</summary>
    public static void Enter() => Interlocked.Increment(ref _appends);

    /// <summary>The append's answer is with its sender.</summary>
    public static void Leave() => Interlocked.Decrement(ref _appends);

    /// <summary>To be called by a read for each series or chunk. Costs a look at a number while nobody appends.</summary>
    public static void StepAside()
    {
        if (Volatile.Read(ref _appends) == 0 || Stopwatch.GetTimestamp() - _turnBegan < TurnTicks)
            return;
        Thread.Yield();
        _turnBegan = Stopwatch.GetTimestamp();
    }
}
