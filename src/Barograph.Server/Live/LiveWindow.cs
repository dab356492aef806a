using System.Diagnostics.CodeAnalysis;

namespace Barograph.Server.Live;

/// <summary>The points of a history: whole multiples of the step from the start to the end, both in it.</summary>
internal sealed record LiveWindow(long StartMs, long EndMs, long StepMs, bool IsLive)
{
    const int MaxPoints = 11_000;
    const long MinStepMs = 1000;
    const long MaxStepMs = 365L * 86_400_000;

    /// <summary>How many points there are.</summary>
    public int Points => EndMs < StartMs ? 0 : (int)((EndMs - StartMs) / StepMs) + 1;

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
        endMs = CeilingTo(endMs - stepMs + 1, stepMs);
        if ((endMs - startMs) / stepMs + 1 > MaxPoints)
        {
            mistake = $"the range has {(endMs - startMs) / stepMs + 1} points; at most {MaxPoints}: choose a longer step";
            return false;
        }

        window = new LiveWindow(startMs, endMs, stepMs, isLive);
        return true;
    }

    static long CeilingTo(long value, long step)
    {
        var remainder = value % step;
        return remainder == 0 ? value : remainder > 0 ? value + step - remainder : value - remainder;
    }
}
