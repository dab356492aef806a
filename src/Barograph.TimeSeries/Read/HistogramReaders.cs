using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>Reads the histograms of a lane in the order of time, one chunk a run.</summary>
internal sealed class HistogramChainReader : SampleReader
{
    readonly HeadWindow _window;
    readonly TimeRange _range;
    readonly Stack<LaneEnd> _chunks = new(); // the oldest on top
    readonly HistogramRun _run = new();

    public HistogramChainReader(HeadWindow window, LaneEnd end, TimeRange range)
    {
        (_window, _range) = (window, range);
        Chain.Find(window, end, range, _chunks);
    }

    public override ReadOnlySpan<long> TimestampsMs => _run.TimestampsMs;

    public override ReadOnlySpan<double> Values => _run.Values;

    public override ReadOnlySpan<NativeHistogram> Histograms => _run.Histograms;

    public override bool MoveNext()
    {
        _run.Clear();
        while (_chunks.TryPop(out var chunk))
        {
            _run.Add(_window.Chunk(chunk.Chunk), chunk.Used);
            if (_run.Clip(_range))
                return true;
            _run.Clear();
        }

        return false;
    }

    public override void Dispose()
    {
    }
}

/// <summary>Reads the histograms that came late: all of them, put in order, as one run.</summary>
internal sealed class LateHistogramReader(HeadWindow window, LaneEnd end, TimeRange range) : SampleReader
{
    readonly HistogramRun _run = new();
    bool _done;

    public override ReadOnlySpan<long> TimestampsMs => _run.TimestampsMs;

    public override ReadOnlySpan<double> Values => _run.Values;

    public override ReadOnlySpan<NativeHistogram> Histograms => _run.Histograms;

    public override bool MoveNext()
    {
        _run.Clear();
        if (_done)
            return false;
        _done = true;
        for (var at = end; !at.IsEmpty; at = Chain.Before(window, at))
            _run.Add(window.Chunk(at.Chunk), at.Used);
        _run.Sort();
        return _run.Clip(range);
    }

    public override void Dispose()
    {
    }
}

/// <summary>Histograms in columns, decoded from chunks.</summary>
internal sealed class HistogramRun
{
    readonly List<long> _timestampsMs = [];
    readonly List<NativeHistogram> _histograms = [];
    double[] _values = [];
    int _start, _length;

    public ReadOnlySpan<long> TimestampsMs => CollectionsMarshal.AsSpan(_timestampsMs).Slice(_start, _length);

    public ReadOnlySpan<NativeHistogram> Histograms => CollectionsMarshal.AsSpan(_histograms).Slice(_start, _length);

    /// <summary>As many NaN.</summary>
    public ReadOnlySpan<double> Values
    {
        get
        {
            if (_values.Length < _length)
                Array.Fill(_values = new double[_length], double.NaN);
            return _values.AsSpan(0, _length);
        }
    }

    public void Clear()
    {
        _timestampsMs.Clear();
        _histograms.Clear();
        (_start, _length) = (0, 0);
    }

    public void Add(ReadOnlySpan<byte> chunk, int used) => HistogramChunk.Decode(chunk, used, _timestampsMs, _histograms);

    /// <summary>Puts them in the order of time; no time is there twice.</summary>
    public void Sort() => CollectionsMarshal.AsSpan(_timestampsMs).Sort(CollectionsMarshal.AsSpan(_histograms));

    /// <summary>Leaves what is in a range.</summary>
    /// <returns>Whether anything is.</returns>
    public bool Clip(TimeRange range)
    {
        (_start, _length) = TimeSeries.Clip.To(range, CollectionsMarshal.AsSpan(_timestampsMs));
        return _length > 0;
    }
}
