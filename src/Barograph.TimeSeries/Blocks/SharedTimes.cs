namespace Barograph.TimeSeries;

/// <summary>
/// Time columns of a block that were decoded lately. A scrape gives thousands of series the same column: it is verified and decoded for
/// the first two and copied for the rest. What only one series uses is never kept.
/// </summary>
internal sealed class SharedTimes
{
    const int SlotCount = 16; // neighbouring numbers are the columns of neighbouring chunks

    readonly Column?[] _columns = new Column?[SlotCount];
    readonly int[] _missed = new int[SlotCount]; // the number that was last looked for in vain, + 1

    /// <summary>Copies a column that is kept.</summary>
    public bool TryCopy(int number, Span<long> timestampsMs)
    {
        if (Volatile.Read(ref _columns[number % SlotCount]) is not { } column || column.Number != number)
            return false;
        column.TimestampsMs.CopyTo(timestampsMs);
        return true;
    }

    /// <summary>Tells of a column that had to be decoded; kept from the second time in a row on.</summary>
    public void Offer(int number, ReadOnlySpan<long> timestampsMs)
    {
        if (_missed[number % SlotCount] == number + 1)
            Volatile.Write(ref _columns[number % SlotCount], new Column(number, timestampsMs.ToArray()));
        _missed[number % SlotCount] = number + 1; // threads may overtake each other: then one more decodes it
    }

    sealed record Column(int Number, long[] TimestampsMs);
}
