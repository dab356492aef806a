namespace Barograph.Server.Api;

/// <summary>
/// What the API's document says of a route. A slice writes it where it maps the route, see <see cref="RouteDescriptions.Describe"/>;
/// a test walks all routes and asks for it.
/// </summary>
/// <param name="tag">The chapter it stands in.</param>
/// <param name="summary">What it does, in one line without a full stop.</param>
internal sealed class RouteDescription(string tag, string summary)
{
    readonly List<RouteParameter> _parameters = [];
    readonly List<RouteBody> _bodies = [];
    readonly List<RouteAnswer> _answers = [];

    public string Tag { get; } = tag;

    public string Summary { get; } = summary;

    /// <summary>More sentences, where there is more to say (Markdown).</summary>
    public string? Details { get; private set; }

    /// <summary>What stands in the path, the address and the headers.</summary>
    public IReadOnlyList<RouteParameter> Parameters => _parameters;

    /// <summary>What POST may send, by content type.</summary>
    public IReadOnlyList<RouteBody> Bodies => _bodies;

    /// <summary>All answers, those that say no too.</summary>
    public IReadOnlyList<RouteAnswer> Answers => _answers;

    /// <summary>Whether POST takes the parameters of the address as a form.</summary>
    public bool TakesForm { get; private set; }

    /// <summary>Says more than the summary.</summary>
    public RouteDescription Says(string details)
    {
        Details = details;
        return this;
    }

    /// <summary>A parameter in the address.</summary>
    public RouteDescription Query(string name, string text, Shape? shape = null, bool required = false) =>
        Take(new RouteParameter("query", name, text, shape ?? Shape.Text, required));

    /// <summary>A parameter in the path.</summary>
    public RouteDescription Path(string name, string text, Shape? shape = null) => Take(new RouteParameter("path", name, text, shape ?? Shape.Text, Required: true));

    /// <summary>A header that the route reads.</summary>
    public RouteDescription Header(string name, string text, bool required = false) => Take(new RouteParameter("header", name, text, Shape.Text, required));

    /// <summary>POST takes the parameters of the address as a form, too.</summary>
    public RouteDescription Form()
    {
        TakesForm = true;
        return this;
    }

    /// <summary>A body that the route takes.</summary>
    public RouteDescription Body(string contentType, Shape shape, string? text = null)
    {
        _bodies.Add(new RouteBody(contentType, shape, text));
        return this;
    }

    /// <summary>An answer with a body.</summary>
    public RouteDescription Answer(int status, string text, Shape shape, string contentType = "application/json")
    {
        _answers.Add(new RouteAnswer(status, text, shape, contentType));
        return this;
    }

    /// <summary>An answer without a body.</summary>
    public RouteDescription Answer(int status, string text)
    {
        _answers.Add(new RouteAnswer(status, text, null, null));
        return this;
    }

    /// <summary>An error told as problem details (RFC 9457).</summary>
    public RouteDescription Problem(int status, string text) => Answer(status, text, ProblemShape, "application/problem+json");

    RouteDescription Take(RouteParameter parameter)
    {
        _parameters.Add(parameter);
        return this;
    }

    static readonly Shape ProblemShape = Shape.Named("Problem", static () => Shape.Object(
        new("type", Shape.Text, "An address that names the kind of problem.", Optional: true),
        new("title", Shape.Text, "What it is, in a few words."),
        new("status", Shape.Integer, "The HTTP status."),
        new("detail", Shape.Text, "What was wrong, and what was expected.", Optional: true),
        new("traceId", Shape.Text, "What the server's own spans call the request.", Optional: true),
        new("errorType", Shape.Text, "Prometheus' word for it, on routes that query.", Optional: true)));
}

/// <summary>Something that a route reads beside a body.</summary>
/// <param name="In"><c>query</c>, <c>path</c> or <c>header</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Text">What it means, with unit and default.</param>
/// <param name="Shape">What it looks like.</param>
/// <param name="Required">Whether it must be there.</param>
internal sealed record RouteParameter(string In, string Name, string Text, Shape Shape, bool Required);

/// <summary>A body that a route takes.</summary>
internal sealed record RouteBody(string ContentType, Shape Shape, string? Text);

/// <summary>An answer that a route gives.</summary>
internal sealed record RouteAnswer(int Status, string Text, Shape? Shape, string? ContentType);

/// <summary>Registration.</summary>
internal static class RouteDescriptions
{
    /// <summary>Describes the route that was just mapped. Helpers of tests and forms that are no part of the API say <c>ExcludeFromDescription()</c>.</summary>
    /// <param name="route">From <c>MapGet</c> and the like.</param>
    /// <param name="tag">The chapter: one of <see cref="ApiChapters"/>.</param>
    /// <param name="summary">What it does, in one line without a full stop.</param>
    /// <param name="describe">Its parameters, bodies and all its answers.</param>
    public static TBuilder Describe<TBuilder>(this TBuilder route, string tag, string summary, Func<RouteDescription, RouteDescription> describe)
        where TBuilder : IEndpointConventionBuilder
    {
        var description = describe(new RouteDescription(tag, summary));
        route.Add(endpoint => endpoint.Metadata.Add(description));
        return route;
    }
}

/// <summary>The chapters of the API's document, in its order.</summary>
internal static class ApiChapters
{
    public const string Query = "Query";
    public const string Series = "Series";
    public const string Ingest = "Ingest";
    public const string Events = "Events";
    public const string Live = "Live";
    public const string Server = "Server";

    /// <summary>What stands under each.</summary>
    public static readonly IReadOnlyList<(string Tag, string Text)> All =
    [
        (Query, "Evaluating PromQL: Prometheus' own routes, and ours around them."),
        (Series, "Which series, labels and metrics there are."),
        (Ingest, "The doors for data that others send."),
        (Events, "What tasks, pipelines, models, people and the business do, and the metrics that are defined of it."),
        (Live, "What happens now, over a WebSocket."),
        (Server, "The server itself: health, versions, targets."),
    ];
}
