using System.Diagnostics;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Barograph.Server.Http;

/// <summary>
/// What the web server refuses while it still reads the head of a request (broken, too long, too slow, without a host) reaches no
/// route, and is answered by it with a status alone. It announces each to who listens, before it answers: there the sentence is
/// written.
/// </summary>
internal sealed class MalformedRequests(RefusedRequests refused, AnswerHeaders headers) : IObserver<KeyValuePair<string, object?>>
{
    const string Event = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    /// <summary>Listens until it is disposed.</summary>
    public IDisposable Listen(DiagnosticListener server) => server.Subscribe(this, static name => name == Event);

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is not IFeatureCollection request
            || request.Get<IBadRequestExceptionFeature>()?.Error is not BadHttpRequestException mistake)
            return;
        var known = Explain(mistake);
        refused.Note(known);
        if (request.Get<IHttpResponseFeature>() is { HasStarted: false } answer
            && request.Get<IHttpResponseBodyFeature>() is { } body
            && request.Get<IConnectionTransportFeature>() is { } connection)
            Answer(answer, body, connection.Transport.Output, known, request.Get<ITlsConnectionFeature>() is not null);
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    /// <summary>
    /// The server writes the head. It has no stream yet for a body of a request that it could not read, so that follows by the
    /// connection itself.
    /// </summary>
    void Answer(IHttpResponseFeature answer, IHttpResponseBodyFeature body, PipeWriter connection, Refused known, bool isHttps)
    {
        var problem = new HeadProblem(known.Title, known.Status, known.Detail);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(problem, HttpJson.Default.HeadProblem);
        answer.StatusCode = known.Status;
        headers.Set(answer.Headers, isHttps);
        answer.Headers.ContentType = "application/problem+json";
        answer.Headers.ContentLength = bytes.Length;
        answer.Headers.Connection = "close";
        if (body.StartAsync().IsCompletedSuccessfully)
            _ = connection.WriteAsync(bytes).AsTask(); // the server ends the connection after this call
    }

    static Refused Explain(BadHttpRequestException mistake)
    {
        var (reason, title, detail) = mistake.StatusCode switch
        {
            StatusCodes.Status414UriTooLong => (Refused.TooLong, "The address is too long", RequestLimits.LongerByPost),
            StatusCodes.Status431RequestHeaderFieldsTooLarge => (Refused.TooLong, "The headers are too long", mistake.Message),
            StatusCodes.Status408RequestTimeout => (Refused.TooSlow, "The request came too slowly", mistake.Message),
            _ => (Refused.Malformed, "The request is not HTTP as it should be", mistake.Message),
        };
        return new Refused(reason, mistake.StatusCode, title, detail);
    }
}
