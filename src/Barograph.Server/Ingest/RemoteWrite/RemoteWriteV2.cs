using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.RemoteWrite;

/// <summary>
/// Decodes <c>io.prometheus.write.v2.Request</c> (Remote-Write 2.0): <c>symbols = 4</c>, <c>timeseries = 5 { labels_refs = 1,
/// samples = 2 { value = 1, timestamp = 2 }, histograms = 3, exemplars = 4 { labels_refs = 1, value = 2, timestamp = 3 }, metadata = 5 { type = 1, help_ref = 3,
/// unit_ref = 4 } }</c>. References are indices into the symbols, of which the first is "".
/// </summary>
internal ref struct RemoteWriteV2
{
    readonly ReadOnlySpan<byte> _request;
    readonly DecodedRequest _decoded;

    RemoteWriteV2(ReadOnlySpan<byte> request, DecodedRequest decoded)
    {
        _request = request;
        _decoded = decoded;
    }

    /// <exception cref="MalformedRequestException">The bytes are not such a message, or a reference points nowhere.</exception>
    /// <exception cref="RequestTooLargeException">Too many samples, symbols or bytes of labels.</exception>
    public static void Decode(ReadOnlySpan<byte> request, DecodedRequest decoded)
    {
        var decoder = new RemoteWriteV2(request, decoded);
        decoder.ReadSymbols();
        decoder.ReadSeries();
    }

    readonly void ReadSymbols()
    {
        var fields = new ProtobufReader(_request);
        while (fields.MoveNext())
        {
            if (fields.Field is >= 1 and <= 3) // reserved; to pass them over would be to acknowledge what is not written
            {
                throw new MalformedRequestException(
                    $"field {fields.Field} is one of Remote-Write 1.0: say so with Content-Type: application/x-protobuf;proto=prometheus.WriteRequest");
            }

            if (fields.Field != 4)
            {
                fields.Skip();
                continue;
            }

            var length = fields.Bytes().Length;
            if (_decoded.Symbols.Count == 0 && length > 0)
                throw new MalformedRequestException("the first symbol is not the empty string");
            _decoded.AddSymbol(fields.Position - length, length);
        }
    }

    readonly void ReadSeries()
    {
        var fields = new ProtobufReader(_request);
        while (fields.MoveNext())
        {
            if (fields.Field == 5)
                DecodeSeries(fields.Bytes());
            else
                fields.Skip();
        }
    }

    readonly void DecodeSeries(ReadOnlySpan<byte> message)
    {
        _decoded.References.Clear();
        ReadOnlySpan<byte> metadata = default;
        int samples = 0, exemplars = 0;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    ReadReferences(ref fields);
                    break;
                case 2 or 3:
                    samples++;
                    fields.Skip();
                    break;
                case 4:
                    exemplars++;
                    fields.Skip();
                    break;
                case 5:
                    metadata = fields.Bytes();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        var metric = BuildKey(_decoded.Key);
        if (!metadata.IsEmpty)
            DecodeMetadata(metadata, metric);
        if (samples + exemplars == 0 || _decoded.AddNamedSeries(samples) is not (>= 0 and var series))
            return;
        for (fields = new ProtobufReader(message); fields.MoveNext();)
        {
            switch (fields.Field)
            {
                case 2:
                    RemoteWriteV1.AddSample(fields.Bytes(), series, _decoded);
                    break;
                case 3:
                    _decoded.Histogram.Add(fields.Bytes(), series, _decoded);
                    break;
                case 4:
                    DecodeExemplar(fields.Bytes(), series);
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }
    }

    readonly void DecodeExemplar(ReadOnlySpan<byte> message, int series)
    {
        _decoded.References.Clear();
        double value = 0;
        long timestampMs = 0;
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            switch (fields.Field)
            {
                case 1:
                    ReadReferences(ref fields);
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

        BuildKey(_decoded.ExemplarKey);
        _decoded.AddExemplar(series, timestampMs, value);
    }

    /// <summary>References come packed, as proto3 does it, or one by one, which readers must take as well.</summary>
    readonly void ReadReferences(ref ProtobufReader fields)
    {
        if (fields.Type == WireType.Varint)
        {
            _decoded.References.Add(Reference(fields.Varint()));
            return;
        }

        var packed = new ProtobufReader(fields.Bytes());
        while (!packed.AtEnd)
            _decoded.References.Add(Reference(packed.Varint()));
    }

    readonly int Reference(ulong index)
    {
        if (_decoded.References.Count >= 2 * SeriesKeyBuilder.LabelsMax)
            throw new RequestTooLargeException($"a series has more than {SeriesKeyBuilder.LabelsMax} labels");
        return index < (ulong)_decoded.Symbols.Count
            ? (int)index
            : throw new MalformedRequestException($"a label refers to symbol {index} of {_decoded.Symbols.Count}");
    }

    /// <summary>Puts the labels of the references into a key.</summary>
    /// <returns>The metric's name, empty when there is none.</returns>
    readonly ReadOnlySpan<byte> BuildKey(SeriesKeyBuilder key)
    {
        var references = _decoded.References;
        if (references.Count % 2 != 0)
            throw new MalformedRequestException($"a series has {references.Count} label references: an odd number");
        ReadOnlySpan<byte> metric = default;
        key.Clear();
        for (var i = 0; i < references.Count; i += 2)
        {
            var name = Symbol(references[i]);
            var value = Symbol(references[i + 1]);
            key.Add(name, value);
            if (name.SequenceEqual("__name__"u8))
                metric = value;
        }

        return metric;
    }

    readonly void DecodeMetadata(ReadOnlySpan<byte> message, ReadOnlySpan<byte> metric)
    {
        var type = MetricType.Unknown;
        ReadOnlySpan<byte> help = default, unit = default;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    type = RemoteWriteV1.TypeOf(fields.Int32());
                    break;
                case 3:
                    help = Symbol(Reference(fields.UInt64()));
                    break;
                case 4:
                    unit = Symbol(Reference(fields.UInt64()));
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        _decoded.AddMetadata(Family(metric, type), type, unit, help);
    }

    /// <summary>Metadata belongs to the metric, while the series of a histogram or summary are called by its parts.</summary>
    static ReadOnlySpan<byte> Family(ReadOnlySpan<byte> metric, MetricType type)
    {
        if (type is not (MetricType.Histogram or MetricType.GaugeHistogram or MetricType.Summary))
            return metric;
        return metric.EndsWith("_bucket"u8) ? metric[..^7]
            : metric.EndsWith("_count"u8) ? metric[..^6]
            : metric.EndsWith("_sum"u8) ? metric[..^4]
            : metric;
    }

    readonly ReadOnlySpan<byte> Symbol(int index)
    {
        var (offset, length) = _decoded.Symbols[index];
        return _request.Slice(offset, length);
    }
}
