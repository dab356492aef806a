namespace Barograph.TimeSeries;

/// <summary>
/// The place of each series of an index in the order of labels. Comparing labels costs a hundred times what comparing numbers does, and
/// every large select sorts.
/// </summary>
internal sealed class LabelRanks(SeriesIndex index)
{
    readonly GrowingOrder _order = new(index.Compare); // series by rank
    int[] _ranks = []; // by series; never changed once it is there

    /// <summary>The ranks of at least the first <paramref name="count"/> series, by series.</summary>
    public int[] Of(int count)
    {
        var known = Volatile.Read(ref _ranks);
        if (known.Length >= count)
            return known;
        var order = _order.Of(count);
        var ranks = new int[order.Length];
        for (var rank = 0; rank < order.Length; rank++)
            ranks[order[rank]] = rank;
        Volatile.Write(ref _ranks, ranks); // of two threads either is right
        return ranks;
    }

    /// <summary>At least the first <paramref name="count"/> series in the order of their labels.</summary>
    public int[] Order(int count) => _order.Of(count);
}
