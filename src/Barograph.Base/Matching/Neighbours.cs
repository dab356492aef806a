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
