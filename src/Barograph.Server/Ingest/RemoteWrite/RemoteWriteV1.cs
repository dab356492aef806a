using System.Buffers.Binary;
using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.RemoteWrite;

/// <summary>
/// Decodes <c>prometheus.WriteRequest</c> (Remote-Write 1.0): <c>timeseries = 1 { labels = 1 { name = 1, value = 2 },
/// samples = 2 { value = 1, timestamp = 2 }, exemplars = 3, histograms = 4 }</c>, <c>metadata = 3</c>.
/// </summary>
internal static class RemoteWriteV1
{
    /// <exception cref="MalformedRequestException">The bytes are not such a message.</exception>
    /// <exception cref="RequestTooLargeException">Too many samples.</exception>
    public static void Decode(ReadOnlySpan<byte> request, DecodedRequest decoded)
    {
        var fields = new ProtobufReader(request);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    DecodeSeries(fields.Bytes(), decoded);
                    break;
                case 3:
                    DecodeMetadata(fields.Bytes(), decoded);
                    break;
                case 4 or 5: // to pass them over would be to acknowledge what is not written
                    throw new MalformedRequestException(
                        $"field {fields.Field} is one of Remote-Write 2.0: say so with Content-Type: application/x-protobuf;proto=io.prometheus.write.v2.Request");
                default:
                    fields.Skip();
                    break;
            }
        }
    }

    static void DecodeSeries(ReadOnlySpan<byte> message, DecodedRequest decoded)
    {
        var labelsEnd = CanonicalLabels.Measure(message);
        if (labelsEnd <= 0 || !StartsWithName(message) || !TryDecodePlainSamples(message, labelsEnd, decoded))
            DecodeAnySeries(message, decoded);
    }

    /// <summary>Whether the first label is the metric's name, as it is unless one in capitals comes before it.</summary>
    static bool StartsWithName(ReadOnlySpan<byte> message) => message.Length > 2 && message[2..].StartsWith("\x0A\x08__name__"u8);

    /// <summary>The shape that every known sender writes: samples <c>0x12 len 0x09 value 0x10 timestamp</c> and nothing else.</summary>
    static bool TryDecodePlainSamples(ReadOnlySpan<byte> message, int labelsEnd, DecodedRequest decoded)
    {
        for (var at = labelsEnd; at < message.Length; at += 2 + message[at + 1])
        {
            if (!TryReadPlainSample(message[at..], out _, out _))
                return false;
        }

        if (labelsEnd == message.Length)
            return true; // no samples: nothing to write
        var series = decoded.Batch.AddSeries(message[..labelsEnd]);
        for (var at = labelsEnd; at < message.Length; at += 2 + message[at + 1])
        {
            TryReadPlainSample(message[at..], out var value, out var timestampMs);
            decoded.Add(series, timestampMs, value);
        }

        return true;
    }

    static bool TryReadPlainSample(ReadOnlySpan<byte> bytes, out double value, out long timestampMs)
    {
        (value, timestampMs) = (0, 0);
        if (bytes.Length < 13 || bytes[1] is < 11 or > 20 || bytes.Length - 2 < bytes[1] || bytes[0] != 0x12 || bytes[2] != 0x09 || bytes[11] != 0x10)
            return false;
        value = BinaryPrimitives.ReadDoubleLittleEndian(bytes[3..]);
        var time = bytes.Slice(12, bytes[1] - 10);
        for (var i = 0; i < time.Length; i++)
        {
            timestampMs |= (long)(time[i] & 0x7F) << (7 * i);
            if (time[i] < 0x80)
                return i == time.Length - 1;
        }

        return false;
    }

    static void DecodeAnySeries(ReadOnlySpan<byte> message, DecodedRequest decoded)
    {
        decoded.Key.Clear();
        var samples = 0;
        var exemplars = 0;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    AddLabel(fields.Bytes(), decoded.Key);
                    break;
                case 2 or 4:
                    samples++;
                    fields.Skip();
                    break;
                case 3:
                    exemplars++;
                    fields.Skip();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        var series = samples + exemplars == 0 ? -1 : decoded.AddNamedSeries(samples);
        if (series < 0)
            return;
        for (fields = new ProtobufReader(message); fields.MoveNext();)
        {
            switch (fields.Field)
            {
                case 2:
                    AddSample(fields.Bytes(), series, decoded);
                    break;
                case 3:
                    AddExemplar(fields.Bytes(), series, decoded);
                    break;
                case 4:
                    decoded.Histogram.Add(fields.Bytes(), series, decoded);
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }
    }

    /// <summary><c>Exemplar { labels = 1, value = 2, timestamp = 3 }</c></summary>
    static void AddExemplar(ReadOnlySpan<byte> message, int series, DecodedRequest decoded)
    {
        decoded.ExemplarKey.Clear();
        double value = 0;
        long timestampMs = 0;
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            switch (fields.Field)
            {
                case 1:
                    AddLabel(fields.Bytes(), decoded.ExemplarKey);
                    break;
                case 2:
                    value = fields.Double();
                    break;
                case 3:
                    timestampMs = fields.Int64();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        decoded.AddExemplar(series, timestampMs, value);
    }

    static void AddLabel(ReadOnlySpan<byte> message, SeriesKeyBuilder key)
    {
        ReadOnlySpan<byte> name = default, value = default;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    name = fields.Bytes();
                    break;
                case 2:
                    value = fields.Bytes();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        key.Add(name, value);
    }

    /// <summary>A <c>Sample</c> of either version: <c>value = 1, timestamp = 2</c>; what is not written is 0.</summary>
    public static void AddSample(ReadOnlySpan<byte> message, int series, DecodedRequest decoded)
    {
        double value = 0;
        long timestampMs = 0;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    value = fields.Double();
                    break;
                case 2:
                    timestampMs = fields.Int64();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        decoded.Add(series, timestampMs, value);
    }

    static void DecodeMetadata(ReadOnlySpan<byte> message, DecodedRequest decoded)
    {
        var type = MetricType.Unknown;
        ReadOnlySpan<byte> metric = default, help = default, unit = default;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    type = TypeOf(fields.Int32());
                    break;
                case 2:
                    metric = fields.Bytes();
                    break;
                case 4:
                    help = fields.Bytes();
                    break;
                case 5:
                    unit = fields.Bytes();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        decoded.AddMetadata(metric, type, unit, help);
    }

    /// <summary>The metric types of both versions' enums, which agree.</summary>
    public static MetricType TypeOf(int number) => number switch
    {
        1 => MetricType.Counter,
        2 => MetricType.Gauge,
        3 => MetricType.Histogram,
        4 => MetricType.GaugeHistogram,
        5 => MetricType.Summary,
        6 => MetricType.Info,
        7 => MetricType.StateSet,
        _ => MetricType.Unknown,
    };
}
