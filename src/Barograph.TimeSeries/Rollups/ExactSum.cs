namespace Barograph.TimeSeries;

/// <summary>
/// A sum that is exact as long as its terms are decimals that fit: 0.1 + 0.2 is 0.3, so that a column of sums packs as well
/// as the values did. Other doubles are added with a running compensation (Neumaier, 1974).
/// </summary>
internal struct ExactSum
{
    int _places;
    long _mantissa;
    bool _isBinary;
    double _sum, _compensation;

    public readonly double Value =>
        !_isBinary ? Decimals.Unscale(_mantissa, _places) : double.IsFinite(_sum) ? _sum + _compensation : _sum;

    /// <summary>Adds up values, all at once where they are decimals of as many places as those before were.</summary>
    /// <param name="placesHint">How many places to try; set to how many were found.</param>
    public static double Of(ReadOnlySpan<double> values, ref int placesHint)
    {
        var power = Decimals.PowerOf(placesHint);
        double total = 0, magnitude = 0;
        var areDecimals = true;
        foreach (var value in values)
        {
            var scaled = Math.Round(value * power);
            areDecimals &= scaled / power == value;
            total += scaled;
            magnitude += Math.Abs(scaled);
        }

        if (areDecimals && magnitude < Decimals.ExactLimit)
            return total / power;
        var sum = default(ExactSum);
        foreach (var value in values)
            sum.Add(value);
        placesHint = sum._isBinary ? placesHint : sum._places;
        return sum.Value;
    }

    public void Add(double value)
    {
        if (value == 0)
            return; // also -0
        if (!_isBinary && TryAddDecimal(value))
            return;
        if (!_isBinary)
        {
            _sum = Decimals.Unscale(_mantissa, _places);
            _isBinary = true;
        }

        var sum = _sum + value;
        _compensation += Math.Abs(_sum) >= Math.Abs(value) ? _sum - sum + value : value - sum + _sum;
        _sum = sum;
    }

    bool TryAddDecimal(double value)
    {
        for (var places = _places; places <= Decimals.MaxPlaces; places++)
        {
            if (places > _places && !TryAddPlace())
                return false;
            if (!Decimals.TryScale(value, places, out var mantissa))
                continue;
            if (Math.Abs(mantissa) >= Decimals.ExactLimit || Math.Abs(_mantissa + mantissa) >= Decimals.ExactLimit)
                return false;
            _mantissa += mantissa;
            return true;
        }

        return false;
    }

    /// <summary>Rewrites the sum with one place more; it stands for the same number.</summary>
    bool TryAddPlace()
    {
        if (Math.Abs(_mantissa) >= Decimals.ExactLimit / 10)
            return false;
        _mantissa *= 10;
        _places++;
        return true;
    }
}
