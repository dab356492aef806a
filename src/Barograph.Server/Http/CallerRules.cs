using Barograph.Server.Settings;
using Microsoft.Extensions.Primitives;

namespace Barograph.Server.Http;

/// <summary>
/// A route that a link on another site may lead to: a page, or one of its files. It changes nothing, and its answer tells the
/// other site nothing.
/// </summary>
internal sealed class OpenToLinks
{
    public static readonly OpenToLinks Instance = new();
}

/// <summary>
/// Who may speak to this server from a browser, on every listener and every route, WebSockets and gRPC among them: who calls it
/// by a name that is its own, and is no page of another site. Programs send neither <c>Origin</c> nor <c>Sec-Fetch-Site</c> and
/// are asked for the name only.
/// </summary>
internal sealed class CallerRules(OwnHosts hosts, ServerSettings settings)
{
    /// <summary>
    /// Why a request may not come by this name, or null when it may. Before routing: nothing else is done for such a request.
    /// </summary>
    public Refused? Host(HttpContext http)
    {
        var (request, port) = (http.Request, http.Connection.LocalPort);
        var called = request.Headers.Host;
        if (called is not [{ Length: > 0 } host])
            return new Refused(Refused.Host, StatusCodes.Status421MisdirectedRequest, "The request names no host",
                $"It needs one header Host, such as {settings.LocalUrl["http://".Length..]}.");
        if (!hosts.Has(host, request.IsHttps, port))
            return Misdirected(host);
        // A proxy tells the name that the browser called; it never makes a name an own one, but a foreign one stays foreign.
        foreach (var name in ForwardedHosts(request.Headers))
        {
            if (!hosts.Has(name, request.IsHttps, port))
                return Misdirected(name);
        }

        return null;
    }

    /// <summary>
    /// Why a page may not ask for this, or null when it may. After routing, which tells whether a link may lead there.
    /// </summary>
    public Refused? Page(HttpContext http)
    {
        var headers = http.Request.Headers;
        StringValues origin = headers.Origin, site = headers["Sec-Fetch-Site"];
        if ((origin.Count == 0 && site.Count == 0) || IsLinkFollowed(http))
            return null;
        if (origin.Count > 1 || (origin is [{ } page] && !hosts.IsOwnOrigin(page, http.Request)))
            return CrossSite($"a page of {origin} asks, and this server was called {http.Request.Scheme}://{http.Request.Host}");
        return site.Count == 0 || site is ["none"] or ["same-origin"]
            ? null
            : CrossSite("the browser says that a page of another site asks");
    }

    /// <summary>The names in <c>X-Forwarded-Host</c> and, as RFC 7239 has it, in <c>Forwarded: for=a;host=b</c>.</summary>
    static IEnumerable<string> ForwardedHosts(IHeaderDictionary headers)
    {
        StringValues plain = headers["X-Forwarded-Host"], forwarded = headers["Forwarded"];
        if (plain.Count == 0 && forwarded.Count == 0)
            return [];
        const string host = "host=";
        return plain.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Concat(
            forwarded.ToString().Split([',', ';'], StringSplitOptions.TrimEntries)
                .Where(static pair => pair.StartsWith(host, StringComparison.OrdinalIgnoreCase))
                .Select(static pair => pair[host.Length..].Trim('"')));
    }

    static bool IsLinkFollowed(HttpContext http) =>
        (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
        && http.Request.Headers["Sec-Fetch-Mode"] == "navigate"
        && (http.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<OpenToLinks>() is not null);

    static Refused Misdirected(string host) => new(
        Refused.Host, StatusCodes.Status421MisdirectedRequest, "Not a name of this server",
        $"This server does not answer to the name '{host}'. If it is one of its names, add it to the setting allowed-hosts, "
            + "or set public-url when a proxy stands before it.");

    static Refused CrossSite(string why) => new(
        Refused.CrossSite, StatusCodes.Status403Forbidden, "Another site's page may not ask",
        $"Requests of other sites' pages are refused: {why}. Open the page on this server itself; if people reach it elsewhere, "
            + "through a proxy, set public-url to that address.");
}

/// <summary>Why a request was refused before any route saw it.</summary>
/// <param name="Reason">In a word or two, the same for all of its kind.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Detail">A sentence: what was wrong, and what would mend it.</param>
internal sealed record Refused(string Reason, int Status, string Title, string Detail)
{
    public const string Host = "host";
    public const string CrossSite = "cross-site";
    public const string TooLong = "too long";
    public const string TooSlow = "too slow";
    public const string Malformed = "malformed";
}
