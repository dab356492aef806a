using System.Buffers;
using System.Runtime.CompilerServices;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// "No value here", as a double: the staleness marker. Selectors never give it as a value and arithmetic cannot make it (it is a
/// signalling NaN; results are quiet), so within results it can only mean that.
/// </summary>
internal static class Absent
{
    public static readonly double Value = StaleMarker.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // one compare per value in every loop of the evaluator
    public static bool Is(double value) => StaleMarker.Is(value);
}

/// <summary>
/// The values of one series at all steps. Where a step has a histogram, its float is absent: code that knows only floats
/// ignores histograms without asking.
/// </summary>
internal sealed class Column(int count)
{
    readonly double[] _values = new double[count];
    NativeHistogram?[]? _histograms;

    public int Count => _values.Length;

    public Span<double> Values => _values;

    /// <summary>As many as values, or null when no step has a histogram.</summary>
    public NativeHistogram?[]? Histograms { get; private set; }

    public void Clear()
    {
        _values.AsSpan().Fill(Absent.Value);
        DropHistograms();
    }

    public void DropHistograms() => Histograms = null;

    public void Set(int step, NativeHistogram histogram)
    {
        if (Histograms is null)
        {
            Histograms = _histograms ??= new NativeHistogram?[Count];
            Array.Clear(Histograms);
        }

        Histograms[step] = histogram;
        _values[step] = Absent.Value;
    }

    public void Set(int step, SampleValue value)
    {
        if (value.Histogram is not null)
            Set(step, value.Histogram);
        else
            Set(step, value.Float);
    }

    public void Set(int step, double value)
    {
        _values[step] = value;
        if (Histograms is not null)
            Histograms[step] = null;
    }

    public SampleValue this[int step] => new(_values[step], Histograms?[step]);

    public bool Has(int step) => !Absent.Is(_values[step]) || Histograms?[step] is not null;

    public void CopyFrom(Column other)
    {
        other.Values.CopyTo(_values);
        if (other.Histograms is null)
        {
            Histograms = null;
            return;
        }

        Histograms = _histograms ??= new NativeHistogram?[Count];
        other.Histograms.CopyTo(Histograms, 0);
    }

    public bool IsEmpty
    {
        get
        {
            for (var i = 0; i < _values.Length; i++)
            {
                if (Has(i))
                    return false;
            }

            return true;
        }
    }

    /// <summary>The arrays themselves, for a result; the column must not be used again.</summary>
    public (double[] Values, NativeHistogram?[]? Histograms) Release() => (_values, Histograms);
}

/// <summary>A float or a histogram, or neither (absent).</summary>
internal readonly record struct SampleValue(double Float, NativeHistogram? Histogram)
{
    public static readonly SampleValue None = new(Absent.Value, null);

    public bool IsNone => Histogram is null && Absent.Is(Float);

    public static implicit operator SampleValue(double value) => new(value, null);

    public static implicit operator SampleValue(NativeHistogram? histogram) => new(Absent.Value, histogram);
}

/// <summary>The samples of one series in time order, in growing rented arrays that are used again for the next series. Whoever makes it disposes it.</summary>
internal sealed class SampleBuffer : IDisposable
{
    const int Smallest = 256;

    long[] _times = ArrayPool<long>.Shared.Rent(Smallest);
    double[] _values = ArrayPool<double>.Shared.Rent(Smallest);
    NativeHistogram?[] _histograms = [];
    long[] _startTimes = [];

    public int Count { get; private set; }

    public bool HasHistograms { get; private set; }

    public bool HasStartTimes { get; private set; }

    public ReadOnlySpan<long> Times => _times.AsSpan(0, Count);

    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>As many as samples; null for floats. Empty when there are only floats.</summary>
    public ReadOnlySpan<NativeHistogram?> Histograms => HasHistograms ? _histograms.AsSpan(0, Count) : default;

    /// <summary>As many as samples; 0 for unknown. Empty when none is known.</summary>
    public ReadOnlySpan<long> StartTimes => HasStartTimes ? _startTimes.AsSpan(0, Count) : default;

    public void Clear()
    {
        if (HasHistograms)
            Array.Clear(_histograms, 0, Count);
        if (HasStartTimes)
            Array.Clear(_startTimes, 0, Count);
        (Count, HasHistograms, HasStartTimes) = (0, false, false);
    }

    public void Add(long timestampMs, double value)
    {
        Grow(1);
        _times[Count] = timestampMs;
        _values[Count++] = value;
    }

    public void Add(long timestampMs, NativeHistogram histogram)
    {
        Grow(1);
        if (_histograms.Length < _times.Length)
            Array.Resize(ref _histograms, _times.Length);
        HasHistograms = true;
        _times[Count] = timestampMs;
        _values[Count] = Absent.Value;
        _histograms[Count++] = histogram;
    }

    /// <summary>Sets the start time of the newest sample.</summary>
    public void SetStartTime(long startMs)
    {
        if (_startTimes.Length < _times.Length)
            Array.Resize(ref _startTimes, _times.Length);
        HasStartTimes = true;
        _startTimes[Count - 1] = startMs;
    }

    /// <summary>Adds a run of floats, without the staleness markers in it.</summary>
    public void AddRun(ReadOnlySpan<long> times, ReadOnlySpan<double> values)
    {
        Grow(values.Length);
        var stale = IndexOfStale(values);
        if (stale < 0)
        {
            times.CopyTo(_times.AsSpan(Count));
            values.CopyTo(_values.AsSpan(Count));
            Count += values.Length;
            return;
        }

        for (var i = 0; i < values.Length; i++)
        {
            if (StaleMarker.Is(values[i]))
                continue;
            _times[Count] = times[i];
            _values[Count++] = values[i];
        }
    }

    /// <summary>Marks each histogram as reset or not, by the one before it.</summary>
    public void FindResets()
    {
        NativeHistogram? previous = null;
        for (var i = 0; i < Count; i++)
        {
            var histogram = _histograms[i];
            if (histogram is not null)
                _histograms[i] = ResetHints.Find(histogram, previous);
            previous = histogram;
        }
    }

    static int IndexOfStale(ReadOnlySpan<double> values) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<double, long>(values).IndexOf(BitConverter.DoubleToInt64Bits(StaleMarker.Value));

    void Grow(int more)
    {
        if (Count + more <= Math.Min(_times.Length, _values.Length))
            return;
        var capacity = Math.Max(_times.Length * 2, Count + more);
        Replace(ref _times, capacity);
        Replace(ref _values, capacity);
        if (HasHistograms)
            Array.Resize(ref _histograms, _times.Length);
        if (HasStartTimes)
            Array.Resize(ref _startTimes, _times.Length);
    }

    void Replace<T>(ref T[] rented, int capacity)
    {
        var larger = ArrayPool<T>.Shared.Rent(capacity);
        rented.AsSpan(0, Count).CopyTo(larger);
        ArrayPool<T>.Shared.Return(rented);
        rented = larger;
    }

    public void Dispose()
    {
        ArrayPool<long>.Shared.Return(_times);
        ArrayPool<double>.Shared.Return(_values);
        (_times, _values, Count) = ([], [], 0);
    }
}
