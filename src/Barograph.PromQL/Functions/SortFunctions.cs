namespace Barograph.PromQL;

/// <summary>Functions that order the series of an instant query. The answers of range queries are ordered by labels whatever is asked.</summary>
internal static class SortFunctions
{
    public static IEnumerable<FunctionDefinition> Rows =>
    [
        new("sort", [ExpressionType.InstantVector], ExpressionType.InstantVector, static site => ByValue(site, descending: false)),
        new("sort_desc", [ExpressionType.InstantVector], ExpressionType.InstantVector, static site => ByValue(site, descending: true)),
        new("sort_by_label", [ExpressionType.InstantVector, ExpressionType.String], ExpressionType.InstantVector,
            static site => ByLabel(site, descending: false))
        {
            Repeats = true,
            Optional = 1,
            Experimental = true,
        },
        new("sort_by_label_desc", [ExpressionType.InstantVector, ExpressionType.String], ExpressionType.InstantVector,
            static site => ByLabel(site, descending: true))
        {
            Repeats = true,
            Optional = 1,
            Experimental = true,
        },
    ];

    static VectorNode ByValue(CallSite site, bool descending)
    {
        if (!CanSort(site))
            return site.Vector(0);
        var held = site.Run.Hold(site.Vector(0), 1);
        var order = Enumerable.Range(0, held.Heads.Length).Where(series => !Absent.Is(held[series].Values[0]));
        var sorted = descending
            ? order.OrderBy(series => double.IsNaN(held[series].Values[0])).ThenByDescending(series => held[series].Values[0])
            : order.OrderBy(series => double.IsNaN(held[series].Values[0])).ThenBy(series => held[series].Values[0]);
        return InOrder(held, sorted);
    }

    static VectorNode ByLabel(CallSite site, bool descending)
    {
        if (!CanSort(site))
            return site.Vector(0);
        var held = site.Run.Hold(site.Vector(0), 1);
        var names = Enumerable.Range(1, site.Count - 1).Select(site.Text).ToArray();
        var order = Comparer<int>.Create((left, right) =>
        {
            var (a, b) = (held.Heads[left].Effective, held.Heads[right].Effective);
            foreach (var name in names)
            {
                var compared = NaturalOrder.Compare(a.Get(name), b.Get(name));
                if (compared != 0)
                    return compared;
            }

            return LabelOrder.Compare(a, b);
        });
        var all = Enumerable.Range(0, held.Heads.Length);
        return InOrder(held, descending ? all.OrderByDescending(static series => series, order) : all.Order(order));
    }

    static bool CanSort(CallSite site)
    {
        if (!site.Run.Times.IsInstant)
        {
            site.Run.Annotations.Warn(site.Call.Span, "sort is ineffective for range queries since results are always ordered by labels");
            return false;
        }

        return site.Grid.Count == 1;
    }

    static HeldNode InOrder(HeldNode held, IEnumerable<int> order)
    {
        var series = order.ToArray();
        return new HeldNode([.. series.Select(index => held.Heads[index])], [.. series.Select(index => held[index])]);
    }
}

/// <summary>Compares texts so that numbers in them come in the order of their value: "a2" before "a10".</summary>
internal static class NaturalOrder
{
    public static int Compare(string left, string right)
    {
        var (i, j) = (0, 0);
        while (i < left.Length && j < right.Length)
        {
            if (!char.IsAsciiDigit(left[i]) || !char.IsAsciiDigit(right[j]))
            {
                if (left[i] != right[j])
                    return left[i] - right[j];
                i++;
                j++;
                continue;
            }

            var x = Digits(left, ref i).TrimStart('0');
            var y = Digits(right, ref j).TrimStart('0');
            var order = x.Length != y.Length ? x.Length - y.Length : x.CompareTo(y, StringComparison.Ordinal);
            if (order != 0)
                return order;
        }

        return left.Length - i - (right.Length - j);
    }

    static ReadOnlySpan<char> Digits(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && char.IsAsciiDigit(text[position]))
            position++;
        return text.AsSpan(start, position - start);
    }
}
