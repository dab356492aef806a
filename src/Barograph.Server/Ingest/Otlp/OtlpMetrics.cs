using System.Text;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Query;
using Barograph.Server.Sources;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// Decodes <c>ExportMetricsServiceRequest</c> (opentelemetry-proto 1.x) and translates it by the compatibility specification.
/// A resource's service becomes <c>job</c> and <c>instance</c>, its other attributes one <c>target_info</c> series; the scope
/// becomes <c>otel_scope_name</c>, <c>otel_scope_version</c> and a label for each of its attributes.
/// </summary>
internal sealed class OtlpMetrics(DecodedRequest decoded, DeltaTotals totals, long nowMs)
{
    const int EndingBytesMax = 16;

    readonly SeriesKeyBuilder _labels = decoded.Key;
    readonly List<DeltaTotals.Change> _deltas = [];
    readonly OtlpHistogram _histogram = new();
    readonly List<int> _bucketSeries = []; // of the point that was emitted last
    OtlpMetricHead _head;
    string _name = "";
    byte[] _nameBytes = []; // and room for an ending
    int _nameLength, _resourceLabels, _pointLabels;
    long _newestMs;

    /// <summary>Data points read.</summary>
    public int Points { get; private set; }

    /// <summary>Takes back what delta points changed: the request was not written and will come again.</summary>
    public void Undo() => totals.Undo(_deltas);

    /// <exception cref="MalformedRequestException">The bytes are not such a message.</exception>
    /// <exception cref="RequestTooLargeException">Too many samples, or bytes of labels.</exception>
    public void Decode(ReadOnlySpan<byte> request)
    {
        var fields = new ProtobufReader(request);
        while (fields.MoveNext())
        {
            if (fields.Field == 1)
                DecodeResource(fields.Bytes());
            else
                fields.Skip();
        }
    }

    /// <summary><c>ResourceMetrics { resource = 1, scope_metrics = 2 }</c></summary>
    void DecodeResource(ReadOnlySpan<byte> message)
    {
        var resource = OtlpResource.Read(Last(message, 1));
        _labels.Clear();
        _labels.Add("instance", resource.Instance);
        _labels.Add("job", resource.Job);
        _resourceLabels = _labels.Count;
        _newestMs = long.MinValue;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == 2)
                DecodeScope(fields.Bytes());
            else
                fields.Skip();
        }

        if (_resourceLabels > 0 && _newestMs > long.MinValue)
            AddTargetInfo(Last(message, 1));
    }

    /// <summary>Says once what a resource is; without job and instance nothing could be joined with it.</summary>
    void AddTargetInfo(ReadOnlySpan<byte> resource)
    {
        _labels.Truncate(_resourceLabels);
        var identifying = _labels.Count;
        OtlpResource.AddDescribingLabels(resource, _labels);
        LeaveOutWhatIsNoLabel(identifying, room: 1, "target_info"); // for its name
        if (_labels.Count == identifying)
            return;
        _labels.Add("__name__", "target_info");
        var series = decoded.AddKeyedSeries(0);
        if (series >= 0)
            decoded.Add(series, _newestMs, 1);
        decoded.AddMetadata("target_info"u8, MetricType.Gauge, default, "Target metadata"u8);
    }

    /// <summary>
    /// An attribute that no label can hold is left out and told; it would cost every series, or the whole of what describes a resource.
    /// </summary>
    void LeaveOutWhatIsNoLabel(int first, int room, string of)
    {
        var most = decoded.Limits.Store;
        var leftOut = _labels.KeepWhatFits(
            first, Math.Max(first, most.LabelCountLimit - room), most.LabelNameBytesLimit, most.LabelValueBytesLimit);
        if (leftOut.Count > 0)
        {
            decoded.Refuse(
                leftOut.Count, $"{of} goes without {string.Join(", ", leftOut)}: a label has at most {most.LabelValueBytesLimit} bytes of UTF-8, "
                + $"a series {most.LabelCountLimit} labels", RefusalReason.LabelsLeftOut);
        }
    }

    /// <summary><c>ScopeMetrics { scope = 1 { name = 1, version = 2, attributes = 3 }, metrics = 2 }</c></summary>
    void DecodeScope(ReadOnlySpan<byte> message)
    {
        var scope = Last(message, 1);
        _labels.Truncate(_resourceLabels);
        _labels.Add("otel_scope_name"u8, Last(scope, 1));
        _labels.Add("otel_scope_version"u8, Last(scope, 2));
        OtlpAttributes.AddLabels(scope, 3, _labels, "otel_scope_");
        LeaveOutWhatIsNoLabel(_resourceLabels, decoded.Limits.Store.LabelCountLimit / 2, $"the scope {SeriesKeyBuilder.Printable(Last(scope, 1))}");
        var scopeLabels = _labels.Count;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == 2)
                DecodeMetric(fields.Bytes(), scopeLabels);
            else
                fields.Skip();
        }
    }

    void DecodeMetric(ReadOnlySpan<byte> message, int scopeLabels)
    {
        _head = OtlpMetricHead.Read(message);
        var (name, unit) = OtlpNames.Metric(Encoding.UTF8.GetString(_head.Name(message)), Encoding.UTF8.GetString(_head.Unit(message)), _head.Type);
        _name = name;
        _nameBytes = new byte[Encoding.UTF8.GetMaxByteCount(name.Length) + EndingBytesMax];
        _nameLength = Encoding.UTF8.GetBytes(name, _nameBytes);
        var isNew = false;
        for (var points = new ProtobufReader(_head.Data(message)); points.MoveNext();)
        {
            if (points.Field != 1)
            {
                points.Skip();
                continue;
            }

            isNew = true;
            _labels.Truncate(scopeLabels);
            DecodePoint(points.Bytes());
        }

        if (isNew)
            decoded.AddMetadata(_nameBytes.AsSpan(0, _nameLength), _head.Type, Encoding.UTF8.GetBytes(unit), _head.Description(message));
    }

    void DecodePoint(ReadOnlySpan<byte> point)
    {
        Points++;
        if (_head.Problem(_name) is { } problem)
        {
            decoded.Refuse(1, problem);
            return;
        }

        switch (_head.Kind)
        {
            case OtlpKind.Number:
                DecodeNumber(point);
                break;
            case OtlpKind.Summary:
                DecodeSummary(point);
                break;
            default:
                DecodeHistogram(point);
                break;
        }
    }

    /// <summary><c>NumberDataPoint { time = 3, as_double = 4, exemplars = 5, as_int = 6, attributes = 7, flags = 8 }</c></summary>
    void DecodeNumber(ReadOnlySpan<byte> point)
    {
        double value = 0;
        long timestampMs = 0;
        var (isStale, hasExemplars) = (false, false);
        var fields = new ProtobufReader(point);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 3:
                    timestampMs = Milliseconds(fields.Fixed64());
                    break;
                case 4:
                    value = fields.Double();
                    break;
                case 5:
                    hasExemplars = true;
                    fields.Skip();
                    break;
                case 6:
                    value = (long)fields.Fixed64();
                    break;
                case 8:
                    isStale = (fields.UInt64() & 1) != 0;
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        BeginSeries(point, 7, ref timestampMs);
        var series = Emit(""u8, timestampMs, value, isStale);
        if (hasExemplars)
            AddExemplars(point, 5, timestampMs, series);
    }

    /// <summary><c>SummaryDataPoint { time = 3, count = 4, sum = 5, quantile_values = 6 { quantile = 1, value = 2 }, attributes = 7, flags = 8 }</c></summary>
    void DecodeSummary(ReadOnlySpan<byte> point)
    {
        double count = 0, sum = 0;
        long timestampMs = 0;
        var isStale = false;
        for (var fields = new ProtobufReader(point); fields.MoveNext();)
        {
            switch (fields.Field)
            {
                case 3:
                    timestampMs = Milliseconds(fields.Fixed64());
                    break;
                case 4:
                    count = fields.Fixed64();
                    break;
                case 5:
                    sum = fields.Double();
                    break;
                case 8:
                    isStale = (fields.UInt64() & 1) != 0;
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        BeginSeries(point, 7, ref timestampMs);
        for (var fields = new ProtobufReader(point); fields.MoveNext();)
        {
            if (fields.Field == 6)
                EmitQuantile(fields.Bytes(), timestampMs, isStale);
            else
                fields.Skip();
        }

        Emit("_sum"u8, timestampMs, sum, isStale);
        Emit("_count"u8, timestampMs, count, isStale);
    }

    void EmitQuantile(ReadOnlySpan<byte> message, long timestampMs, bool isStale)
    {
        double quantile = 0, value = 0;
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            if (fields.Field == 1)
                quantile = fields.Double();
            else if (fields.Field == 2)
                value = fields.Double();
            else
                fields.Skip();
        }

        Emit(""u8, timestampMs, value, isStale, "quantile"u8, quantile);
    }

    void DecodeHistogram(ReadOnlySpan<byte> point)
    {
        var problem = _head.Kind == OtlpKind.Histogram ? _histogram.ReadClassic(point) : _histogram.ReadExponential(point);
        if (problem is not null)
        {
            decoded.Refuse(1, $"{_name}: {problem}");
            return;
        }

        var timestampMs = Milliseconds(_histogram.TimeUnixNano);
        BeginSeries(point, _head.Kind == OtlpKind.Histogram ? 9 : 1, ref timestampMs);
        if (_histogram.Native is { } native)
        {
            var series = EmitNative(timestampMs, native);
            if (_histogram.HasExemplars)
                AddExemplars(point, 11, timestampMs, series);
            return;
        }

        EmitClassic(timestampMs);
        if (_histogram.HasExemplars)
            OtlpExemplars.Add(point, 8, timestampMs, BucketOf, decoded);
    }

    void AddExemplars(ReadOnlySpan<byte> point, int field, long timestampMs, int series) =>
        OtlpExemplars.Add(point, field, timestampMs, _ => series, decoded);

    void EmitClassic(long timestampMs)
    {
        _bucketSeries.Clear();
        foreach (var (upperBound, count) in _histogram.Buckets)
            _bucketSeries.Add(Emit("_bucket"u8, timestampMs, count, _histogram.IsStale, "le"u8, upperBound));
        _bucketSeries.Add(Emit("_bucket"u8, timestampMs, _histogram.Count, _histogram.IsStale, "le"u8, double.PositiveInfinity));
        if (_histogram.Sum is { } sum)
            Emit("_sum"u8, timestampMs, sum, _histogram.IsStale);
        Emit("_count"u8, timestampMs, _histogram.Count, _histogram.IsStale);
    }

    /// <summary>The series of the bucket that a value fell into.</summary>
    int BucketOf(double value)
    {
        var bucket = _histogram.Buckets.FindIndex(bucket => value <= bucket.UpperBound);
        return bucket < 0 ? _bucketSeries[^1] : _bucketSeries[bucket];
    }

    int EmitNative(long timestampMs, NativeHistogram histogram)
    {
        _labels.Truncate(_pointLabels);
        _labels.Add("__name__", _name);
        var series = decoded.AddKeyedSeries();
        if (series >= 0)
            decoded.Add(series, timestampMs, histogram);
        return series;
    }

    /// <summary>Adds a point's own labels; those of the resource win over attributes of the same name.</summary>
    void BeginSeries(ReadOnlySpan<byte> point, int attributesField, ref long timestampMs)
    {
        if (timestampMs == 0)
            timestampMs = nowMs; // the protocol's "not specified"
        _newestMs = Math.Max(_newestMs, timestampMs);
        OtlpAttributes.AddLabels(point, attributesField, _labels);
        _pointLabels = _labels.Count;
    }

    /// <returns>The series, or a negative number when there is none.</returns>
    int Emit(ReadOnlySpan<byte> ending, long timestampMs, double value, bool isStale, ReadOnlySpan<byte> bound = default, double at = 0)
    {
        _labels.Truncate(_pointLabels);
        ending.CopyTo(_nameBytes.AsSpan(_nameLength));
        _labels.Add("__name__"u8, _nameBytes.AsSpan(0, _nameLength + ending.Length));
        if (!bound.IsEmpty)
        {
            Span<byte> text = stackalloc byte[NumberText.LargestBytes];
            _labels.Add(bound, text[..NumberText.Value(at, text)]);
        }

        if (isStale)
            value = StaleMarker.Value;
        else if (_head.IsDelta && !AddDelta(timestampMs, ref value))
            return -1;
        var series = decoded.AddKeyedSeries();
        if (series >= 0)
            decoded.Add(series, timestampMs, value);
        return series;
    }

    bool AddDelta(long timestampMs, ref double value)
    {
        if (!_labels.TryBuild(out var key, out var problem))
        {
            decoded.Refuse(1, problem);
            return false;
        }

        var answer = totals.Add(key, timestampMs, value, _deltas, out var total);
        if (answer == DeltaTotals.Answer.TooManySeries)
            decoded.Refuse(1, $"{_name}: too many series of delta temporality; send cumulative");
        value = total;
        return answer == DeltaTotals.Answer.Added;
    }

    static long Milliseconds(ulong unixNano) => (long)(unixNano / 1_000_000);

    /// <summary>The last value of a field that holds bytes: what protobuf calls the field's value.</summary>
    static ReadOnlySpan<byte> Last(ReadOnlySpan<byte> message, int field)
    {
        ReadOnlySpan<byte> last = default;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == field)
                last = fields.Bytes();
            else
                fields.Skip();
        }

        return last;
    }
}
