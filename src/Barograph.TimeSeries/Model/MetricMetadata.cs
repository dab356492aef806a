namespace Barograph.TimeSeries;

/// <summary>What kind of metric a name stands for.</summary>
public enum MetricType
{
    Unknown,
    Counter,
    Gauge,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    StateSet,
}

/// <summary>What is known of a metric besides its samples.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Unit">Its unit in the OpenMetrics spelling ("seconds", "bytes"), or "".</param>
/// <param name="Help">One sentence on what it means.</param>
public readonly record struct MetricMetadata(MetricType Type, string Unit, string Help);
