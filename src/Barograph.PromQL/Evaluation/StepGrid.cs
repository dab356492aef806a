namespace Barograph.PromQL;

/// <summary>The times at which an expression is evaluated.</summary>
internal readonly record struct StepGrid(long StartMs, long StepMs, int Count)
{
    public long EndMs => TimeMs(Count - 1);

    public bool IsEmpty => Count == 0;

    public static StepGrid Of(QueryTimes times) =>
        new(times.StartMs, times.StepMs, times.IsInstant ? 1 : (int)Math.Min((times.EndMs - times.StartMs) / times.StepMs + 1, int.MaxValue));

    public long TimeMs(int step) => StartMs + step * StepMs;
}
