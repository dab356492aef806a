namespace Barograph.TimeSeries;

/// <summary>Something in the store's folder that is not as it was written.</summary>
/// <param name="File">The file, within the store's folder.</param>
/// <param name="What">Where the damage is and what was lost with it, in a sentence.</param>
/// <param name="IsUsualAfterKill">Whether a process that was killed while it wrote leaves the same behind, and then nothing is lost.</param>
public readonly record struct Damage(string File, string What, bool IsUsualAfterKill = false);

/// <summary>What damage has been met since the store was opened. Any thread may add.</summary>
internal sealed class DamageLog
{
    const int Capacity = 1000; // more is counted; a verification tells it

    readonly Lock _gate = new();
    readonly List<Damage> _found = [];
    readonly HashSet<Damage> _known = [];
    long _count;

    /// <summary>How much was met, also what was not listed.</summary>
    public long Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    public IReadOnlyList<Damage> Found
    {
        get
        {
            lock (_gate)
                return [.. _found];
        }
    }

    public void Add(Damage damage)
    {
        lock (_gate)
        {
            _count++;
            if (_found.Count < Capacity)
                _found.Add(damage);
        }
    }

    /// <summary>Adds what may be met again and again, once; beyond the capacity it is only counted, each time.</summary>
    public void AddNew(Damage damage)
    {
        lock (_gate)
        {
            if (_known.Contains(damage))
                return;
            _count++;
            if (_found.Count >= Capacity)
                return;
            _known.Add(damage);
            _found.Add(damage);
        }
    }

    /// <summary>A sentence for a status, or null when nothing needs a person.</summary>
    public string? Describe()
    {
        var found = Found.Where(static damage => !damage.IsUsualAfterKill).ToList();
        return found.Count == 0
            ? null
            : string.Join("; ", found.Take(3).Select(static damage => $"{damage.File}: {damage.What}"))
                + (found.Count > 3 ? $"; and {(Count > Capacity ? Count : found.Count) - 3} more" : "");
    }
}
