namespace Barograph.TimeSeries;

/// <summary>
/// The place of each series of an index in the order of labels. Comparing labels costs a hundred times what comparing numbers does, and
/// every large select sorts: so the order is found once, and series that came since are merged into it.
/// </summary>
internal sealed class LabelRanks(SeriesIndex index)
{
    readonly Lock _updating = new(); // guards the order, and who replaces the ranks
    int[] _order = []; // series by rank
    int[] _ranks = [];

    /// <summary>The ranks of at least the first <paramref name="count"/> series, by series.</summary>
    public int[] Of(int count)
    {
        var ranks = Volatile.Read(ref _ranks);
        return ranks.Length >= count ? ranks : Update(count);
    }

    /// <summary>At least the first <paramref name="count"/> series in the order of their labels.</summary>
    public int[] Order(int count)
    {
        Of(count);
        return Volatile.Read(ref _order);
    }

    int[] Update(int count)
    {
        lock (_updating)
        {
            if (_ranks.Length >= count)
                return _ranks;
            var added = new int[count - _order.Length];
            for (var i = 0; i < added.Length; i++)
                added[i] = _order.Length + i;
            Array.Sort(added, index.Compare);
            Volatile.Write(ref _order, Merge(_order, added)); // never changed once it is there
            var ranks = new int[count];
            for (var rank = 0; rank < count; rank++)
                ranks[_order[rank]] = rank;
            Volatile.Write(ref _ranks, ranks);
            return ranks;
        }
    }

    int[] Merge(int[] order, int[] added)
    {
        var merged = new int[order.Length + added.Length];
        var (from, next) = (0, 0);
        foreach (var series in added)
        {
            // Few come to many: look for the place of each instead of comparing all.
            var (low, high) = (from, order.Length);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (index.Compare(order[middle], series) < 0)
                    low = middle + 1;
                else
                    high = middle;
            }

            order.AsSpan(from..low).CopyTo(merged.AsSpan(next));
            next += low - from;
            from = low;
            merged[next++] = series;
        }

        order.AsSpan(from..).CopyTo(merged.AsSpan(next));
        return merged;
    }
}
