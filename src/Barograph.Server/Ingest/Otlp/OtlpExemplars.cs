using System.Text;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// Exemplars of a point (<c>Exemplar { time = 2, as_double = 3, span_id = 4, trace_id = 5, as_int = 6, filtered_attributes = 7 }</c>). Their
/// ids become the labels <c>trace_id</c> and <c>span_id</c>, in hexadecimal; the attributes become labels as well, as many as fit
/// into the 128 characters that an exemplar may have.
/// </summary>
internal static class OtlpExemplars
{
    const int LabelCharactersMax = 128;

    /// <param name="point">The point.</param>
    /// <param name="field">Where it has its exemplars.</param>
    /// <param name="timestampMs">The point's, for exemplars without a time.</param>
    /// <param name="seriesOf">The series that takes an exemplar of a value, or a negative number.</param>
    /// <param name="decoded">Gets them.</param>
    public static void Add(ReadOnlySpan<byte> point, int field, long timestampMs, Func<double, int> seriesOf, DecodedRequest decoded)
    {
        for (var fields = new ProtobufReader(point); fields.MoveNext();)
        {
            if (fields.Field == field)
                AddOne(fields.Bytes(), timestampMs, seriesOf, decoded);
            else
                fields.Skip();
        }
    }

    static void AddOne(ReadOnlySpan<byte> exemplar, long timestampMs, Func<double, int> seriesOf, DecodedRequest decoded)
    {
        double value = 0;
        var key = decoded.ExemplarKey;
        key.Clear();
        for (var fields = new ProtobufReader(exemplar); fields.MoveNext();)
        {
            switch (fields.Field)
            {
                case 2:
                    timestampMs = fields.Fixed64() is > 0 and var unixNano ? (long)(unixNano / 1_000_000) : timestampMs;
                    break;
                case 3:
                    value = fields.Double();
                    break;
                case 4:
                    AddId("span_id"u8, fields.Bytes(), key);
                    break;
                case 5:
                    AddId("trace_id"u8, fields.Bytes(), key);
                    break;
                case 6:
                    value = (long)fields.Fixed64();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        if (seriesOf(value) is not (>= 0 and var series))
            return;
        AddAttributesThatFit(exemplar, key);
        decoded.AddExemplar(series, timestampMs, value);
    }

    /// <summary>One too long leaves room for the others.</summary>
    static void AddAttributesThatFit(ReadOnlySpan<byte> exemplar, SeriesKeyBuilder key)
    {
        var start = 0;
        for (var fields = new ProtobufReader(exemplar); fields.MoveNext(); start = fields.Position)
        {
            fields.Skip();
            if (fields.Field != 7)
                continue;
            var before = key.Count;
            OtlpAttributes.AddLabels(exemplar[start..fields.Position], 7, key);
            var isTooLong = key.PassesLimit || key.ToDictionary().Sum(static label => label.Key.Length + label.Value.Length) > LabelCharactersMax;
            if (isTooLong)
                key.Truncate(before);
        }
    }

    static void AddId(ReadOnlySpan<byte> name, ReadOnlySpan<byte> id, SeriesKeyBuilder key)
    {
        if (id.Length is > 0 and <= 32 && id.ContainsAnyExcept((byte)0) && !key.Contains(name))
            key.Add(name, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(id)));
    }
}
