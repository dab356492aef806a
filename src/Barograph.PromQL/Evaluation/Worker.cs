namespace Barograph.PromQL;

/// <summary>What one thread of a query needs for itself: columns and buffers that are used again and again.</summary>
internal sealed class Worker
{
    readonly Dictionary<int, Stack<Column>> _columns = [];
    readonly Stack<SampleBuffer> _buffers = [];
    readonly Stack<(int[] From, int[] To)> _bounds = [];

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

    public void Return(SampleBuffer buffer) => _buffers.Push(buffer);

    /// <summary>Two arrays of at least a length.</summary>
    public (int[] From, int[] To) RentBounds(int count)
    {
        if (_bounds.Count > 0 && _bounds.Pop() is var bounds && bounds.From.Length >= count)
            return bounds;
        return (new int[count], new int[count]);
    }

    public void Return((int[] From, int[] To) bounds) => _bounds.Push(bounds);
}
