using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;

namespace Barograph.Client;

/// <summary>One request of events to <c>POST /api/v1/events</c>, and what its answer means.</summary>
internal sealed class EventPost(HttpClient http, Uri endpoint, TimeSpan timeout, TimeProvider clock)
{
    const int SmallestCompressed = 1_024;

    readonly Uri _address = new(endpoint.AbsoluteUri.TrimEnd('/') + "/api/v1/events");
    bool _gzip = true;

    public async Task<EventAnswer> SendAsync(IReadOnlyList<byte[]> events, CancellationToken deadline)
    {
        using var late = new CancellationTokenSource(timeout, clock);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(late.Token, deadline);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = Body(events) };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, cancel.Token);
            return await ReadAsync(response, events.Count, cancel.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return new EventAnswer.Later($"no answer within {timeout.TotalSeconds:0.#} s", null);
        }
        catch (Exception trouble) // the network's, or whatever a handler of the application's own throws: it is logged, and the request repeated
        {
            return new EventAnswer.Later(trouble.Message, null);
        }
    }

    async Task<EventAnswer> ReadAsync(HttpResponseMessage response, int eventCount, CancellationToken cancel)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                return (EventAnswer?)EventAnswer.Read(await response.Content.ReadAsByteArrayAsync(cancel))
                    ?? new EventAnswer.Later("200 with an answer that is not Barograph's", null);
            case HttpStatusCode.BadRequest:
                return EventAnswer.Read(await response.Content.ReadAsByteArrayAsync(cancel)) is { } said && said.Accepted + said.Duplicates + said.Rejected == eventCount
                    ? said
                    : new EventAnswer.Settled(0, 0, eventCount, "the request was refused as a whole");
            case HttpStatusCode.RequestEntityTooLarge:
                return new EventAnswer.TooLarge();
            case HttpStatusCode.UnsupportedMediaType when _gzip:
                _gzip = false;
                return new EventAnswer.PlainOnly();
            // Not there, not allowed, not now: a server that is being set up, moved or restarted behind a proxy. The buffer is bounded, so waiting costs nothing.
            case HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed
                or HttpStatusCode.RequestTimeout or HttpStatusCode.MisdirectedRequest or HttpStatusCode.TooManyRequests:
                return Later(response);
            case >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError:
                return new EventAnswer.Settled(0, 0, eventCount, $"the request was refused with {(int)response.StatusCode}");
            default:
                return Later(response);
        }
    }

    EventAnswer.Later Later(HttpResponseMessage response)
    {
        var asked = response.Headers.RetryAfter;
        var retryAfter = asked?.Delta ?? asked?.Date - clock.GetUtcNow();
        return new($"status {(int)response.StatusCode}", retryAfter);
    }

    /// <summary>One event a line.</summary>
    ByteArrayContent Body(IReadOnlyList<byte[]> events)
    {
        var bytes = 0;
        foreach (var json in events)
            bytes += json.Length + 1;
        var gzip = _gzip && bytes >= SmallestCompressed;
        var body = new MemoryStream(gzip ? bytes / 4 : bytes);
        if (gzip)
        {
            using var compressing = new GZipStream(body, CompressionLevel.Fastest, leaveOpen: true);
            WriteLines(events, compressing);
        }
        else
        {
            WriteLines(events, body);
        }

        var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        if (gzip)
            content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    static void WriteLines(IReadOnlyList<byte[]> events, Stream to)
    {
        foreach (var json in events)
        {
            to.Write(json);
            to.WriteByte((byte)'\n');
        }
    }
}
