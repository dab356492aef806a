namespace Barograph.Server.Sources;

/// <summary>What is refused of one request, gathered by reason with the first example of each. Reused; not thread-safe.</summary>
internal sealed class RefusedList
{
    readonly List<Refused> _byReason = [];

    /// <summary>In the order in which the reasons came up.</summary>
    public IReadOnlyList<Refused> ByReason => _byReason;

    /// <summary>Whether there is an example for a reason; making one costs a string.</summary>
    public bool Has(RefusalReason reason) => _byReason.Exists(one => one.Reason == reason);

    /// <summary>Adds to the count of a reason.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="count">How many.</param>
    /// <param name="example">One of them, in a sentence; looked at for the first only.</param>
    public void Add(RefusalReason reason, long count, string example)
    {
        var known = _byReason.FindIndex(one => one.Reason == reason);
        if (known < 0)
            _byReason.Add(new Refused(reason, count, example));
        else
            _byReason[known] = _byReason[known] with { Count = _byReason[known].Count + count };
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _byReason.Clear();
}
