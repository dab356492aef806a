using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>
/// Joins predictions with their outcomes through the log's own index, so that an outcome may come as late as the log is kept. The later one of the two in
/// the order of the log finds the other before it, so a pair counts once, also when the log is read again.
/// </summary>
internal sealed class PredictionJoin(EventLog log)
{
    const int RememberedMax = 10_000;

    public static readonly DerivedSpec[] Specs =
    [
        new("model_judged", DerivedKind.Increments, "", "Predictions with an outcome.", "model", "version"),
        new("model_correct", DerivedKind.Increments, "", "Predictions whose class was right.", "model", "version"),
        new("model_outcomes", DerivedKind.Increments, "", "Predictions by what was predicted and what was true.", "model", "version", "predicted", "actual"),
        new("model_absolute_error", DerivedKind.Increments, "", "The sum of absolute errors.", "model", "version"),
        new("model_squared_error", DerivedKind.Increments, "", "The sum of squared errors.", "model", "version"),
    ];

    readonly DerivedMetric[] _metrics = [.. Specs.Select(static spec => new DerivedMetric(spec))];

    // Of the log, what came last: the usual outcome comes soon after its prediction.
    readonly Dictionary<ulong, EventRecord> _recent = [];
    readonly Queue<ulong> _order = new();

    // Of what is older, the block that was read last: outcomes often come in the order of their predictions.
    RecordPlace _lastPlace;
    BlockEntry[] _lastBlock = [];

    public IEnumerable<DerivedMetric> Metrics => _metrics;

    /// <summary>The class of a prediction or an outcome, or "" for a number.</summary>
    public static Func<EventRecord, string> ClassOf(string field) => one => one[field] is { Kind: not FieldKind.Number } value ? value.AsText : "";

    public void Apply(EventRecord one, RecordPlace place, int ordinal)
    {
        var otherHash = StableHash.Of(EventTypes.Counterpart(one)) | 1;
        var other = _recent.GetValueOrDefault(otherHash) ?? Find(otherHash, place, ordinal);
        Remember(one);
        if (other is null)
            return;
        if (one.Type == EventTypes.Prediction)
            Judge(one, other);
        else
            Judge(other, one);
    }

    /// <summary>The other one, if it lies before this one in the log.</summary>
    EventRecord? Find(ulong idHash, RecordPlace place, int ordinal)
    {
        if (!log.Book.TryFind(idHash, out var found, out var entry) || found.IsAfter(place) || (found == place && entry.Ordinal >= ordinal))
            return null;
        if (found != _lastPlace)
        {
            if (log.Records.TryRead(found) is not { } record)
                return null;
            (_lastPlace, _lastBlock) = (found, EventBlock.Decode(record));
        }

        return entry.Ordinal < _lastBlock.Length ? _lastBlock[entry.Ordinal].RestoreOrStandIn() : null;
    }

    void Remember(EventRecord one)
    {
        if (!_recent.TryAdd(one.IdHash, one))
            return;
        _order.Enqueue(one.IdHash);
        if (_order.Count > RememberedMax)
            _recent.Remove(_order.Dequeue());
    }

    void Judge(EventRecord prediction, EventRecord outcome)
    {
        var (model, version, timeMs) = (prediction.Text("model"), prediction.Text("version"), prediction.TimeMs);
        var (predicted, actual) = (prediction["predicted"], outcome["actual"]);
        _metrics[0].For(model, version).Add(timeMs, 1);
        if (predicted.TryNumber(out var said) && actual.TryNumber(out var was))
        {
            _metrics[3].For(model, version).Add(timeMs, Math.Abs(said - was));
            _metrics[4].For(model, version).Add(timeMs, (said - was) * (said - was));
            return;
        }

        _metrics[2].For(model, version, predicted.AsText, actual.AsText).Add(timeMs, 1);
        if (predicted.AsText == actual.AsText)
            _metrics[1].For(model, version).Add(timeMs, 1);
    }
}
