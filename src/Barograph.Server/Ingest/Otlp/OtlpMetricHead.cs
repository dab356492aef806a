using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>The kinds of data points.</summary>
internal enum OtlpKind
{
    None,
    Number,
    Histogram,
    ExponentialHistogram,
    Summary,
}

/// <summary>
/// What must be known of a metric before its points can be read: <c>Metric { name = 1, description = 2, unit = 3, gauge = 5,
/// sum = 7, histogram = 9, exponential_histogram = 10, summary = 11 }</c>, each with <c>data_points = 1,
/// aggregation_temporality = 2, is_monotonic = 3</c>. The fields are places in the message.
/// </summary>
internal readonly record struct OtlpMetricHead(Range NameAt, Range DescriptionAt, Range UnitAt, Range DataAt, OtlpKind Kind, MetricType Type, int Temporality)
{
    const int Delta = 1;
    const int Cumulative = 2;

    public bool IsDelta => Temporality == Delta;

    public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> message) => message[NameAt];

    public ReadOnlySpan<byte> Description(ReadOnlySpan<byte> message) => message[DescriptionAt];

    public ReadOnlySpan<byte> Unit(ReadOnlySpan<byte> message) => message[UnitAt];

    public ReadOnlySpan<byte> Data(ReadOnlySpan<byte> message) => message[DataAt];

    /// <summary>Why no point of this metric can be taken, or null.</summary>
    public string? Problem(string name)
    {
        if (name.Length == 0)
            return "a metric has no name";
        if (Kind == OtlpKind.None)
            return $"{name}: of no known kind";
        if (Kind == OtlpKind.ExponentialHistogram && IsDelta)
            return $"{name}: exponential histograms of delta temporality are not taken; send cumulative";
        return Temporality is Delta or Cumulative || Type == MetricType.Summary || (Type == MetricType.Gauge && Temporality == 0)
            ? null
            : $"{name}: its aggregation temporality is not specified";
    }

    /// <summary>Reads the head of a metric.</summary>
    public static OtlpMetricHead Read(ReadOnlySpan<byte> message)
    {
        Range name = default, description = default, unit = default, data = default;
        var dataField = 0;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    name = Place(ref fields);
                    break;
                case 2:
                    description = Place(ref fields);
                    break;
                case 3:
                    unit = Place(ref fields);
                    break;
                case 5 or 7 or 9 or 10 or 11:
                    dataField = fields.Field;
                    data = Place(ref fields);
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        var (temporality, isMonotonic) = ReadAggregation(message[data]);
        var (kind, type) = dataField switch
        {
            5 => (OtlpKind.Number, MetricType.Gauge),
            7 => (OtlpKind.Number, isMonotonic ? MetricType.Counter : MetricType.Gauge),
            9 => (OtlpKind.Histogram, MetricType.Histogram),
            10 => (OtlpKind.ExponentialHistogram, MetricType.Histogram),
            11 => (OtlpKind.Summary, MetricType.Summary),
            _ => (OtlpKind.None, MetricType.Unknown),
        };
        return new OtlpMetricHead(name, description, unit, data, kind, type, dataField is 5 or 11 ? 0 : temporality);
    }

    static (int Temporality, bool IsMonotonic) ReadAggregation(ReadOnlySpan<byte> data)
    {
        var temporality = 0;
        var isMonotonic = false;
        var fields = new ProtobufReader(data);
        while (fields.MoveNext())
        {
            if (fields.Field == 2)
                temporality = fields.Int32();
            else if (fields.Field == 3)
                isMonotonic = fields.UInt64() != 0;
            else
                fields.Skip();
        }

        return (temporality, isMonotonic);
    }

    static Range Place(ref ProtobufReader fields)
    {
        var length = fields.Bytes().Length;
        return (fields.Position - length)..fields.Position;
    }
}
