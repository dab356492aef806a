namespace Barograph.Base;

/// <summary>What must hold between two code points.</summary>
internal enum Place
{
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}

/// <summary>A part of a pattern.</summary>
/// <param name="size">How many instructions it compiles to, at most.</param>
/// <param name="height">How deep it is nested.</param>
internal abstract class Node(long size, int height = 1)
{
    public long Size { get; } = size;

    public int Height { get; } = height;

    /// <summary>How often what is innermost may be repeated by counts, all counts multiplied.</summary>
    public int Repeats { get; protected init; } = 1;

    /// <summary>Whether it may match without taking anything.</summary>
    public bool MayBeEmpty { get; protected init; }
}

/// <summary>Code points as they are. Without any it is the empty text.</summary>
internal sealed class LiteralNode : Node
{
    public LiteralNode(int[] runes) : base(runes.Length) => (Runes, MayBeEmpty) = (runes, runes.Length == 0);

    public static LiteralNode Empty { get; } = new([]);

    public int[] Runes { get; }
}

/// <summary>One code point of a set.</summary>
internal sealed class ClassNode(RuneSet set) : Node(1)
{
    public RuneSet Set { get; } = set;
}

/// <summary>Nothing, at a place of a kind.</summary>
internal sealed class PlaceNode : Node
{
    public PlaceNode(Place place) : base(1) => (Place, MayBeEmpty) = (place, true);

    public Place Place { get; }
}

/// <summary>A group that is remembered.</summary>
internal sealed class CaptureNode : Node
{
    public CaptureNode(int number, Node body) : base(body.Size + 2, body.Height + 1) => (Number, Body, Repeats, MayBeEmpty) = (number, body, body.Repeats, body.MayBeEmpty);

    /// <summary>From 1 on, in the order of the opening parentheses.</summary>
    public int Number { get; }

    public Node Body { get; }
}

/// <summary>The same several times.</summary>
internal sealed class RepeatNode : Node
{
    /// <summary>The <see cref="Max"/> of what has none.</summary>
    public const int Unbounded = -1;

    public RepeatNode(Node body, int min, int max, bool lazy = false, bool counted = false)
        : base(min == max ? body.Size * min : (body.Size + 1) * Math.Max(1, Math.Max(min, max)), body.Height + 1)
    {
        (Body, Min, Max, IsLazy) = (body, min, max, lazy);
        MayBeEmpty = min == 0 || body.MayBeEmpty;
        var times = counted ? max == Unbounded ? min : max : 1;
        Repeats = counted && max == 0 ? 1 : Math.Max(1, times) * body.Repeats;
    }

    public Node Body { get; }

    public int Min { get; }

    public int Max { get; }

    public bool IsLazy { get; }
}

/// <summary>One after the other.</summary>
internal sealed class SequenceNode : Node
{
    public SequenceNode(IReadOnlyList<Node> items) : base(items.Sum(static item => item.Size), items.Max(static item => item.Height) + 1) =>
        (Items, Repeats, MayBeEmpty) = (items, items.Max(static item => item.Repeats), items.All(static item => item.MayBeEmpty));

    public IReadOnlyList<Node> Items { get; }

    /// <summary>The items one after the other, as one node.</summary>
    public static Node Of(IReadOnlyList<Node> items) => items.Count switch
    {
        0 => LiteralNode.Empty,
        1 => items[0],
        _ => new SequenceNode(items),
    };
}

/// <summary>One of several; the first that leads to a match is taken.</summary>
internal sealed class AlternateNode : Node
{
    public AlternateNode(IReadOnlyList<Node> items) : base(items.Sum(static item => item.Size + 1), items.Max(static item => item.Height) + 1) =>
        (Items, Repeats, MayBeEmpty) = (items, items.Max(static item => item.Repeats), items.Any(static item => item.MayBeEmpty));

    public IReadOnlyList<Node> Items { get; }

    public static Node Of(IReadOnlyList<Node> items) => items.Count == 1 ? items[0] : new AlternateNode(items);
}
