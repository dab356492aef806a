using System.Text;

namespace Barograph.Base;

/// <summary>
/// What the matches of a pattern begin with, in UTF-8: <see cref="Whole"/> are matches and <see cref="Begun"/> are what others begin with.
/// Bounded: beyond that many, matches are only begun.
/// </summary>
internal sealed class LeadingLiterals
{
    const int MaxProduct = 16_384;
    const int MaxClass = 256;
    const long MaxBytes = 4 << 20;

    LeadingLiterals(List<byte[]> whole, List<byte[]> begun) => (Whole, Begun) = (whole, begun);

    /// <summary>Texts that match as they are, in no order and some perhaps twice.</summary>
    public List<byte[]> Whole { get; }

    /// <summary>Every match that is not among <see cref="Whole"/> begins with one of these; the empty one says nothing.</summary>
    public List<byte[]> Begun { get; }

    static LeadingLiterals Nothing => new([[]], []);

    static LeadingLiterals Unknown => new([], [[]]);

    public static LeadingLiterals Of(Node node)
    {
        switch (node)
        {
            case LiteralNode literal:
                return Encode(literal.Runes) is { } bytes ? new([bytes], []) : new([], []);
            case ClassNode { Set.Count: <= MaxClass } one:
                return new([.. one.Set.Members.Where(Rune.IsValid).Select(static rune => Encode([rune])!)], []);
            case RepeatNode repeat:
                return OfRepeat(repeat);
            case AlternateNode alternate:
                return OfAlternate(alternate);
            case SequenceNode sequence:
                var leading = Nothing;
                foreach (var item in sequence.Items.TakeWhile(_ => leading.Whole.Count > 0))
                    leading = leading.Then(Of(item));
                return leading;
            default:
                return Unknown;
        }
    }

    /// <summary>The text of code points; null when no text has them, for one is a surrogate.</summary>
    public static byte[]? Encode(ReadOnlySpan<int> runes)
    {
        var bytes = new byte[runes.Length * 4];
        var length = 0;
        foreach (var rune in runes)
        {
            if (!Rune.IsValid(rune))
                return null;
            length += new Rune(rune).EncodeToUtf8(bytes.AsSpan(length));
        }

        return bytes[..length];
    }

    static LeadingLiterals OfRepeat(RepeatNode repeat)
    {
        if (repeat is { Min: 0, Max: not 1 })
            return Unknown;
        var body = Of(repeat.Body);
        if (repeat.Min == 0)
            return new([[], .. body.Whole], body.Begun);
        var leading = body;
        for (var times = 1; times < repeat.Min && leading.Whole.Count > 0; times++)
            leading = leading.Then(body);
        return repeat.Max == repeat.Min ? leading : leading.Then(Unknown);
    }

    static LeadingLiterals OfAlternate(AlternateNode alternate)
    {
        var (whole, begun) = (new List<byte[]>(), new List<byte[]>());
        var bytes = 0L;
        foreach (var item in alternate.Items)
        {
            var leading = Of(item);
            bytes += Bytes(leading.Whole) + Bytes(leading.Begun);
            // What stands in the pattern is never too much, what is made of it may be.
            if (leading.Begun.Exists(static text => text.Length == 0)
                || whole.Count + begun.Count + leading.Whole.Count + leading.Begun.Count > alternate.Size + MaxProduct
                || bytes > 4 * alternate.Size + MaxBytes)
                return Unknown;
            whole.AddRange(leading.Whole);
            begun.AddRange(leading.Begun);
        }

        return new(whole, begun);
    }

    LeadingLiterals Then(LeadingLiterals next)
    {
        if (!Fits(next))
            return new([], [.. Begun, .. Whole]);
        var begun = Begun;
        if (next.Begun.Count > 0)
            begun = [.. Begun, .. Products(next.Begun)];
        return new(Products(next.Whole), begun);
    }

    List<byte[]> Products(List<byte[]> endings)
    {
        var all = new List<byte[]>(Whole.Count * endings.Count);
        foreach (var start in Whole)
        {
            foreach (var ending in endings)
                all.Add([.. start, .. ending]);
        }

        return all;
    }

    bool Fits(LeadingLiterals next)
    {
        var endings = next.Whole.Count + next.Begun.Count;
        var bytes = Bytes(Whole) * endings + (Bytes(next.Whole) + Bytes(next.Begun)) * Whole.Count;
        return (Whole.Count <= 1 || endings <= 1 || (long)Whole.Count * endings <= MaxProduct) && bytes <= MaxBytes;
    }

    static long Bytes(List<byte[]> texts) => texts.Sum(static text => (long)text.Length);
}
