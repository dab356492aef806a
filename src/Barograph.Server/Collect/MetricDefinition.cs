using Barograph.TimeSeries;

namespace Barograph.Server.Collect;

/// <summary>One metric of the catalogue.</summary>
/// <param name="Name">As it is stored.</param>
/// <param name="Type">Counter, gauge or info.</param>
/// <param name="Unit">In the OpenMetrics spelling, or "".</param>
/// <param name="Help">What it means, in a sentence or two.</param>
/// <param name="Labels">Its own labels (beside <c>job</c> and <c>instance</c>), in the order in which sources give their values.</param>
internal sealed record MetricDefinition(string Name, MetricType Type, string Unit, string Help, params string[] Labels);

/// <summary>A chapter of the catalogue.</summary>
/// <param name="title">Its heading.</param>
/// <param name="about">Where its metrics come from and what to mind, in Markdown.</param>
internal sealed class MetricSection(string title, string about)
{
    readonly List<MetricDefinition> _metrics = [];

    /// <summary>Its heading.</summary>
    public string Title => title;

    /// <summary>Where its metrics come from and what to mind, in Markdown.</summary>
    public string About => about;

    /// <summary>Its metrics.</summary>
    public IReadOnlyList<MetricDefinition> Metrics => _metrics;

    public MetricDefinition Counter(string name, string unit, string help, params string[] labels) =>
        Add(new MetricDefinition(name, MetricType.Counter, unit, help, labels));

    public MetricDefinition Gauge(string name, string unit, string help, params string[] labels) =>
        Add(new MetricDefinition(name, MetricType.Gauge, unit, help, labels));

    public MetricDefinition Info(string name, string help, params string[] labels) =>
        Add(new MetricDefinition(name, MetricType.Info, "", help, labels));

    MetricDefinition Add(MetricDefinition metric)
    {
        _metrics.Add(metric);
        return metric;
    }
}
