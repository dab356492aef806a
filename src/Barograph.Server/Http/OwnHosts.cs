using System.Net;
using Barograph.Server.Settings;

namespace Barograph.Server.Http;

/// <summary>
/// Which hosts and pages are this server's own. A page of anybody can make its own name lead to this server's address and then
/// read it as its own site (DNS rebinding); what it cannot do is to make the browser write another name than that into
/// <c>Host</c>.
/// </summary>
internal sealed class OwnHosts(ServerSettings settings)
{
    const int HttpPort = 80;
    const int HttpsPort = 443;

    readonly bool _isLocal = IPAddress.IsLoopback(settings.Listen);
    readonly HostAndPort? _public =
        settings.PublicUrl is { } url && HostAndPort.TryParse(url.Authority, out var host) ? host : null;

    volatile Accepted? _last; // who calls us once mostly calls us again, by the same name

    sealed record Accepted(string Host, bool IsHttps, int LocalPort);

    /// <summary>Whether a request may call this server by a name.</summary>
    /// <param name="host">What the header <c>Host</c> has.</param>
    /// <param name="isHttps">Whether the request came by TLS: it tells which port is meant when none is written.</param>
    /// <param name="localPort">The port that the request came to.</param>
    public bool Has(string host, bool isHttps, int localPort)
    {
        if (_last is { } last && last.Host == host && last.IsHttps == isHttps && last.LocalPort == localPort)
            return true;
        if (!HostAndPort.TryParse(host, out var called) || !Has(called, PortOf(called, isHttps), localPort))
            return false;
        _last = new Accepted(host, isHttps, localPort);
        return true;
    }

    bool Has(HostAndPort called, int port, int localPort)
    {
        if (called.Name == _public?.Name)
            return true;
        if (settings.AllowedHosts.Any(one => one.Name == called.Name && (one.Port is null || one.Port == port)))
            return true;
        // Listening to this machine only, it has no other address. Elsewhere an address cannot be made to lead here by a name
        // server, and its port may be another one outside (a container's).
        return _isLocal ? called.IsLoopback && port == localPort : called.IsLoopback || called.Address is not null;
    }

    /// <summary>
    /// Whether a page of an origin is this server's own: at the host that the request calls, or at <c>public-url</c>.
    /// </summary>
    /// <param name="origin">What the header <c>Origin</c> has, such as <c>http://localhost:8000</c>.</param>
    /// <param name="request">The request that has it.</param>
    public bool IsOwnOrigin(string origin, HttpRequest request) =>
        TrySplit(origin, out var isHttps, out var page)
        && (IsSame(page, isHttps, request.Host.Value, request.IsHttps)
            || (settings.PublicUrl is { } url && IsSame(page, isHttps, url.Authority, url.Scheme == Uri.UriSchemeHttps)));

    static bool TrySplit(string origin, out bool isHttps, out HostAndPort page)
    {
        page = null!;
        const string http = "http://", https = "https://";
        isHttps = origin.StartsWith(https, StringComparison.OrdinalIgnoreCase);
        return (isHttps || origin.StartsWith(http, StringComparison.OrdinalIgnoreCase))
            && HostAndPort.TryParse(origin[(isHttps ? https : http).Length..], out page!);
    }

    static bool IsSame(HostAndPort page, bool pageIsHttps, string? host, bool isHttps) =>
        pageIsHttps == isHttps && HostAndPort.TryParse(host ?? "", out var own)
        && own.Name == page.Name && PortOf(own, isHttps) == PortOf(page, isHttps);

    static int PortOf(HostAndPort host, bool isHttps) => host.Port ?? (isHttps ? HttpsPort : HttpPort);
}
