namespace Barograph.Client;

internal sealed class BusinessEvents(EventDoor door) : IBusinessEvents
{
    public void Record(string name, Visitor who = default, params ReadOnlySpan<(string Name, object? Value)> fields) =>
        Tell(new OwnFact("business", door.Clock.GetUtcNow(), fields) { Name = name, Who = who });

    public void Record(string name, decimal value, string? currency, Visitor who = default, params ReadOnlySpan<(string Name, object? Value)> fields) =>
        Tell(new OwnFact("business", door.Clock.GetUtcNow(), fields) { Name = name, Value = value, Currency = currency, Who = who });

    void Tell(scoped in OwnFact fact) => door.Tell(in fact);
}

internal sealed class EventTracker(EventDoor door) : IEventTracker
{
    public void Record(string type, params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        var fact = new OwnFact(type, door.Clock.GetUtcNow(), fields);
        door.Tell(in fact);
    }
}

/// <summary><c>business</c>, and types of the application's own.</summary>
internal readonly ref struct OwnFact(string type, DateTimeOffset at, ReadOnlySpan<(string Name, object? Value)> fields) : IFact
{
    readonly ReadOnlySpan<(string Name, object? Value)> _fields = fields;

    public string? Name { get; init; }

    public decimal? Value { get; init; }

    public string? Currency { get; init; }

    public Visitor Who { get; init; }

    public string Type => type;

    /// <summary>Unless the application names it.</summary>
    public bool NamesItself
    {
        get
        {
            foreach (var (name, value) in _fields)
            {
                if (name == "id" && value is not null)
                    return true;
            }

            return false;
        }
    }

    public DateTimeOffset? Time => at;

    public void WriteFields(EventWriter json)
    {
        json.Text("name", Name);
        json.Number("value", Value);
        json.Text("currency", Currency);
        json.Visitor(Who);
        json.Fields(_fields);
    }
}
