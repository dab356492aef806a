using Barograph.TimeSeries;

namespace Barograph.Server.Collect;

/// <summary>One metric of the catalogue.</summary>
/// <param name="Name">As it is stored.</param>
/// <param name="Type">Counter, gauge or info.</param>
/// <param name="Unit">In the OpenMetrics spelling, or "".</param>
/// <param name="Help">What it means, in a sentence or two.</param>
/// <param name="Labels">Its own labels (beside <c>job</c> and <c>instance</c>), in the order in which sources give their values.</param>
internal sealed record MetricDefinition(string Name, MetricType Type, string Unit, string Help, params string[] Labels);
