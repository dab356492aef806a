using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Barograph.Server.Http;

/// <summary>How long the head of a request may be.</summary>
internal static class RequestLimits
{
    /// <summary>
    /// Characters of path and query: an expression with thousands of alternatives. What is longer belongs into a form that is
    /// posted.
    /// </summary>
    public const int TargetLength = 256 << 10;

    // The web server refuses what is longer before it knows the path, so it could not tell it in the form of who asks; it takes
    // more than is allowed.
    const int LineBytes = 1 << 20;
    const int HeadersBytes = 256 << 10;

    // Long enough for the slowest honest sender; a connection that trickles does not hold its memory for longer.
    static readonly TimeSpan s_headersTime = TimeSpan.FromSeconds(30);

    /// <summary>Sets them.</summary>
    public static void LimitRequests(this KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxRequestLineSize = LineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = HeadersBytes;
        kestrel.Limits.MaxRequestBufferSize = LineBytes; // of each connection, so also of what is being sent to one
        kestrel.Limits.RequestHeadersTimeout = s_headersTime;
    }

    /// <summary>Why a request is too long, or null when it is not.</summary>
    public static Refused? Check(HttpRequest request)
    {
        var length = (long)(request.Path.Value?.Length ?? 0) + (request.QueryString.Value?.Length ?? 0);
        return length <= TargetLength ? null : new Refused(
            Refused.TooLong, StatusCodes.Status414UriTooLong, "The address is too long",
            string.Create(CultureInfo.InvariantCulture, $"An address of {length} characters; at most {TargetLength} are taken. ") + LongerByPost);
    }

    /// <summary>What to do instead.</summary>
    public const string LongerByPost = "Send the parameters by POST, as application/x-www-form-urlencoded.";
}
