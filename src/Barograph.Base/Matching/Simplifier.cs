namespace Barograph.Base;

/// <summary>
/// Rewrites a pattern for the question whether it matches a whole text: groups, laziness and the order of alternatives say nothing there,
/// anchors at the ends go, and alternatives are sorted and share what they begin with.
/// </summary>
internal static class Simplifier
{
    public static Node Simplify(Node pattern) => Simplify(pattern, atStart: true, atEnd: true);

    static Node Simplify(Node node, bool atStart, bool atEnd) => node switch
    {
        CaptureNode capture => Simplify(capture.Body, atStart, atEnd),
        RepeatNode { Min: 1, Max: 1 } once => Simplify(once.Body, atStart, atEnd),
        RepeatNode { Max: 0 } => LiteralNode.Empty,
        RepeatNode repeat => new RepeatNode(Simplify(repeat.Body, atStart: false, atEnd: false), repeat.Min, repeat.Max),
        AlternateNode alternate => Alternate([.. alternate.Items.Select(item => Simplify(item, atStart, atEnd))]),
        SequenceNode sequence => Sequence(sequence.Items, atStart, atEnd),
        PlaceNode { Place: Place.TextStart or Place.LineStart } when atStart => LiteralNode.Empty,
        PlaceNode { Place: Place.TextEnd or Place.LineEnd } when atEnd => LiteralNode.Empty,
        ClassNode { Set: { Count: 1 } single } => new LiteralNode([single.Bounds[0]]),
        _ => node,
    };

    static Node Sequence(IReadOnlyList<Node> items, bool atStart, bool atEnd)
    {
        var (first, last) = (0, items.Count - 1);
        while (atStart && first <= last && items[first] is PlaceNode { Place: Place.TextStart or Place.LineStart })
            first++;
        while (atEnd && first <= last && items[last] is PlaceNode { Place: Place.TextEnd or Place.LineEnd })
            last--;
        var flat = new List<Node>();
        for (var i = first; i <= last; i++)
            Append(flat, Simplify(items[i], atStart && i == first, atEnd && i == last));
        return SequenceNode.Of(flat);
    }

    // Sequences in sequences are one, and literals in a row are one.
    static void Append(List<Node> items, Node item)
    {
        if (item is SequenceNode inner)
        {
            foreach (var one in inner.Items)
                Append(items, one);
        }
        else if (item is LiteralNode literal && items is [.., LiteralNode before])
        {
            items[^1] = new LiteralNode([.. before.Runes, .. literal.Runes]);
        }
        else if (item is not LiteralNode { Runes.Length: 0 })
        {
            items.Add(item);
        }
    }

    static Node Alternate(List<Node> items)
    {
        var heads = new List<(int[] Literal, Node? Tail)>();
        var others = new List<Node>();
        foreach (var item in items.SelectMany(static item => item is AlternateNode inner ? inner.Items : [item]))
        {
            switch (item)
            {
                case LiteralNode literal:
                    heads.Add((literal.Runes, null));
                    break;
                case SequenceNode { Items: [LiteralNode literal, ..] } sequence:
                    heads.Add((literal.Runes, SequenceNode.Of([.. sequence.Items.Skip(1)])));
                    break;
                default:
                    others.Add(item);
                    break;
            }
        }

        heads.Sort(static (left, right) => left.Literal.AsSpan().SequenceCompareTo(right.Literal));
        others.AddRange(Shared([.. heads], 0));
        return AlternateNode.Of(others);
    }

    /// <summary>Alternatives of sorted literals, of which this many code points are done, each followed by its tail.</summary>
    static List<Node> Shared(ReadOnlySpan<(int[] Literal, Node? Tail)> heads, int done)
    {
        var alternatives = new List<Node>();
        for (var start = 0; start < heads.Length;)
        {
            var (literal, tail) = heads[start];
            var end = start + 1;
            if (literal.Length > done)
            {
                while (end < heads.Length && heads[end].Literal[done] == literal[done])
                    end++;
            }

            if (end == start + 1)
            {
                alternatives.Add(Joined(literal[done..], tail));
            }
            else
            {
                // Sorted: what the first and the last have in common, all have.
                var shared = literal.AsSpan().CommonPrefixLength(heads[end - 1].Literal);
                alternatives.Add(Joined(literal[done..shared], AlternateNode.Of(Shared(heads[start..end], shared))));
            }

            start = end;
        }

        return alternatives;
    }

    static Node Joined(int[] literal, Node? tail)
    {
        var items = new List<Node>();
        Append(items, new LiteralNode(literal));
        Append(items, tail ?? LiteralNode.Empty);
        return SequenceNode.Of(items);
    }
}
