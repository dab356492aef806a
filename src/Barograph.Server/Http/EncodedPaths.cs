using Microsoft.AspNetCore.Http.Features;

namespace Barograph.Server.Http;

/// <summary>
/// Paths in which an id has a slash or is a dot. The web server decodes all of a path but <c>%2F</c>, and takes <c>%2E%2E</c> for
/// a step up, so that an id is not in its value as it was sent: <c>a%2Fb</c> and <c>a%252Fb</c> look the same. Here each segment
/// is decoded once, by itself, from what was sent; a slash within one waits as <see cref="Slash"/> until the route is found.
/// </summary>
internal static class EncodedPaths
{
    /// <summary>Half of a surrogate pair: no path that is UTF-8 has it.</summary>
    const char Slash = '\uDFFF';

    /// <summary>Before routing: a path that routes can be looked up by.</summary>
    public static void Split(HttpRequest request)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var path = PathOf(target);
        if (!path.Contains('%'))
            return;
        var segments = new List<string>();
        foreach (var range in path.Split('/'))
        {
            var sent = path[range];
            if (sent is "..")
                segments.RemoveRange(Math.Max(segments.Count - 1, 0), Math.Min(segments.Count, 1));
            else if (sent is not ".")
                segments.Add(Uri.UnescapeDataString(sent).Replace('/', Slash));
        }

        // Not by conversion from text, which decodes once more.
        request.Path = new PathString(string.Join('/', segments) is ['/', ..] joined ? joined : "/");
    }

    /// <summary>After routing: the ids as they were meant, and a path to show.</summary>
    public static void Join(HttpRequest request)
    {
        if (request.Path.Value is not { } path || !path.Contains(Slash))
            return;
        request.Path = new PathString(path.Replace(Slash, '/'));
        foreach (var (name, value) in request.RouteValues)
        {
            if (value is string text && text.Contains(Slash))
                request.RouteValues[name] = text.Replace(Slash, '/');
        }
    }

    /// <summary>The path of a target: of <c>/a?b</c> and of <c>http://host/a?b</c>.</summary>
    static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        if (target.IndexOf('?') is >= 0 and var question)
            target = target[..question];
        if (target is ['/', ..] || target.IndexOf("://") is not (>= 0 and var scheme))
            return target;
        var rest = target[(scheme + 3)..];
        return rest.IndexOf('/') is >= 0 and var slash ? rest[slash..] : "/";
    }
}
