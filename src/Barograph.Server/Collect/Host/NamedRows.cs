using System.Text;

namespace Barograph.Server.Collect.Host;

/// <summary>
/// The rows of a /proc table (disks, interfaces) that come and go, by their names. The kernel lists them in the same order each
/// time, so finding one is one comparison.
/// </summary>
/// <param name="create">Makes the row of a new name; null for one that is of no interest.</param>
/// <param name="removed">Called for a row that was not found in a pass.</param>
internal sealed class NamedRows<TRow>(Func<string, TRow?> create, Action<TRow> removed)
    where TRow : class
{
    /// <summary>More rows than this are not collected: a host with thousands of virtual interfaces would fill the store.</summary>
    public const int CountMax = 256;

    // Uninteresting names are kept too, to be asked about once; CountMax bounds only the interesting ones.
    const int NamesMax = 16 * CountMax;

    readonly List<Entry> _entries = [];
    int _next;
    int _rowCount;

    sealed class Entry(byte[] name, TRow? row)
    {
        public byte[] Name => name;
        public TRow? Row => row;
        public bool IsSeen { get; set; } = true;
    }

    /// <summary>Starts a pass over the table.</summary>
    public void Begin()
    {
        foreach (var entry in _entries)
            entry.IsSeen = false;
        _next = 0;
    }

    /// <summary>The row of a name, or null when it is of no interest.</summary>
    public TRow? Find(ReadOnlySpan<byte> name)
    {
        for (var tried = 0; tried < _entries.Count; tried++)
        {
            var entry = _entries[(_next + tried) % _entries.Count];
            if (!name.SequenceEqual(entry.Name))
                continue;
            _next += tried + 1;
            entry.IsSeen = true;
            return entry.Row;
        }

        return _entries.Count < NamesMax ? Add(name) : null;
    }

    /// <summary>Ends a pass: rows that were not found are gone.</summary>
    public void End()
    {
        for (var i = _entries.Count - 1; i >= 0; i--)
        {
            var entry = _entries[i];
            if (entry.IsSeen)
                continue;
            _entries.RemoveAt(i);
            if (entry.Row is not { } row)
                continue;
            _rowCount--;
            removed(row);
        }
    }

    TRow? Add(ReadOnlySpan<byte> name)
    {
        var row = _rowCount < CountMax ? create(Encoding.UTF8.GetString(name)) : null;
        _rowCount += row is null ? 0 : 1;
        _entries.Add(new Entry(name.ToArray(), row));
        return row;
    }
}
