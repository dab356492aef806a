using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.RemoteWrite;

/// <summary>
/// Decodes a <c>Histogram</c>, which is the same in both versions: <c>count_int = 1 | count_float = 2, sum = 3, schema = 4,
/// zero_threshold = 5, zero_count_int = 6 | zero_count_float = 7, negative_spans = 8, negative_deltas = 9, negative_counts = 10,
/// positive_spans = 11, positive_deltas = 12, positive_counts = 13, reset_hint = 14, timestamp = 15, custom_values = 16</c>; a span is
/// <c>offset = 1, length = 2</c>. Whole counts come as deltas, broken ones as they are. Used for one after the other.
/// </summary>
internal sealed class RemoteWriteHistogram
{
    /// <summary>One more than the store takes: what is beyond need not be kept to know that it is too much.</summary>
    const int KeptMax = NativeHistogram.MaxBuckets + 1;

    readonly List<BucketSpan> _negativeSpans = [], _positiveSpans = [];
    readonly List<double> _negative = [], _positive = [], _bounds = [];
    long _negativeCount, _positiveCount; // of the last bucket, which the next delta counts from
    double _count, _zeroCount, _sum, _zeroThreshold;
    int _schema, _hint;
    bool _isWhole;
    long _timestampMs;

    /// <exception cref="MalformedRequestException">The bytes are not such a message.</exception>
    public void Add(ReadOnlySpan<byte> message, int series, DecodedRequest decoded)
    {
        Clear();
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
            ReadField(ref fields);
        var histogram = new NativeHistogram
        {
            Schema = _schema,
            ZeroThreshold = _zeroThreshold,
            ZeroCount = _zeroCount,
            Count = _count,
            Sum = _sum,
            PositiveSpans = [.. _positiveSpans],
            NegativeSpans = [.. _negativeSpans],
            PositiveBuckets = [.. _positive],
            NegativeBuckets = [.. _negative],
            CustomBounds = [.. _bounds],
            CounterResetHint = Enum.IsDefined((CounterResetHint)_hint) ? (CounterResetHint)_hint : CounterResetHint.Unknown,
        };
        if (_isWhole && !histogram.IsStale && CountsAreWrong(histogram))
            decoded.Refuse(1, $"a native histogram counts {histogram.Count} observations, and its buckets {BucketTotal(histogram)}");
        else
            decoded.Add(series, _timestampMs, histogram);
    }

    void ReadField(ref ProtobufReader fields)
    {
        switch (fields.Field)
        {
            case 1:
                (_count, _isWhole) = (fields.UInt64(), true);
                break;
            case 2:
                _count = fields.Double();
                break;
            case 3:
                _sum = fields.Double();
                break;
            case 4:
                _schema = (int)fields.SInt64();
                break;
            case 5:
                _zeroThreshold = fields.Double();
                break;
            case 6:
                _zeroCount = fields.UInt64();
                break;
            case 7:
                _zeroCount = fields.Double();
                break;
            case 14:
                _hint = fields.Int32();
                break;
            case 15:
                _timestampMs = fields.Int64();
                break;
            default:
                ReadBuckets(ref fields);
                break;
        }
    }

    void ReadBuckets(ref ProtobufReader fields)
    {
        switch (fields.Field)
        {
            case 8:
                Keep(_negativeSpans, ReadSpan(fields.Bytes()));
                break;
            case 9:
                ReadDeltas(ref fields, _negative, ref _negativeCount);
                break;
            case 10:
                ReadDoubles(ref fields, _negative);
                break;
            case 11:
                Keep(_positiveSpans, ReadSpan(fields.Bytes()));
                break;
            case 12:
                ReadDeltas(ref fields, _positive, ref _positiveCount);
                break;
            case 13:
                ReadDoubles(ref fields, _positive);
                break;
            case 16:
                ReadDoubles(ref fields, _bounds);
                break;
            default:
                fields.Skip();
                break;
        }
    }

    static BucketSpan ReadSpan(ReadOnlySpan<byte> message)
    {
        long offset = 0, length = 0;
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            if (fields.Field == 1)
                offset = fields.SInt64();
            else if (fields.Field == 2)
                length = (uint)fields.UInt64();
            else
                fields.Skip();
        }

        return new BucketSpan((int)offset, (int)Math.Min(length, int.MaxValue));
    }

    static void ReadDeltas(ref ProtobufReader fields, List<double> counts, ref long count)
    {
        if (fields.Type == WireType.Varint)
        {
            Keep(counts, count += fields.SInt64());
            return;
        }

        for (var packed = new ProtobufReader(fields.Bytes()); !packed.AtEnd;)
        {
            var coded = packed.Varint();
            Keep(counts, count += (long)(coded >> 1) ^ -(long)(coded & 1));
        }
    }

    static void ReadDoubles(ref ProtobufReader fields, List<double> values)
    {
        if (fields.Type == WireType.Fixed64)
        {
            Keep(values, fields.Double());
            return;
        }

        for (var packed = new ProtobufReader(fields.Bytes()); !packed.AtEnd;)
            Keep(values, BitConverter.UInt64BitsToDouble(packed.RawFixed64()));
    }

    static void Keep<T>(List<T> list, T one)
    {
        if (list.Count < KeptMax)
            list.Add(one);
    }

    /// <summary>As Prometheus has it: NaN is observed by the count and the sum, and by no bucket.</summary>
    static bool CountsAreWrong(NativeHistogram histogram)
    {
        var inBuckets = BucketTotal(histogram);
        return double.IsNaN(histogram.Sum) ? inBuckets > histogram.Count : inBuckets != histogram.Count;
    }

    static double BucketTotal(NativeHistogram histogram) => histogram.ZeroCount + histogram.PositiveBuckets.Sum() + histogram.NegativeBuckets.Sum();

    void Clear()
    {
        _negativeSpans.Clear();
        _positiveSpans.Clear();
        _negative.Clear();
        _positive.Clear();
        _bounds.Clear();
        (_negativeCount, _positiveCount, _timestampMs) = (0, 0, 0);
        (_count, _zeroCount, _sum, _zeroThreshold) = (0, 0, 0, 0);
        (_schema, _hint, _isWhole) = (0, 0, false);
    }
}
