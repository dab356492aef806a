using Barograph.Server.Collect;

namespace Barograph.Server.Measures;

/// <summary>Writes what the server counts of itself with each tick, as series like any other.</summary>
internal sealed class MeasuresSource(SourceSeries series, OwnMeasures measures) : ISource
{
    readonly Dictionary<int, int> _seriesOf = []; // a sample's series → its number among the source's
    readonly HashSet<string> _known = new(StringComparer.Ordinal);
    readonly List<MetricDefinition> _new = [];

    public string Name => "measures";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        measures.Read(Take);
    }

    public IReadOnlyList<MetricDefinition> TakeNewMetrics()
    {
        if (_new.Count == 0)
            return [];
        MetricDefinition[] taken = [.. _new];
        _new.Clear();
        return taken;
    }

    public void Dispose()
    {
    }

    void Take(MeasureFamily family)
    {
        family.Read(Set);
        if (_known.Add(family.Name))
            _new.Add(new MetricDefinition(family.Name, family.Type, family.Unit, family.Help));
    }

    void Set(MeasureSample sample)
    {
        if (!_seriesOf.TryGetValue(sample.Series, out var number))
            _seriesOf[sample.Series] = number = series.Add(sample.Metric, sample.LabelValues);
        series.Set(number, sample.Value);
    }
}
