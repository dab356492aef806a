using System.Text;

namespace Barograph.Base;

/// <summary>What stands on one side of a place between two code points, as far as places ask.</summary>
internal enum Neighbour : byte
{
    Other,
    End,
    LineFeed,
    WordPart,
}

/// <summary>Which <see cref="Place"/> is between two neighbours.</summary>
internal static class Neighbours
{
    public static Neighbour Of(int rune) => rune == '\n' ? Neighbour.LineFeed : RuneSet.Word.Contains(rune) ? Neighbour.WordPart : Neighbour.Other;

    /// <summary>What is before a place of a text.</summary>
    public static Neighbour Before(ReadOnlySpan<byte> text, int at)
    {
        if (at == 0)
            return Neighbour.End;
        Rune.DecodeLastFromUtf8(text[..at], out var rune, out _);
        return Of(rune.Value);
    }

    /// <summary>What is after a place of a text.</summary>
    public static Neighbour After(ReadOnlySpan<byte> text, int at)
    {
        if (at == text.Length)
            return Neighbour.End;
        Rune.DecodeFromUtf8(text[at..], out var rune, out _);
        return Of(rune.Value);
    }

    public static bool Make(Place place, Neighbour before, Neighbour after) => place switch
    {
        Place.TextStart => before == Neighbour.End,
        Place.TextEnd => after == Neighbour.End,
        Place.LineStart => before is Neighbour.End or Neighbour.LineFeed,
        Place.LineEnd => after is Neighbour.End or Neighbour.LineFeed,
        Place.WordBoundary => (before == Neighbour.WordPart) != (after == Neighbour.WordPart),
        _ => (before == Neighbour.WordPart) == (after == Neighbour.WordPart),
    };
}
