namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// Says as <c>google.rpc.Status</c>, in the request's own format, what is wrong with a request of OTLP that reached none of its
/// routes.
/// </summary>
internal sealed class OtlpProblems : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        return OtlpGrpcEndpoint.IsGrpc(request) || (HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments("/v1", StringComparison.Ordinal));
    }

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        var status = problem.Status ?? StatusCodes.Status500InternalServerError;
        var (code, text) = (OtlpMessages.GrpcCode(status), problem.Detail ?? problem.Title ?? "");
        if (OtlpGrpcEndpoint.IsGrpc(http.Request))
            OtlpGrpcEndpoint.Refuse(http.Response, code, text);
        else
            await OtlpHttpEndpoint.RefuseAsync(http, status, code, text);
    }
}
