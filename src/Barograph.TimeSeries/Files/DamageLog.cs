namespace Barograph.TimeSeries;

/// <summary>Something in the store's folder that is not as it was written.</summary>
/// <param name="File">The file, within the store's folder.</param>
/// <param name="What">Where the damage is and what was lost with it, in a sentence.</param>
/// <param name="IsUsualAfterKill">Whether a process that was killed while it wrote leaves the same behind, and then nothing is lost.</param>
public readonly record struct Damage(string File, string What, bool IsUsualAfterKill = false);

/// <summary>What damage has been met since the store was opened. Any thread may add.</summary>
internal sealed class DamageLog
{
    const int Capacity = 1000; // what more there is, the log file or a verification tells

    readonly Lock _gate = new();
    readonly List<Damage> _found = [];

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
            if (_found.Count < Capacity)
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
                + (found.Count > 3 ? $"; and {found.Count - 3} more" : "");
    }
}
