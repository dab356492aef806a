using Barograph.PromQL;

namespace Barograph.Server.Query;

/// <summary>
/// The queries that were asked lately, parsed and planned. Dashboards ask the same ones again and again, and parsing is a twentieth of the time of
/// a short one. Two generations: what is asked again stays, what is not goes with the older one.
/// </summary>
internal sealed class PreparedQueries(QueryOptions options)
{
    /// <summary>How many a generation holds.</summary>
    public const int Generation = 128;

    /// <summary>Longer texts are parsed each time: few are asked twice, and they would hold much memory.</summary>
    public const int LongestText = 2000;

    readonly PromQLEngine _engine = new(options);
    readonly Lock _lock = new();
    Dictionary<string, PreparedQuery> _young = new(StringComparer.Ordinal);
    Dictionary<string, PreparedQuery> _old = new(StringComparer.Ordinal);

    /// <summary>What they are evaluated with.</summary>
    public QueryOptions Options => _engine.Options;

    /// <summary>How many are held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _young.Count + _old.Count;
        }
    }

    /// <inheritdoc cref="PromQLEngine.Prepare"/>
    public PreparedQuery Prepare(string text)
    {
        if (text.Length > LongestText)
            return _engine.Prepare(text);
        lock (_lock)
        {
            if (_young.TryGetValue(text, out var known))
                return known;
            if (_old.Remove(text, out known))
                return Keep(text, known);
        }

        var prepared = _engine.Prepare(text); // a mistake is told each time
        lock (_lock)
            return Keep(text, prepared);
    }

    PreparedQuery Keep(string text, PreparedQuery prepared)
    {
        if (_young.Count == Generation)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
        }

        _young[text] = prepared;
        return prepared;
    }
}
