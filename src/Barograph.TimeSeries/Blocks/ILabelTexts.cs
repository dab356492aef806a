namespace Barograph.TimeSeries;

/// <summary>
/// The labels that a block's series refer to while it is written: names and, for each name, values, by number. Some may be of no series.
/// </summary>
internal interface ILabelTexts
{
    int NameCount { get; }

    /// <summary>A name, in UTF-8.</summary>
    ReadOnlySpan<byte> Name(int name);

    /// <summary>How many values a name has.</summary>
    int ValueCount(int name);

    /// <summary>A value, in UTF-8; the span may be gone after the next call of <see cref="LetGo"/>.</summary>
    ReadOnlySpan<byte> Value(int name, int value);

    /// <summary>Writes the numbers of a name's values in the order of their bytes.</summary>
    void ReadValueOrder(int name, Span<int> order);

    /// <summary>Says that many texts were read: what was mapped for them need not stay in memory.</summary>
    void LetGo();
}
