namespace Barograph.Client;

internal sealed class ActivityTracker(EventDoor door) : IActivityTracker
{
    public void Feature(string feature, Visitor who, params ReadOnlySpan<(string Name, object? Value)> context) => Tell(new(who, Now, context) { Feature = feature });

    public void Page(string page, Visitor who, params ReadOnlySpan<(string Name, object? Value)> context) => Tell(new(who, Now, context) { Page = page });

    public void Step(string journey, string step, Visitor who, params ReadOnlySpan<(string Name, object? Value)> context) =>
        Tell(new(who, Now, context) { Journey = journey, Step = step });

    public void ApiCall(string api, int status, TimeSpan duration, Visitor who, params ReadOnlySpan<(string Name, object? Value)> context) =>
        Tell(new(who, Now, context) { Api = api, Status = status, Duration = duration });

    DateTimeOffset Now => door.Clock.GetUtcNow();

    void Tell(scoped in ActivityFact fact) => door.Tell(in fact);

    /// <summary><c>activity</c></summary>
    readonly ref struct ActivityFact(Visitor who, DateTimeOffset at, ReadOnlySpan<(string Name, object? Value)> context) : IFact
    {
        readonly ReadOnlySpan<(string Name, object? Value)> _context = context;

        public string? Feature { get; init; }

        public string? Page { get; init; }

        public string? Journey { get; init; }

        public string? Step { get; init; }

        public string? Api { get; init; }

        public int? Status { get; init; }

        public TimeSpan? Duration { get; init; }

        public string Type => "activity";

        public bool NamesItself => false;

        public DateTimeOffset? Time => at;

        public void WriteFields(EventWriter json)
        {
            json.Visitor(who);
            json.Text("feature", Feature);
            json.Text("page", Page);
            json.Text("journey", Journey);
            json.Text("step", Step);
            json.Text("api", Api);
            json.Number("status", (long?)Status);
            json.Seconds("duration_seconds", Duration);
            json.Context(_context);
        }
    }
}

internal static class VisitorFields
{
    public static void Visitor(this EventWriter json, Visitor who)
    {
        json.Text("user", who.User);
        json.Text("organisation", who.Organisation);
        json.Text("session", who.Session);
    }
}
