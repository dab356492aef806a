namespace Barograph.Client;

/// <summary>Something that happened, as an event's fields. One small type a kind of event.</summary>
internal interface IFact
{
    /// <summary>The event's type on the wire.</summary>
    string Type { get; }

    /// <summary>Whether its fields name the fact for ever, so that the server counts it once without an id beside them.</summary>
    bool NamesItself { get; }

    /// <summary>When it happened; null when a field of its own says so.</summary>
    DateTimeOffset? Time { get; }

    void WriteFields(EventWriter json);
}
