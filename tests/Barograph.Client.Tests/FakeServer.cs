using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Barograph.Client.Tests;

/// <summary>The server's door as docs/events.md tells it, in memory: what has an id, or names itself, counts once. Answers can be put before it.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    readonly Lock _lock = new(); // guards all below
    readonly Queue<Func<FakeServer, IReadOnlyList<string>, CancellationToken, Task<HttpResponseMessage>>> _script = new();
    readonly List<IReadOnlyList<string>> _requests = [];
    readonly List<string> _kept = [];
    readonly Dictionary<string, string> _byId = new(StringComparer.Ordinal);
    readonly List<string> _encodings = [];

    /// <summary>The events of each request, in the order of arrival, whatever was answered.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Requests => Copy(_requests);

    /// <summary>The content encoding of each request.</summary>
    public IReadOnlyList<string> Encodings => Copy(_encodings);

    /// <summary>Every event that counted.</summary>
    public IReadOnlyList<string> Kept => Copy(_kept);

    public JsonElement Only => JsonDocument.Parse(Assert.Single(Kept)).RootElement;

    public FakeServer Then(Func<FakeServer, IReadOnlyList<string>, CancellationToken, Task<HttpResponseMessage>> answer)
    {
        lock (_lock)
            _script.Enqueue(answer);
        return this;
    }

    public FakeServer Then(HttpStatusCode status, string body = "", TimeSpan? retryAfter = null) => Then((_, _, _) =>
    {
        var response = new HttpResponseMessage(status) { Content = new StringContent(body) };
        if (retryAfter is { } pause)
            response.Headers.RetryAfter = new(pause);
        return Task.FromResult(response);
    });

    /// <summary>The connection cannot be made.</summary>
    public FakeServer ThenAway() => Then(static (_, _, _) => throw new HttpRequestException("Connection refused"));

    /// <summary>Everything is kept, and the answer is lost on the way.</summary>
    public FakeServer ThenLoseAnswer() => Then(static (server, events, _) =>
    {
        server.Keep(events);
        throw new HttpRequestException("Connection reset");
    });

    /// <summary>No answer, ever.</summary>
    public FakeServer ThenHang() => Then(static async (_, _, cancel) =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        throw new InvalidOperationException();
    });

    public HttpResponseMessage Keep(IReadOnlyList<string> events)
    {
        int accepted = 0, duplicates = 0, rejected = 0;
        lock (_lock)
        {
            foreach (var json in events)
            {
                if (Id(json) is not { } id || _byId.TryAdd(id, json))
                {
                    _kept.Add(json);
                    accepted++;
                }
                else if (_byId[id] == json)
                {
                    duplicates++;
                }
                else
                {
                    rejected++;
                }
            }
        }

        return Json(HttpStatusCode.OK, $$"""{"accepted":{{accepted}},"duplicates":{{duplicates}},"rejected":{{rejected}},"rejections":[]}""");
    }

    public static HttpResponseMessage Json(HttpStatusCode status, string body) => new(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Assert.Equal("/api/v1/events", request.RequestUri!.AbsolutePath);
        var encoding = string.Join(',', request.Content!.Headers.ContentEncoding);
        Stream body = await request.Content.ReadAsStreamAsync(cancellationToken);
        if (encoding == "gzip")
            body = new GZipStream(body, CompressionMode.Decompress);
        var text = await new StreamReader(body).ReadToEndAsync(cancellationToken);
        IReadOnlyList<string> events = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Func<FakeServer, IReadOnlyList<string>, CancellationToken, Task<HttpResponseMessage>>? answer;
        lock (_lock)
        {
            _requests.Add(events);
            _encodings.Add(encoding);
            _script.TryDequeue(out answer);
        }

        return answer is null ? Keep(events) : await answer(this, events, cancellationToken);
    }

    static string? Id(string json)
    {
        var fact = JsonDocument.Parse(json).RootElement;
        var type = fact.GetProperty("type").GetString()!;
        if (fact.TryGetProperty("id", out var id))
            return id.GetString();
        var own = type.StartsWith("task.", StringComparison.Ordinal) ? "task_id" : type.StartsWith("model.", StringComparison.Ordinal) ? "prediction_id" : "run_id";
        return fact.TryGetProperty(own, out var name) ? $"{type} {name}" : null;
    }

    IReadOnlyList<T> Copy<T>(List<T> list)
    {
        lock (_lock)
            return [.. list];
    }
}
