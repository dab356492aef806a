namespace Barograph.Server.Events;

/// <summary>Another name, in another unit, under which a field is taken; it is kept under its own.</summary>
/// <param name="Name">The other name.</param>
/// <param name="Field">The field.</param>
/// <param name="Factor">Times the number gives the field's.</param>
internal sealed record FieldAlias(string Name, string Field, double Factor = 1)
{
    /// <summary>Of a number it is that part of the duration: percent of a processor.</summary>
    public bool IsOfDuration { get; init; }

    /// <summary>What the number may be at most.</summary>
    public double Max { get; init; } = double.MaxValue;

    /// <summary>Whether it is a number; otherwise it is taken as it is.</summary>
    public bool IsNumber => Max < double.MaxValue;

    public static readonly FieldAlias[] OfTasks =
    [
        new("start_time", "start"), new("end_time", "end"), new("error_message", "error"),
        new("duration_ms", "duration_seconds", 0.001) { Max = EventLimits.DurationSecondsMax * 1000 },
        new("cpu_usage_percent", "cpu_seconds", 0.01) { IsOfDuration = true, Max = 102_400 },
        new("memory_usage_mb", "memory_bytes", 1 << 20) { Max = EventLimits.BytesMax / (1 << 20) },
    ];
}
