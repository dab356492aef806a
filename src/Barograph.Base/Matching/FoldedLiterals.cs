using System.Text;

namespace Barograph.Base;

/// <summary>
/// Alternatives of literals without regard to case, <c>(?i)(mail|web)</c>: both sides are compared with each letter as the smallest of those that differ
/// only by case.
/// </summary>
internal sealed class FoldedLiterals(LiteralSet set)
{
    const int OnStack = 256;

    /// <summary>Null when the pattern is not that.</summary>
    public static FoldedLiterals? Of(Node pattern)
    {
        if (Fold(pattern) is not { } folded || LeadingLiterals.Of(folded) is not { Begun.Count: 0 } literals)
            return null;
        return new(new LiteralSet(literals.Whole));
    }

    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        // A smaller code point is no longer; a byte that is no UTF-8 becomes the three of U+FFFD.
        Span<byte> folded = text.Length <= OnStack ? stackalloc byte[OnStack * 3] : new byte[text.Length * 3];
        var length = 0;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] < 128)
            {
                folded[length++] = (byte)CaseFolding.Smallest(text[at++]);
                continue;
            }

            Rune.DecodeFromUtf8(text[at..], out var rune, out var width);
            length += new Rune(CaseFolding.Smallest(rune.Value)).EncodeToUtf8(folded[length..]);
            at += width;
        }

        return set.Contains(folded[..length]);
    }

    static Node? Fold(Node node)
    {
        switch (node)
        {
            case LiteralNode literal:
                return Array.Exists(literal.Runes, static rune => CaseFolding.Orbit(rune).Length > 0) ? null : literal;
            case ClassNode one:
                var smallest = one.Set.Bounds.Length > 0 ? one.Set.Bounds[0] : 0;
                return one.Set.Equals(CaseFolding.SetOf(smallest)) ? new LiteralNode([smallest]) : null;
            case SequenceNode sequence:
                return All(sequence.Items) is { } items ? SequenceNode.Of(items) : null;
            case AlternateNode alternate:
                return All(alternate.Items) is { } alternatives ? AlternateNode.Of(alternatives) : null;
            case RepeatNode repeat:
                return Fold(repeat.Body) is { } body ? new RepeatNode(body, repeat.Min, repeat.Max) : null;
            default:
                return null;
        }
    }

    static List<Node>? All(IReadOnlyList<Node> items)
    {
        var folded = new List<Node>(items.Count);
        foreach (var item in items)
        {
            if (Fold(item) is not { } one)
                return null;
            folded.Add(one);
        }

        return folded;
    }
}
