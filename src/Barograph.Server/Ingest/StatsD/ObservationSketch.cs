namespace Barograph.Server.Ingest.StatsD;

/// <summary>
/// Observations of one interval in buckets that grow by 2 %, so that every quantile is within 1 % of the true value (DDSketch,
/// Masson, Rim and Lee, VLDB 2019). Values around zero share a bucket.
/// </summary>
internal sealed class ObservationSketch
{
    const double RelativeError = 0.01;
    const double Gamma = (1 + RelativeError) / (1 - RelativeError);
    const double Smallest = 1e-9;

    /// <summary>From 1e-9 to 1e+9 there are 2,100; more only when someone wants to fill memory.</summary>
    const int BucketsMax = 4096;

    static readonly double LogGamma = Math.Log(Gamma);

    readonly SortedDictionary<int, double> _buckets = [];
    double _count;

    /// <summary>Whether nothing was observed.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Adds an observation that stands for so many.</summary>
    public void Add(double value, double weight)
    {
        var bucket = BucketOf(value);
        if (_buckets.Count >= BucketsMax && !_buckets.ContainsKey(bucket))
            return;
        _buckets[bucket] = _buckets.GetValueOrDefault(bucket) + weight;
        _count += weight;
    }

    /// <summary>The value below which a share of the observations lies.</summary>
    public double Quantile(double share)
    {
        var rank = share * _count;
        var below = 0.0;
        var last = 0;
        foreach (var (bucket, count) in _buckets)
        {
            (below, last) = (below + count, bucket);
            if (below >= rank)
                break;
        }

        return ValueOf(last);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _buckets.Clear();
        _count = 0;
    }

    // Positive buckets count up from Smallest, negative ones down; between them is zero.
    static int BucketOf(double value)
    {
        var size = Math.Abs(value);
        if (size < Smallest)
            return 0;
        var bucket = 1 + (int)Math.Ceiling(Math.Log(size / Smallest) / LogGamma);
        return value < 0 ? -bucket : bucket;
    }

    static double ValueOf(int bucket) =>
        bucket == 0 ? 0 : Math.Sign(bucket) * Smallest * 2 * Math.Pow(Gamma, Math.Abs(bucket) - 1) / (Gamma + 1);
}
