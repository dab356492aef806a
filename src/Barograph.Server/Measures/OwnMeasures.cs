using System.Diagnostics.Metrics;

namespace Barograph.Server.Measures;

/// <summary>
/// What the server counts of itself. A slice makes instruments on <see cref="Meter"/>, named as their series are to be named
/// (<c>barograph_worker_failures_total</c>); their totals are kept here, become series with the collector's tick and stand on <c>/metrics</c>.
/// Each server has its own: several in one process do not mix.
/// </summary>
/// <remarks>
/// A measurement costs a look-up by its label values, so it belongs at a request or a batch, never at a sample. Counters, up-down counters, gauges,
/// their observable forms and histograms work; a histogram needs its bounds as advice.
/// </remarks>
internal sealed class OwnMeasures : IDisposable
{
    readonly MeterListener _listener = new();
    readonly Lock _lock = new(); // guards _families while instruments are added
    readonly Lock _reading = new(); // one reader at a time: what one has begun to ask for would be missing to the other
    readonly Counter<long> _failures;
    volatile MeasureFamily[] _families = [];

    public OwnMeasures()
    {
        Meter = new Meter(new MeterOptions("Barograph") { Scope = this });
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<int>(static (_, value, labels, family) => ((MeasureFamily)family!).Record(value, labels));
        _listener.SetMeasurementEventCallback<long>(static (_, value, labels, family) => ((MeasureFamily)family!).Record(value, labels));
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, family) => ((MeasureFamily)family!).Record(value, labels));
        _listener.Start();
        _failures = Meter.CreateCounter<long>(
            "barograph_measures_failures_total", "", "Callbacks of own measures that failed; what they measure is missing.");
    }

    /// <summary>Where instruments are made. Their unit is in OpenMetrics' spelling or empty, their description a sentence.</summary>
    public Meter Meter { get; }

    /// <summary>One for each instrument, by name. What callbacks gave is as of the last <see cref="Read"/>.</summary>
    public IReadOnlyList<MeasureFamily> Families => _families;

    /// <summary>
    /// Asks the observable instruments for their values of now, then gives every family. A callback that fails is counted and has no value; the
    /// others have.
    /// </summary>
    /// <param name="read">Called while other readers wait: it reads and returns.</param>
    public void Read(Action<MeasureFamily> read)
    {
        lock (_reading)
        {
            foreach (var family in _families)
                family.BeginObservation();
            try
            {
                _listener.RecordObservableInstruments();
            }
            catch (AggregateException failures)
            {
                _failures.Add(failures.InnerExceptions.Count);
            }

            foreach (var family in _families)
                read(family);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Meter.Dispose();
    }

    void Publish(Instrument instrument, MeterListener listener)
    {
        if (!ReferenceEquals(instrument.Meter.Scope, this))
            return;
        MeasureFamily family;
        lock (_lock)
        {
            family = new MeasureFamily(instrument);
            _families = [.. _families.Append(family).OrderBy(static one => one.Name, StringComparer.Ordinal)];
        }

        listener.EnableMeasurementEvents(instrument, family);
    }
}
