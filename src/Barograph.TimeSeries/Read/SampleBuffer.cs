using System.Buffers;

namespace Barograph.TimeSeries;

/// <summary>Rented room for samples in columns. Whoever makes it disposes it, once, and keeps no span of it.</summary>
internal sealed class SampleBuffer(int capacity) : IDisposable
{
    long[] _timestampsMs = ArrayPool<long>.Shared.Rent(capacity);
    double[] _values = ArrayPool<double>.Shared.Rent(capacity);

    public int Count { get; set; }

    public Span<long> TimestampsMs => _timestampsMs;

    public Span<double> Values => _values;

    public void Add(long timestampMs, double value)
    {
        if (Count == Math.Min(_timestampsMs.Length, _values.Length))
            EnsureCapacity(Count * 2);
        _timestampsMs[Count] = timestampMs;
        _values[Count++] = value;
    }

    /// <summary>Makes room; what is there stays.</summary>
    public void EnsureCapacity(int capacity)
    {
        if (capacity <= Math.Min(_timestampsMs.Length, _values.Length))
            return;
        var (timestampsMs, values) = (ArrayPool<long>.Shared.Rent(capacity), ArrayPool<double>.Shared.Rent(capacity));
        _timestampsMs.AsSpan(0, Count).CopyTo(timestampsMs);
        _values.AsSpan(0, Count).CopyTo(values);
        Return();
        (_timestampsMs, _values) = (timestampsMs, values);
    }

    public void Dispose()
    {
        Return();
        (_timestampsMs, _values) = ([], []);
    }

    void Return()
    {
        if (_timestampsMs.Length > 0)
            ArrayPool<long>.Shared.Return(_timestampsMs);
        if (_values.Length > 0)
            ArrayPool<double>.Shared.Return(_values);
    }
}
