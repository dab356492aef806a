namespace Barograph.TimeSeries;

/// <summary>A sample with labels that lead to what caused it: a trace id, usually.</summary>
/// <param name="TimestampMs">Unix milliseconds.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Labels">At most 128 characters, names and values together, as OpenMetrics has it.</param>
public sealed record Exemplar(long TimestampMs, double Value, Labels Labels);

/// <summary>The exemplars of a series, ascending in time.</summary>
/// <param name="Labels">The series' labels.</param>
/// <param name="Exemplars">At least one.</param>
public sealed record SeriesExemplars(Labels Labels, IReadOnlyList<Exemplar> Exemplars);

/// <summary>An exemplar on its way into the store.</summary>
/// <param name="Series">The index of its series in the batch.</param>
/// <param name="TimestampMs">Unix milliseconds.</param>
/// <param name="Value">What was measured.</param>
/// <param name="LabelsKey">Its labels in the form of a series key; may be empty.</param>
public readonly record struct ExemplarSample(int Series, long TimestampMs, double Value, ReadOnlyMemory<byte> LabelsKey);
