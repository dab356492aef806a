using System.Buffers.Binary;
using System.Text;

namespace Barograph.Server.Tests.Ingest;

/// <summary>Writes protobuf by hand, so that the requests under test owe nothing to the code under test.</summary>
internal sealed class ProtobufWriter
{
    readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public ProtobufWriter Varint(int field, ulong value)
    {
        Raw((ulong)field << 3);
        return Raw(value);
    }

    public ProtobufWriter Zigzag(int field, long value) => Varint(field, (ulong)((value << 1) ^ (value >> 63)));

    public ProtobufWriter Double(int field, double value) => Fixed64(field, BitConverter.DoubleToUInt64Bits(value));

    public ProtobufWriter Fixed64(int field, ulong value)
    {
        Raw(((ulong)field << 3) | 1);
        RawFixed64(value);
        return this;
    }

    public ProtobufWriter Bytes(int field, byte[] value)
    {
        Raw(((ulong)field << 3) | 2);
        Raw((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public ProtobufWriter Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtobufWriter Message(int field, Action<ProtobufWriter> write)
    {
        var inner = new ProtobufWriter();
        write(inner);
        return Bytes(field, inner.ToArray());
    }

    public ProtobufWriter Packed(int field, params IEnumerable<ulong> values)
    {
        var inner = new ProtobufWriter();
        foreach (var value in values)
            inner.Raw(value);
        return Bytes(field, inner.ToArray());
    }

    public ProtobufWriter PackedFixed64(int field, params IEnumerable<ulong> values)
    {
        var inner = new ProtobufWriter();
        foreach (var value in values)
            inner.RawFixed64(value);
        return Bytes(field, inner.ToArray());
    }

    public ProtobufWriter PackedDoubles(int field, params IEnumerable<double> values) =>
        PackedFixed64(field, values.Select(BitConverter.DoubleToUInt64Bits));

    ProtobufWriter Raw(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
        return this;
    }

    void RawFixed64(ulong value)
    {
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(eight, value);
        _bytes.AddRange(eight);
    }
}
