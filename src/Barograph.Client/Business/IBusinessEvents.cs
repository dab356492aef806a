namespace Barograph.Client;

/// <summary>
/// Tells Barograph what the business does. The pages know <c>product_view</c>, <c>search</c>, <c>cart_created</c>, <c>checkout_started</c>, <c>order</c> and
/// <c>order_cancelled</c>; any other name is as good. Never waits, never throws.
/// </summary>
/// <example><code>
/// business.Record("order", 59.90m, "EUR", who, ("order_id", "o-17"), ("country", "DE"));
/// </code></example>
public interface IBusinessEvents
{
    /// <summary>Something happened that is counted.</summary>
    /// <param name="name">What: a label, so one of few.</param>
    /// <param name="who">Whose it is.</param>
    /// <param name="fields">Fields of one's own, for metric definitions: text, numbers, true or false, times. A field <c>id</c> names the fact for ever, so that it counts once whoever tells it.</param>
    void Record(string name, Visitor who = default, params ReadOnlySpan<(string Name, object? Value)> fields);

    /// <summary>Something happened that has a value, which is added up by currency.</summary>
    /// <param name="name">What: a label, so one of few.</param>
    /// <param name="value">How much.</param>
    /// <param name="currency">Of what, such as <c>EUR</c>: a label.</param>
    /// <param name="who">Whose it is.</param>
    /// <param name="fields">Fields of one's own, for metric definitions: text, numbers, true or false, times. A field <c>id</c> names the fact for ever, so that it counts once whoever tells it.</param>
    void Record(string name, decimal value, string? currency, Visitor who = default, params ReadOnlySpan<(string Name, object? Value)> fields);
}

/// <summary>Tells Barograph about anything else: events of a type of one's own, for metric definitions. Never waits, never throws.</summary>
public interface IEventTracker
{
    /// <summary>Something happened.</summary>
    /// <param name="type">Lower-case letters, digits, <c>_</c>, <c>-</c> and <c>.</c>, a letter first, such as <c>door.opened</c>.</param>
    /// <param name="fields">Text, numbers, true or false, times. A field <c>id</c> names the fact for ever, so that it counts once whoever tells it.</param>
    void Record(string type, params ReadOnlySpan<(string Name, object? Value)> fields);
}
