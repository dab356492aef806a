using System.Diagnostics.Metrics;
using Barograph.Server.Measures;

namespace Barograph.Server.Http;

/// <summary>
/// Counts what was refused before any route saw it, and tells the operator the first time that it happens in a way.
/// </summary>
internal sealed partial class RefusedRequests(OwnMeasures measures, ILogger<RefusedRequests> log)
{
    const int MaxTold = 50;

    readonly Counter<long> _refused = measures.Meter.CreateCounter<long>(
        "barograph_http_refused_total", "",
        "Requests refused before any route saw them, by `reason`: `host`, `cross-site`, `too long`, `too slow`, `malformed`.");

    readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>Counts one.</summary>
    public void Note(Refused refused)
    {
        _refused.Add(1, new KeyValuePair<string, object?>("reason", refused.Reason));
        lock (_told)
        {
            if (_told.Count >= MaxTold || !_told.Add(refused.Detail))
                return;
        }

        Tell(log, refused.Reason, refused.Detail);
    }

    /// <summary>Counts a request and answers it, in the form of who asks.</summary>
    public Task AnswerAsync(HttpContext http, Refused refused)
    {
        Note(refused);
        return Problem.SayAsync(http, refused.Status, refused.Title, refused.Detail);
    }

    [LoggerMessage(LogLevel.Warning, "A request was refused ({Reason}): {Detail} The same is not told again.")]
    static partial void Tell(ILogger logger, string reason, string detail);
}
