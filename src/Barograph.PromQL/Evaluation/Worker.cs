using System.Runtime.InteropServices;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>What one thread of a query needs for itself: columns, buffers and readers that are used again and again.</summary>
internal sealed class Worker : IDisposable
{
    readonly Dictionary<SeriesSelection, SampleReader?> _readers = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<int, Stack<Column>> _columns = [];
    readonly Stack<SampleBuffer> _buffers = [];
    readonly Dictionary<object, WindowBounds> _bounds = new(ReferenceEqualityComparer.Instance);

    public Column Rent(int count) =>
        _columns.TryGetValue(count, out var free) && free.Count > 0 ? free.Pop() : new Column(count);

    public void Return(Column column)
    {
        if (!_columns.TryGetValue(column.Count, out var free))
            _columns.Add(column.Count, free = new Stack<Column>());
        free.Push(column);
    }

    public SampleBuffer RentBuffer()
    {
        var buffer = _buffers.Count > 0 ? _buffers.Pop() : new SampleBuffer();
        buffer.Clear();
        return buffer;
    }

    /// <summary>Opens a reader that is good until the next one of the same selection is opened; not to be disposed.</summary>
    public SampleReader Open(SeriesSelection selection, int series)
    {
        ref var reader = ref CollectionsMarshal.GetValueRefOrAddDefault(_readers, selection, out _);
        return reader = selection.OpenReader(series, reader);
    }

    public void Dispose()
    {
        foreach (var reader in _readers.Values)
            reader?.Dispose();
        foreach (var buffer in _buffers)
            buffer.Dispose();
    }

    public void Return(SampleBuffer buffer) => _buffers.Push(buffer);

    /// <summary>The windows that this thread found last for a node; new ones at first.</summary>
    public WindowBounds BoundsOf(object node, int steps)
    {
        if (!_bounds.TryGetValue(node, out var bounds))
            _bounds.Add(node, bounds = new WindowBounds(steps));
        return bounds;
    }
}

/// <summary>
/// Which samples of a series are in the window of each step. Series of one target are scraped together and have the same times, so what was
/// found for one is often right for the next.
/// </summary>
internal sealed class WindowBounds(int steps)
{
    long[] _times = [];
    int _count = -1;

    /// <summary>Index of the first sample in each window.</summary>
    public int[] From { get; } = new int[steps];

    /// <summary>Index after the last sample in each window.</summary>
    public int[] To { get; } = new int[steps];

    /// <summary>For rates: what to multiply the change of each window by, unless it began at zero.</summary>
    public double[] Weights { get; } = new double[steps];

    /// <summary>For rates: how far before the first sample of each window it is thought to reach, in milliseconds.</summary>
    public double[] StartRoomsMs { get; } = new double[steps];

    /// <summary>Whether <see cref="Weights"/> and <see cref="StartRoomsMs"/> are filled in for the times.</summary>
    public bool HaveWeights { get; set; }

    /// <summary>Whether everything here was found for exactly these times; they are remembered.</summary>
    public bool AreFor(ReadOnlySpan<long> times)
    {
        if (_count == times.Length && times.SequenceEqual(_times.AsSpan(0, _count)))
            return true;
        if (_times.Length < times.Length)
            _times = new long[times.Length];
        times.CopyTo(_times);
        (_count, HaveWeights) = (times.Length, false);
        return false;
    }
}
