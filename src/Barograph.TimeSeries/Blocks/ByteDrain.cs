namespace Barograph.TimeSeries;

/// <summary>
/// Bytes on their way: gathered in a small buffer and handed on when it is full, so that what is large (a block's index) is nowhere in
/// memory as a whole. Whoever has written the last ones closes it.
/// </summary>
/// <param name="handOn">Takes the next bytes; it keeps no span of them.</param>
internal sealed class ByteDrain(Action<ReadOnlySpan<byte>> handOn)
{
    const int PieceBytes = 16 << 10;

    readonly GrowingBytes _gathered = new(PieceBytes + 256);
    long _handedOn;

    /// <summary>How many bytes were written so far.</summary>
    public long Length => _handedOn + _gathered.Length;

    public void WriteUInt32(uint value)
    {
        _gathered.WriteUInt32(value);
        HandOnIfFull();
    }

    public void WriteVarint(ulong value)
    {
        _gathered.WriteVarint(value);
        HandOnIfFull();
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length > PieceBytes; bytes = bytes[PieceBytes..])
            Write(bytes[..PieceBytes]);
        _gathered.Write(bytes);
        HandOnIfFull();
    }

    public void Close() => HandOn();

    void HandOnIfFull()
    {
        if (_gathered.Length >= PieceBytes)
            HandOn();
    }

    void HandOn()
    {
        handOn(_gathered.Written);
        _handedOn += _gathered.Length;
        _gathered.Clear();
    }
}
