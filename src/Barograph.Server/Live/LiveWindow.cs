using System.Diagnostics.CodeAnalysis;

namespace Barograph.Server.Live;

/// <summary>
/// The points of a history: whole multiples of the step from the start to the end, both in it. What came after the last of them is told by
/// one point more, at a time of its own: of a chart whose points are two hours apart, it would else be missing for two hours.
/// </summary>
/// <param name="StartMs">The first point.</param>
/// <param name="EndMs">The last one.</param>
/// <param name="StepMs">Their distance.</param>
/// <param name="IsLive">It goes on with ticks.</param>
/// <param name="UnfinishedMs">When the step that has begun after the last point is evaluated; null when none has, or steps are short.</param>
internal sealed record LiveWindow(long StartMs, long EndMs, long StepMs, bool IsLive, long? UnfinishedMs = null)
{
    // A step is evaluated so often before it is over; a shorter one than the shortest is soon over by itself.
    const int LooksPerStep = 12;
    const long ShortestStepMs = 10_000, MinLookMs = 5_000, MaxLookMs = 60_000;

    const int MaxPoints = 11_000;
    const long MinStepMs = 1000;
    const long MaxStepMs = 365L * 86_400_000;

    /// <summary>How many points there are.</summary>
    public int Points => EndMs < StartMs ? 0 : (int)((EndMs - StartMs) / StepMs) + 1;

    /// <summary>The window of its unfinished step alone: one point.</summary>
    public LiveWindow? Unfinished => UnfinishedMs is { } atMs ? new LiveWindow(atMs, atMs, StepMs, IsLive) : null;

    /// <summary>How far apart the ticks are that evaluate a step which is not over; 0 for never.</summary>
    public static long LookMs(long stepMs) =>
        stepMs < ShortestStepMs ? 0 : Math.Clamp(stepMs / LooksPerStep, MinLookMs, MaxLookMs) / LiveTicker.TickMs * LiveTicker.TickMs;

    /// <summary>The same window up to a tick.</summary>
    public LiveWindow UpTo(long tickMs)
    {
        var endMs = CeilingTo(tickMs - StepMs + 1, StepMs);
        return this with { EndMs = endMs, UnfinishedMs = StepMs >= ShortestStepMs && tickMs > endMs ? tickMs : null };
    }

    /// <summary>Reads the window of a subscribe message.</summary>
    public static bool TryRead(
        ClientMessage message, long nowMs, [NotNullWhen(true)] out LiveWindow? window, [NotNullWhen(false)] out string? mistake)
    {
        window = null;
        var (stepMs, isLive) = (message.StepMs, message.EndMs is null);
        mistake = stepMs is < MinStepMs or > MaxStepMs ? $"stepMs is from {MinStepMs} to {MaxStepMs}, not {stepMs}"
            : isLive && stepMs % LiveTicker.TickMs != 0 ? $"stepMs of a live subscription is a multiple of {LiveTicker.TickMs}, not {stepMs}"
            : message is { RangeMs: null, StartMs: null } ? "rangeMs or startMs is needed"
            : message is { RangeMs: not null, StartMs: not null } ? "rangeMs and startMs exclude each other"
            : message is { RangeMs: not null, EndMs: not null } ? "rangeMs and endMs exclude each other"
            : message.LookbackMs is < 1 or > MaxStepMs ? $"lookbackMs is from 1 to {MaxStepMs}, not {message.LookbackMs}"
            : message.RangeMs < 0 ? "rangeMs is not negative"
            : null;
        if (mistake is not null)
            return false;

        var endMs = message.EndMs ?? nowMs;
        var startMs = message.StartMs ?? nowMs - message.RangeMs!.Value;
        if (Math.Abs((double)startMs) > 9e15 || Math.Abs((double)endMs) > 9e15)
        {
            mistake = "startMs, endMs and rangeMs are Unix milliseconds";
            return false;
        }

        startMs = CeilingTo(startMs, stepMs);
        window = new LiveWindow(startMs, endMs, stepMs, isLive).UpTo(endMs);
        var points = (window.EndMs - startMs) / stepMs + 1;
        if (points > MaxPoints)
        {
            mistake = $"the range has {points} points; at most {MaxPoints}: choose a longer step";
            window = null;
            return false;
        }

        // A window of the past may end in the future: nothing is unfinished then but what is there now.
        if (window.UnfinishedMs > nowMs)
            window = window with { UnfinishedMs = nowMs > window.EndMs ? nowMs : null };
        return true;
    }

    static long CeilingTo(long value, long step)
    {
        var remainder = value % step;
        return remainder == 0 ? value : remainder > 0 ? value + step - remainder : value - remainder;
    }
}
