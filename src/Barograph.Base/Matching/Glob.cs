namespace Barograph.Base;

/// <summary>Literals with anything between them, <c>web-.*\.prod.+</c>: each is looked for from the end of the one before.</summary>
/// <param name="parts">Before, between and after the gaps; the first and the last may be empty.</param>
/// <param name="gaps">How many code points at least stand between a part and the next.</param>
internal sealed class Glob(byte[][] parts, int[] gaps)
{
    /// <summary>Null when the pattern is not that.</summary>
    public static Glob? Of(Node pattern)
    {
        var (parts, gaps) = (new List<byte[]> { Array.Empty<byte>() }, new List<int>());
        foreach (var item in pattern is SequenceNode sequence ? sequence.Items : [pattern])
        {
            if (item is LiteralNode literal && LeadingLiterals.Encode(literal.Runes) is { } bytes)
            {
                parts[^1] = [.. parts[^1], .. bytes];
                continue;
            }

            var gap = GapOf(item);
            if (gap < 0)
                return null;
            if (gaps.Count > 0 && parts[^1].Length == 0)
            {
                gaps[^1] += gap;
                continue;
            }

            gaps.Add(gap);
            parts.Add([]);
        }

        return gaps.Count > 0 ? new Glob([.. parts], [.. gaps]) : null;
    }

    static int GapOf(Node node) =>
        node is RepeatNode { Max: RepeatNode.Unbounded, Body: ClassNode any } repeat && any.Set.Equals(RuneSet.All) ? repeat.Min : -1;

    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        var last = parts[^1];
        if (!text.StartsWith(parts[0]) || text.Length < parts[0].Length + last.Length || !text.EndsWith(last))
            return false;
        var rest = text[parts[0].Length..^last.Length];
        for (var i = 1; i < parts.Length - 1; i++)
        {
            if (!TrySkip(ref rest, gaps[i - 1]))
                return false;
            var found = rest.IndexOf(parts[i]);
            if (found < 0)
                return false;
            rest = rest[(found + parts[i].Length)..];
        }

        return TrySkip(ref rest, gaps[^1]);
    }

    static bool TrySkip(ref ReadOnlySpan<byte> text, int runes)
    {
        for (; runes > 0; runes--)
        {
            if (text.Length == 0)
                return false;
            System.Text.Rune.DecodeFromUtf8(text, out _, out var width);
            text = text[width..];
        }

        return true;
    }
}
