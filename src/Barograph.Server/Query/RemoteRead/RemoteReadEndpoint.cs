using System.Buffers;
using Barograph.Server.Api;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Settings;

namespace Barograph.Server.Query.RemoteRead;

/// <summary>
/// <c>POST /api/v1/read</c>: Prometheus' remote read, with which a Prometheus reads our series as its own. Answers with
/// <c>SAMPLES</c>; who takes only <c>STREAMED_XOR_CHUNKS</c> is refused.
/// </summary>
internal static class RemoteReadEndpoint
{
    const string Protobuf = "application/x-protobuf";

    /// <summary>For the API's document.</summary>
    public static RouteDescription Describe(RouteDescription route) => route
        .Says("The answer is of the type `SAMPLES`, which every client takes; native histograms are left out. The limits of queries hold, and the answer has at most 256 MiB.")
        .Header("Content-Encoding", "`snappy` (block format).")
        .Body(Protobuf, Shape.Bytes, "`prometheus.ReadRequest`, compressed with snappy.")
        .Answer(200, "`prometheus.ReadResponse`, compressed with snappy.", Shape.Bytes, Protobuf)
        .Answer(400, "The request is not understood, takes only another type of answer, or asks for more than the limits allow.", Shape.Text, "text/plain")
        .Answer(413, "The request is too large.", Shape.Text, "text/plain")
        .Answer(500, "A mistake of ours; the server's log has it.", Shape.Text, "text/plain")
        .Answer(503, "It took too long, the store is being opened, or too many queries wait.", Shape.Text, "text/plain");

    public static async Task<IResult> ReadAsync(HttpContext http, QueryDesk desk, QueryGate gate, IngestDesk doors, ServerSettings settings)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        late.CancelAfter(settings.QueryTimeout);
        try
        {
            using var body = doors.OpenBody();
            if (await body.ReadAsync(http.Request, BodyEncoding.SnappyBlock) is { } refusal)
                return TypedResults.Text($"{refusal.Text}\n", statusCode: refusal.Status);
            var request = ReadRequest.Decode(body.Bytes);
            if (!request.TakesSamples)
                throw new ApiErrorException(ApiError.BadData("none of the accepted response types is given here; supported: SAMPLES"));
            var store = desk.Store;
            using var turn = await gate.EnterAsync(late.Token);
            using var answer = new ReadResponse(settings.QueryMaxSamples, late.Token);
            foreach (var query in request.Queries)
                answer.Add(store, query);
            await SendAsync(http, answer.Written);
            return TypedResults.Empty;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            return TypedResults.Text($"the read took more than {settings.QueryTimeout.TotalSeconds:0.###} s\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (Exception mistake) when (mistake is MalformedRequestException or ArgumentException or TimeSeries.LimitExceededException)
        {
            return TypedResults.Text($"{mistake.Message}\n", statusCode: StatusCodes.Status400BadRequest);
        }
        catch (ApiErrorException refused)
        {
            if (refused.Error.RetryAfterSeconds is { } seconds)
                http.Response.Headers.RetryAfter = seconds.ToString();
            return TypedResults.Text($"{refused.Error.Text}\n", statusCode: refused.Error.Status);
        }
    }

    static Task SendAsync(HttpContext http, ReadOnlySpan<byte> answer)
    {
        var compressed = ArrayPool<byte>.Shared.Rent(SnappyEncoder.MaxLength(answer.Length));
        var length = new SnappyEncoder().Encode(answer, compressed);
        http.Response.ContentType = Protobuf;
        http.Response.Headers.ContentEncoding = "snappy";
        http.Response.ContentLength = length;
        return WriteAsync();

        async Task WriteAsync()
        {
            await http.Response.Body.WriteAsync(compressed.AsMemory(0, length), http.RequestAborted);
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }
}
