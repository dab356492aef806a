using Barograph.TimeSeries;

namespace Barograph.Server.Collect;

/// <summary>
/// The series of one source and their values of the tick. A series that has no value in a tick, because its disk was unplugged or
/// because the source failed, is ended with a staleness marker, so that nobody is shown an old value as a new one.
/// </summary>
internal sealed class SourceSeries(string job, string instance)
{
    // Guards the shape (_slots, _count, _free): a source that hangs may wake up and add series while the collector
    // ends those it had. Values need no guard: the collector reads them only after the source has returned.
    readonly Lock _shape = new();
    readonly Stack<int> _free = new();
    Slot[] _slots = new Slot[8];
    int _count;

    struct Slot
    {
        public byte[]? Key;
        public double Value;
        public bool HasValue;
        public bool IsLive;
        public bool IsRemoved;
        public int BatchGeneration;
        public int BatchSeries;
    }

    /// <summary>Adds a series.</summary>
    /// <param name="metric">Its metric.</param>
    /// <param name="labelValues">As many as the metric has labels; an empty one leaves the label out.</param>
    /// <returns>Its number, for <see cref="Set"/> and <see cref="Remove"/>.</returns>
    public int Add(MetricDefinition metric, params ReadOnlySpan<string> labelValues)
    {
        var labels = new Label[3 + metric.Labels.Length];
        labels[0] = new Label(Labels.MetricName, metric.Name);
        labels[1] = new Label("job", job);
        labels[2] = new Label("instance", instance);
        for (var i = 0; i < metric.Labels.Length; i++)
            labels[3 + i] = new Label(metric.Labels[i], labelValues[i]);
        var key = SampleBatch.EncodeKey(Labels.From(labels));
        lock (_shape)
        {
            if (!_free.TryPop(out var series))
            {
                series = _count++;
                if (series == _slots.Length)
                    Array.Resize(ref _slots, series * 2);
            }

            _slots[series] = new Slot { Key = key };
            return series;
        }
    }

    /// <summary>Sets the value of a series in this tick.</summary>
    public void Set(int series, double value)
    {
        ref var slot = ref _slots[series];
        slot.Value = value;
        slot.HasValue = true;
    }

    /// <summary>Ends a series; its number is free for another one.</summary>
    public void Remove(int series)
    {
        lock (_shape)
            _slots[series].IsRemoved = true;
    }

    /// <summary>Forgets the values of the tick before.</summary>
    public void Begin()
    {
        foreach (ref var slot in _slots.AsSpan(0, _count))
            slot.HasValue = false;
    }

    /// <summary>Writes the tick's values, or, when the source has not succeeded, the end of what it had.</summary>
    /// <returns>How many series have a value.</returns>
    public int WriteTo(TickBatch batch, bool succeeded)
    {
        var live = 0;
        lock (_shape)
        {
            for (var series = 0; series < _count; series++)
            {
                ref var slot = ref _slots[series];
                if (slot.Key is null)
                    continue;
                var hasValue = succeeded && slot.HasValue && !slot.IsRemoved;
                if (hasValue || slot.IsLive)
                {
                    if (slot.BatchGeneration != batch.Generation)
                        (slot.BatchGeneration, slot.BatchSeries) = (batch.Generation, batch.Samples.AddSeries(slot.Key));
                    batch.Samples.Add(slot.BatchSeries, batch.TimestampMs, hasValue ? slot.Value : StaleMarker.Value);
                    slot.IsLive = hasValue;
                    live += hasValue ? 1 : 0;
                }

                if (slot.IsRemoved)
                    Free(series, batch);
            }
        }

        return live;
    }

    void Free(int series, TickBatch batch)
    {
        if (_slots[series].BatchGeneration == batch.Generation)
            batch.RetiredCount++;
        _slots[series] = default;
        _free.Push(series);
    }
}

/// <summary>The batch that goes to the store, the same for every tick: series keep their place in it.</summary>
internal sealed class TickBatch
{
    // Ended series stay in the batch until it is built anew. 1,000 keys of some 150 bytes are nothing; doing it at each end
    // would encode every living key again whenever a process exits.
    const int RetiredCountMax = 1000;

    public SampleBatch Samples { get; } = new();

    public long TimestampMs { get; private set; }

    /// <summary>Changes when the series have lost their places. Never 0, which slots start with.</summary>
    public int Generation { get; private set; } = 1;

    /// <summary>Places of ended series.</summary>
    public int RetiredCount { get; set; }

    public void Begin(long timestampMs)
    {
        TimestampMs = timestampMs;
        Samples.ClearSamples();
        if (RetiredCount <= RetiredCountMax)
            return;
        Samples.Clear();
        (Generation, RetiredCount) = (Generation + 1, 0);
    }
}
