namespace Barograph.Client;

/// <summary>Who does something. The server hashes all three when it was started with <c>--events-hash-identities</c>; what must not leave the application is left out here.</summary>
/// <param name="User">Names the person.</param>
/// <param name="Organisation">Names the customer, tenant or team.</param>
/// <param name="Session">Names the visit; without it, what a user does with at most 30 min in between is one.</param>
public readonly record struct Visitor(string? User = null, string? Organisation = null, string? Session = null);

/// <summary>Tells Barograph what people do: what they use, which pages they see, which steps they take, which API calls they make. Never waits, never throws.</summary>
public interface IActivityTracker
{
    /// <summary>A feature was used, such as <c>export</c>.</summary>
    void Feature(string feature, Visitor who, params ReadOnlySpan<(string Name, object? Value)> context);

    /// <summary>A page was seen. A pattern, such as <c>/products/{id}</c>: it is a label.</summary>
    void Page(string page, Visitor who, params ReadOnlySpan<(string Name, object? Value)> context);

    /// <summary>A step of a journey was taken, such as <c>pay</c> of <c>checkout</c>.</summary>
    void Step(string journey, string step, Visitor who, params ReadOnlySpan<(string Name, object? Value)> context);

    /// <summary>A call of an API was answered.</summary>
    /// <param name="api">Which one, as a pattern: <c>GET /products/{id}</c>.</param>
    /// <param name="status">With what, such as 200.</param>
    /// <param name="duration">After how long.</param>
    /// <param name="who">Who made it.</param>
    /// <param name="context">Facts to find it by.</param>
    void ApiCall(string api, int status, TimeSpan duration, Visitor who, params ReadOnlySpan<(string Name, object? Value)> context);
}
