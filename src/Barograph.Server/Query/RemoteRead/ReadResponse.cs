using System.Buffers.Binary;
using System.Text;
using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Query.RemoteRead;

/// <summary>
/// Writes <c>ReadResponse { repeated QueryResult results = 1 }</c> with <c>QueryResult { repeated TimeSeries timeseries = 1 }</c>. A
/// message's length stands before it, so each level is gathered and then copied into the one around it.
/// </summary>
internal sealed class ReadResponse(long maxSamples, CancellationToken stop) : IDisposable
{
    /// <summary>The format wants the whole answer in memory.</summary>
    public const int MaxBytes = 256 << 20;

    const byte Message1 = 0x0A, Message2 = 0x12; // fields 1 and 2, with a length
    const int SampleBytesMax = 2 + 9 + 11;

    readonly RentedBytes _series = new();
    readonly RentedBytes _result = new();
    readonly RentedBytes _answer = new();
    long _samples;

    /// <summary>The answer so far.</summary>
    public ReadOnlySpan<byte> Written => _answer.Written;

    /// <summary>Adds the answer to one question.</summary>
    /// <exception cref="LimitExceededException">There are too many samples.</exception>
    public void Add(IMetricStore store, ReadQuery query)
    {
        _result.Clear();
        if (query.Range.StartMs < query.Range.EndMs)
        {
            using var selection = store.Select(query.Matchers, query.Range);
            foreach (var series in selection.Series)
            {
                stop.ThrowIfCancellationRequested();
                _series.Clear();
                var labels = WriteLabels(series.Labels);
                WriteSamples(series, query.Range);
                if (_series.Length > labels)
                    Append(_result, _series.Written);
            }
        }

        Append(_answer, _result.Written);
    }

    int WriteLabels(Labels labels)
    {
        foreach (var (name, value) in labels.Pairs)
        {
            int nameBytes = Encoding.UTF8.GetByteCount(name), valueBytes = Encoding.UTF8.GetByteCount(value);
            var length = 1 + VarintLength(nameBytes) + nameBytes + 1 + VarintLength(valueBytes) + valueBytes;
            var room = _series.Room(1 + VarintLength(length) + length).Span;
            var at = WriteHead(room, Message1, length);
            at += WriteText(room[at..], Message1, name, nameBytes);
            at += WriteText(room[at..], Message2, value, valueBytes);
            _series.Advance(at);
        }

        return _series.Length;
    }

    // Native histograms are left out: the readers of this answer know floats.
    void WriteSamples(Series series, TimeRange range)
    {
        using var reader = series.OpenReader();
        while (reader.MoveNext())
        {
            if (!reader.Histograms.IsEmpty)
                continue;
            var times = reader.TimestampsMs;
            var values = reader.Values;
            var room = _series.Room(times.Length * SampleBytesMax).Span;
            var at = 0;
            for (var i = 0; i < times.Length; i++)
            {
                if (!range.Contains(times[i]))
                    continue;
                _samples++;
                room[at] = Message2;
                room[at + 2] = 0x09; // value = 1, fixed64
                BinaryPrimitives.WriteDoubleLittleEndian(room[(at + 3)..], values[i]);
                room[at + 11] = 0x10; // timestamp = 2, varint
                var timeBytes = WriteVarint(room[(at + 12)..], (ulong)times[i]);
                room[at + 1] = (byte)(10 + timeBytes);
                at += 12 + timeBytes;
            }

            _series.Advance(at);
            if (_samples > maxSamples)
                throw new LimitExceededException("query-max-samples", $"exceeded sample limit ({maxSamples}): narrow the range or the matchers, or raise query-max-samples");
            if ((long)_answer.Length + _result.Length + _series.Length > MaxBytes)
                throw new LimitExceededException(nameof(MaxBytes), $"the answer would have more than {MaxBytes >> 20} MiB: narrow the range or the matchers");
        }
    }

    static void Append(RentedBytes outer, ReadOnlySpan<byte> inner)
    {
        var room = outer.Room(1 + VarintLength(inner.Length) + inner.Length).Span;
        var head = WriteHead(room, Message1, inner.Length);
        inner.CopyTo(room[head..]);
        outer.Advance(head + inner.Length);
    }

    static int WriteHead(Span<byte> room, byte field, int length)
    {
        room[0] = field;
        return 1 + WriteVarint(room[1..], (ulong)length);
    }

    static int WriteText(Span<byte> room, byte field, string text, int bytes)
    {
        var head = WriteHead(room, field, bytes);
        return head + Encoding.UTF8.GetBytes(text, room[head..]);
    }

    static int WriteVarint(Span<byte> room, ulong number)
    {
        var at = 0;
        for (; number >= 0x80; number >>= 7)
            room[at++] = (byte)(number | 0x80);
        room[at++] = (byte)number;
        return at;
    }

    static int VarintLength(int number)
    {
        var length = 1;
        for (; number >= 0x80; number >>= 7)
            length++;
        return length;
    }

    public void Dispose()
    {
        _series.Dispose();
        _result.Dispose();
        _answer.Dispose();
    }
}
