using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Barograph.Server.Ingest.Wire;

/// <summary>How a field of a protobuf message is written (protobuf encoding guide).</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    StartGroup = 3,
    EndGroup = 4,
    Fixed32 = 5,
}

/// <summary>
/// Walks the fields of one protobuf message without copying. Nested messages are read by a reader of their own over
/// <see cref="Bytes"/>; unknown fields are passed over, as the format wants it.
/// </summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    readonly ReadOnlySpan<byte> _message = message;
    int _next;

    /// <summary>The number of the field that was stepped to.</summary>
    public int Field { get; private set; }

    /// <summary>How its value is written.</summary>
    public WireType Type { get; private set; }

    /// <summary>Where in the message the next field, or the value just announced, starts.</summary>
    public readonly int Position => _next;

    /// <summary>Steps to the next field; its value must then be read or skipped. False at the end.</summary>
    public bool MoveNext()
    {
        if (_next == _message.Length)
            return false;
        var tag = Varint();
        if (tag is < 8 or > uint.MaxValue)
            Fail($"field number {tag >> 3}");
        Field = (int)(tag >> 3);
        Type = (WireType)(tag & 7);
        return true;
    }

    /// <summary>Reads a varint of any kind.</summary>
    public ulong Varint()
    {
        if (_next < _message.Length && _message[_next] < 0x80)
            return _message[_next++];
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_next == _message.Length)
                Fail("the message ends within a number");
            var more = _message[_next++];
            value |= (ulong)(more & 0x7F) << shift;
            if (more < 0x80)
                return value;
        }

        Fail("a number has more than ten bytes");
        return 0;
    }

    /// <summary>The value of a varint field.</summary>
    public ulong UInt64()
    {
        Expect(WireType.Varint);
        return Varint();
    }

    /// <summary>The value of an int64 field.</summary>
    public long Int64() => (long)UInt64();

    /// <summary>The value of an int32 field; enums too.</summary>
    public int Int32() => (int)UInt64();

    /// <summary>The value of a sint32 or sint64 field (zigzag).</summary>
    public long SInt64()
    {
        var coded = UInt64();
        return (long)(coded >> 1) ^ -(long)(coded & 1);
    }

    /// <summary>The value of a double field.</summary>
    public double Double() => BitConverter.UInt64BitsToDouble(Fixed64());

    /// <summary>The value of a fixed64 or sfixed64 field.</summary>
    public ulong Fixed64()
    {
        Expect(WireType.Fixed64);
        return RawFixed64();
    }

    /// <summary>The value of a string, bytes or message field: a slice of the message.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Expect(WireType.Bytes);
        var length = Varint();
        if (length > (ulong)(_message.Length - _next))
            Fail($"{length} bytes announced, {_message.Length - _next} left");
        var bytes = _message.Slice(_next, (int)length);
        _next += (int)length;
        return bytes;
    }

    /// <summary>Reads the next number of a packed run of fixed64 or double; for a reader over the run's bytes.</summary>
    public ulong RawFixed64()
    {
        if (_message.Length - _next < 8)
            Fail("the message ends within a number");
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_message[_next..]);
        _next += 8;
        return value;
    }

    /// <summary>Whether everything was read.</summary>
    public readonly bool AtEnd => _next == _message.Length;

    /// <summary>Passes over the value of a field that does not matter.</summary>
    public void Skip()
    {
        switch (Type)
        {
            case WireType.Varint:
                Varint();
                break;
            case WireType.Fixed64:
                RawFixed64();
                break;
            case WireType.Bytes:
                Bytes();
                break;
            case WireType.Fixed32:
                if (_message.Length - _next < 4)
                    Fail("the message ends within a number");
                _next += 4;
                break;
            default:
                Fail($"wire type {(int)Type} in field {Field}"); // groups: none of the messages we read ever had one
                break;
        }
    }

    readonly void Expect(WireType type)
    {
        if (Type != type)
            Fail($"field {Field} has wire type {(int)Type}, expected {(int)type}");
    }

    [DoesNotReturn]
    readonly void Fail(string what) => throw new MalformedRequestException($"protobuf: {what}, at byte {_next} of a message of {_message.Length}");
}
