using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>One histogram point of either kind, read into classic buckets or a native histogram. Reused from point to point.</summary>
internal sealed class OtlpHistogram
{
    /// <summary>Far above any histogram in use; it bounds what a point may cost.</summary>
    const int BucketsMax = 10_000;

    readonly List<ulong> _counts = [];
    readonly List<double> _bounds = [];
    readonly List<ulong> _negativeCounts = [];

    /// <summary>The end of its interval.</summary>
    public ulong TimeUnixNano { get; private set; }

    /// <summary>How many observations.</summary>
    public double Count { get; private set; }

    /// <summary>Their sum, when it is known.</summary>
    public double? Sum { get; private set; }

    /// <summary>Whether the point only says that there is none.</summary>
    public bool IsStale { get; private set; }

    /// <summary>Ascending, cumulative, without the one at infinity.</summary>
    public List<(double UpperBound, double Count)> Buckets { get; } = [];

    /// <summary>Whether the point has exemplars.</summary>
    public bool HasExemplars { get; private set; }

    /// <summary>An exponential one; null for a classic one.</summary>
    public NativeHistogram? Native { get; private set; }

    /// <summary><c>HistogramDataPoint { time = 3, count = 4, sum = 5, bucket_counts = 6, explicit_bounds = 7, flags = 10 }</c></summary>
    /// <returns>Null, or why it is no histogram.</returns>
    public string? ReadClassic(ReadOnlySpan<byte> point)
    {
        Clear();
        var fields = new ProtobufReader(point);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 3 or 4 or 5 or 10:
                    ReadShared(ref fields);
                    break;
                case 6:
                    ReadFixed(ref fields, static (self, number) => self._counts.Add(number));
                    break;
                case 7:
                    ReadFixed(ref fields, static (self, number) => self._bounds.Add(BitConverter.UInt64BitsToDouble(number)));
                    break;
                case 8:
                    HasExemplars = true;
                    fields.Skip();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        if (_counts.Count != 0 && _counts.Count != _bounds.Count + 1)
            return $"{_counts.Count} bucket counts for {_bounds.Count} bounds";
        double below = 0;
        for (var i = 0; i < _bounds.Count && _counts.Count > 0; i++)
        {
            if (double.IsNaN(_bounds[i]) || (i > 0 && _bounds[i] <= _bounds[i - 1]))
                return "the bounds do not ascend";
            below += _counts[i];
            if (double.IsFinite(_bounds[i]))
                Buckets.Add((_bounds[i], below));
        }

        return null;
    }

    /// <summary><c>ExponentialHistogramDataPoint { time = 3, count = 4, sum = 5, scale = 6, zero_count = 7, positive = 8,
    /// negative = 9, flags = 10, zero_threshold = 14 }</c></summary>
    /// <returns>Null, or why it is no histogram.</returns>
    public string? ReadExponential(ReadOnlySpan<byte> point)
    {
        Clear();
        long scale = 0, positiveOffset = 0, negativeOffset = 0;
        double zeroCount = 0, zeroThreshold = 0;
        var fields = new ProtobufReader(point);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 3 or 4 or 5 or 10:
                    ReadShared(ref fields);
                    break;
                case 6:
                    scale = fields.SInt64();
                    break;
                case 7:
                    zeroCount = fields.Fixed64();
                    break;
                case 8:
                    positiveOffset = ReadRun(fields.Bytes(), _counts);
                    break;
                case 9:
                    negativeOffset = ReadRun(fields.Bytes(), _negativeCounts);
                    break;
                case 11:
                    HasExemplars = true;
                    fields.Skip();
                    break;
                case 14:
                    zeroThreshold = fields.Double();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        if (scale is < -20 or > 20)
            return $"a scale of {scale}; from -20 to 20 is taken";
        if (Math.Abs(positiveOffset) > int.MaxValue / 2 || Math.Abs(negativeOffset) > int.MaxValue / 2)
            return "buckets beyond what numbers reach";
        if (IsStale)
        {
            Native = NativeHistogram.Stale;
            return null;
        }

        var totals = new NativeHistogram { Schema = 0, Count = Count, Sum = Sum ?? double.NaN, ZeroCount = zeroCount, ZeroThreshold = zeroThreshold };
        Native = OtlpExponential.Convert(
            (int)scale, totals, new OtlpExponential.Run((int)positiveOffset, _counts), new OtlpExponential.Run((int)negativeOffset, _negativeCounts));
        return Native.FindProblem();
    }

    /// <summary><c>Buckets { offset = 1, bucket_counts = 2 }</c></summary>
    static long ReadRun(ReadOnlySpan<byte> message, List<ulong> counts)
    {
        long offset = 0;
        var fields = new ProtobufReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == 1)
            {
                offset = fields.SInt64();
            }
            else if (fields.Field == 2 && fields.Type == WireType.Varint)
            {
                Add(counts, fields.Varint());
            }
            else if (fields.Field == 2)
            {
                for (var packed = new ProtobufReader(fields.Bytes()); !packed.AtEnd;)
                    Add(counts, packed.Varint());
            }
            else
            {
                fields.Skip();
            }
        }

        return offset;
    }

    static void Add(List<ulong> counts, ulong count)
    {
        if (counts.Count >= BucketsMax)
            throw new RequestTooLargeException($"a histogram has more than {BucketsMax} buckets");
        counts.Add(count);
    }

    void ReadShared(ref ProtobufReader fields)
    {
        switch (fields.Field)
        {
            case 3:
                TimeUnixNano = fields.Fixed64();
                break;
            case 4:
                Count = fields.Fixed64();
                break;
            case 5:
                Sum = fields.Double();
                break;
            default:
                IsStale = (fields.UInt64() & 1) != 0;
                break;
        }
    }

    void ReadFixed(ref ProtobufReader fields, Action<OtlpHistogram, ulong> add)
    {
        if (fields.Type == WireType.Fixed64)
        {
            add(this, fields.Fixed64());
        }
        else
        {
            for (var packed = new ProtobufReader(fields.Bytes()); !packed.AtEnd;)
                add(this, packed.RawFixed64());
        }

        if (_counts.Count > BucketsMax || _bounds.Count > BucketsMax)
            throw new RequestTooLargeException($"a histogram has more than {BucketsMax} buckets");
    }

    void Clear()
    {
        _counts.Clear();
        _bounds.Clear();
        _negativeCounts.Clear();
        Buckets.Clear();
        (Native, HasExemplars) = (null, false);
        (TimeUnixNano, Count, Sum, IsStale) = (0, 0, null, false);
    }
}
