using Barograph.Server.Settings;
using Microsoft.Extensions.Primitives;

namespace Barograph.Server.Http;

/// <summary>
/// The headers of every answer, errors among them: they keep a page from doing what it should not, and other sites from using an
/// answer.
/// </summary>
internal sealed class AnswerHeaders(ServerSettings settings)
{
    // The app needs nothing from elsewhere: no inline script or style, no eval, no frame around it.
    static readonly StringValues s_contentSecurityPolicy =
        "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    static readonly StringValues s_permissionsPolicy = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
    static readonly StringValues s_nosniff = "nosniff";
    static readonly StringValues s_noReferrer = "no-referrer";
    static readonly StringValues s_sameOrigin = "same-origin";
    static readonly StringValues s_year = "max-age=31536000";

    readonly bool _isPublicHttps = settings.PublicUrl?.Scheme == Uri.UriSchemeHttps;

    /// <summary>Sets them.</summary>
    /// <param name="headers">Of the answer.</param>
    /// <param name="isHttps">Whether the request came by TLS.</param>
    public void Set(IHeaderDictionary headers, bool isHttps)
    {
        headers.XContentTypeOptions = s_nosniff;
        headers.ContentSecurityPolicy = s_contentSecurityPolicy;
        headers["Referrer-Policy"] = s_noReferrer;
        headers["Cross-Origin-Resource-Policy"] = s_sameOrigin;
        headers["Permissions-Policy"] = s_permissionsPolicy;
        if (isHttps || _isPublicHttps)
            headers.StrictTransportSecurity = s_year;
    }

    /// <summary>Sets them on every answer. First in the pipeline.</summary>
    public void Use(WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(SetAsync, context);
        return next(context);
    });

    /// <summary>
    /// Whether a page of another site may have opened the window. A browser says "none" of an address that a person typed,
    /// bookmarked or reloads: the policy would have nobody to keep out, and would cost the first chart 40 ms, for it makes
    /// Chromium change the process.
    /// </summary>
    static bool MayHaveOpener(HttpRequest request) => request.Headers["Sec-Fetch-Site"] != "none";

    Task SetAsync(object state)
    {
        var context = (HttpContext)state;
        Set(context.Response.Headers, context.Request.IsHttps);
        if (MayHaveOpener(context.Request))
            context.Response.Headers["Cross-Origin-Opener-Policy"] = s_sameOrigin;
        return Task.CompletedTask;
    }
}
