using System.Buffers.Binary;
using System.Text;
using Barograph.TimeSeries;

namespace Barograph.Server.Agent;

/// <summary>
/// Writes <c>prometheus.WriteRequest { repeated TimeSeries timeseries = 1; repeated MetricMetadata metadata = 3 }</c>, whose series
/// begin with their labels exactly as a batch has them as a key. Messages put one behind the other are one message.
/// </summary>
internal static class RemoteWriteMessage
{
    const int SampleBytesMax = 2 + 9 + 11; // field and length, a double, a varint of ten bytes

    /// <summary>Writes the samples of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="message">Gets the message; made larger when it is too small.</param>
    /// <returns>Its length.</returns>
    public static int Write(SampleBatch batch, ref byte[] message)
    {
        var at = 0;
        for (var i = 0; i < batch.SampleCount; i++)
        {
            var key = batch.Key(batch.SampleSeries[i]);
            if (at + key.Length + SampleBytesMax + 6 > message.Length)
                Array.Resize(ref message, 2 * (message.Length + key.Length));
            var time = (ulong)batch.TimestampsMs[i];
            var sampleBytes = 9 + 1 + VarintLength(time);
            message[at++] = 0x0A;
            at += WriteVarint(message.AsSpan(at), (ulong)(key.Length + 2 + sampleBytes));
            key.CopyTo(message.AsSpan(at));
            at += key.Length;
            message[at++] = 0x12;
            message[at++] = (byte)sampleBytes;
            message[at++] = 0x09;
            BinaryPrimitives.WriteDoubleLittleEndian(message.AsSpan(at), batch.Values[i]);
            at += 8;
            message[at++] = 0x10;
            at += WriteVarint(message.AsSpan(at), time);
        }

        return at;
    }

    /// <summary>Writes what is known of metrics: <c>type = 1, metric_family_name = 2, help = 4, unit = 5</c>.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, MetricMetadata> metadata)
    {
        using var message = new MemoryStream();
        foreach (var (metric, about) in metadata)
        {
            using var one = new MemoryStream();
            one.Write([0x08, (byte)about.Type]); // the numbers of the protocol are ours
            WriteText(one, 0x12, metric);
            WriteText(one, 0x22, about.Help);
            WriteText(one, 0x2A, about.Unit);
            message.WriteByte(0x1A);
            WriteVarint(message, (ulong)one.Length);
            one.WriteTo(message);
        }

        return message.ToArray();
    }

    static void WriteText(MemoryStream message, byte tag, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        message.WriteByte(tag);
        WriteVarint(message, (ulong)bytes.Length);
        message.Write(bytes);
    }

    static void WriteVarint(MemoryStream message, ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        message.Write(bytes[..WriteVarint(bytes, value)]);
    }

    static int WriteVarint(Span<byte> bytes, ulong value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        return length;
    }

    static int VarintLength(ulong value)
    {
        var length = 1;
        for (; value >= 0x80; value >>= 7)
            length++;
        return length;
    }
}
