namespace Barograph.Base;

/// <summary>
/// A set of numbers below a bound, in the order in which they came; clearing it takes no time (Briggs and Torczon, 1993).
/// </summary>
internal sealed class SparseSet(int bound)
{
    readonly int[] _members = new int[bound];
    readonly int[] _places = new int[bound]; // where a member stands; anything for others
    int _count;

    public ReadOnlySpan<int> Members => _members.AsSpan(0, _count);

    public void Clear() => _count = 0;

    /// <returns>Whether it was not there.</returns>
    public bool Add(int number)
    {
        var place = _places[number];
        if (place < _count && _members[place] == number)
            return false;
        _places[number] = _count;
        _members[_count++] = number;
        return true;
    }
}
