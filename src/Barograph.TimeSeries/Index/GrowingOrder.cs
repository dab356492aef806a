namespace Barograph.TimeSeries;

/// <summary>
/// Numbers from 0 on in an order that costs much to find: it is found once, and numbers that came since are merged into it. Safe from many threads.
/// </summary>
internal sealed class GrowingOrder(Comparison<int> compare)
{
    readonly Lock _updating = new(); // guards who replaces the order
    int[] _order = [];

    /// <summary>At least the first <paramref name="count"/> numbers in their order. Never changed once it is there.</summary>
    public int[] Of(int count)
    {
        var order = Volatile.Read(ref _order);
        return order.Length >= count ? order : Update(count);
    }

    int[] Update(int count)
    {
        lock (_updating)
        {
            if (_order.Length >= count)
                return _order;
            var added = new int[count - _order.Length];
            for (var i = 0; i < added.Length; i++)
                added[i] = _order.Length + i;
            Array.Sort(added, compare);
            var merged = Merge(_order, added);
            Volatile.Write(ref _order, merged);
            return merged;
        }
    }

    int[] Merge(int[] order, int[] added)
    {
        var merged = new int[order.Length + added.Length];
        var (from, next) = (0, 0);
        foreach (var number in added)
        {
            // Few come to many: look for the place of each instead of comparing all.
            var (low, high) = (from, order.Length);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (compare(order[middle], number) < 0)
                    low = middle + 1;
                else
                    high = middle;
            }

            order.AsSpan(from..low).CopyTo(merged.AsSpan(next));
            next += low - from;
            from = low;
            merged[next++] = number;
        }

        order.AsSpan(from..).CopyTo(merged.AsSpan(next));
        return merged;
    }
}
