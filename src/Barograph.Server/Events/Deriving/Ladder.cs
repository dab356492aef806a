using System.Globalization;
using Barograph.Server.Query;

namespace Barograph.Server.Events;

/// <summary>The upper bounds of a distribution's buckets, ascending; behind the last one is infinity.</summary>
internal sealed class Ladder
{
    /// <summary>A microsecond to 18 hours. Bounds grow by 2^¼ (19 %): what joins into a quantile is off by less than one bucket.</summary>
    public static readonly Ladder Seconds = Growing(-20, 16);

    /// <summary>A millisecond to 18 hours, for what lies between two timestamps: they know no less than a millisecond.</summary>
    public static readonly Ladder BetweenTimestamps = Growing(-10, 16);

    public static readonly Ladder Bytes = Growing(10, 40);

    /// <summary>For values of which nothing is known: a millionth to a billion.</summary>
    public static readonly Ladder Anything = Growing(-20, 30);

    /// <summary>Equal steps of 0.05, for scores from 0 to 1.</summary>
    public static readonly Ladder Score = new([.. Enumerable.Range(1, 20).Select(static step => step / 20.0)]);

    readonly double[] _bounds;

    Ladder(double[] bounds)
    {
        _bounds = bounds;
        Texts = [.. bounds.Select(static bound => NumberText.Of(bound)), "+Inf"];
    }

    /// <summary>The bounds as the label <c>le</c> has them.</summary>
    public string[] Texts { get; }

    /// <summary>How many buckets, the one up to infinity too.</summary>
    public int Count => Texts.Length;

    /// <summary>The bucket of a value: the first bound that is not less.</summary>
    public int BucketOf(double value)
    {
        var found = Array.BinarySearch(_bounds, value);
        return found >= 0 ? found : ~found;
    }

    /// <summary>The lowest bound: of what is not above it, only that is known.</summary>
    public double Floor => _bounds[0];

    /// <summary>The middle of a bucket, by ratio; of the lowest, which has none, half its bound.</summary>
    public double MiddleOf(int bucket)
    {
        if (bucket == 0)
            return _bounds[0] / 2;
        return bucket < _bounds.Length ? Math.Sqrt(_bounds[bucket - 1] * _bounds[bucket]) : _bounds[^1];
    }

    static Ladder Growing(int fromPower, int toPower) =>
        new([.. Enumerable.Range(4 * fromPower, 4 * (toPower - fromPower) + 1).Select(static quarter => quarter % 4 == 0 ? Math.ScaleB(1, quarter / 4) : double.Parse(Math.Pow(2, quarter / 4.0).ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))]);
}
