namespace Barograph.Client;

/// <summary>Takes facts from the application's threads: writes each as JSON, gives it an id, and puts it into the buffer. Never waits, never throws.</summary>
internal sealed class EventDoor(EventBuffer buffer, ClientCounters counters, TimeProvider clock, string service, Action<int> arrived)
{
    /// <summary>What the server takes of one event.</summary>
    public const int EventBytesMax = 64 << 10;

    readonly FactIds _ids = new();

    public TimeProvider Clock => clock;

    public string Service => service;

    public string NewId() => _ids.Next();

    public void Tell<TFact>(scoped in TFact fact) where TFact : struct, IFact, allows ref struct
    {
        counters.Track();
        byte[] json;
        try
        {
            json = Write(in fact);
        }
        catch (Exception) // values of the application's own may throw when they are written; its work goes on all the same
        {
            counters.Drop(DropReason.Unwritable);
            return;
        }

        if (json.Length > EventBytesMax)
        {
            counters.Drop(DropReason.TooLarge);
            return;
        }

        if (!buffer.TryAdd(json, out var count, out var dropped))
            counters.Drop(DropReason.Closed);
        counters.Drop(DropReason.BufferFull, dropped);
        arrived(count);
    }

    byte[] Write<TFact>(scoped in TFact fact) where TFact : struct, IFact, allows ref struct
    {
        var json = EventWriter.Rent();
        json.Begin(fact.Type);
        if (!fact.NamesItself)
            json.Text("id", NewId());
        json.Time("time", fact.Time);
        json.Text("service", service);
        fact.WriteFields(json);
        return json.End();
    }
}
