using System.Diagnostics.Metrics;
using Barograph.Server.Measures;
using Barograph.Server.Settings;

namespace Barograph.Server.Query;

/// <summary>
/// Reads beside PromQL (events, tasks, traces, logs, hosts, models) stand in the same line as queries: each computes its answer in a turn of
/// <see cref="QueryGate"/>, within the setting <c>query-timeout</c>, and stops when its client has gone. The turn ends before the answer is sent.
/// </summary>
internal sealed class ReadTurns(QueryGate gate, ServerSettings settings, TimeProvider clock, OwnMeasures measures) : IEndpointFilter
{
    readonly Counter<long> _reads = measures.Meter.CreateCounter<long>(
        "barograph_reads_total", "", "Reads of events, traces, logs, hosts and models by route, and how they ended: answered, refused (no turn), timeout or gone (the client).");

    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var hungUp = http.RequestAborted;
        using var limit = new CancellationTokenSource(settings.QueryTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(hungUp, limit.Token);
        try
        {
            using var turn = await gate.EnterAsync(either.Token);
            http.RequestAborted = either.Token;
            var answer = await next(context);
            Count(http, "answered");
            return answer;
        }
        catch (ApiErrorException failure)
        {
            Count(http, failure.Error.Status == StatusCodes.Status503ServiceUnavailable ? "refused" : "answered");
            return Problems.Of(failure.Error, http);
        }
        catch (OperationCanceledException) when (hungUp.IsCancellationRequested)
        {
            Count(http, "gone");
            return TypedResults.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
        catch (OperationCanceledException)
        {
            Count(http, "timeout");
            return Problems.Of(new ApiError(
                "timeout", StatusCodes.Status503ServiceUnavailable,
                $"the answer took longer than {settings.QueryTimeout.TotalSeconds:0.###} s; ask for a shorter time or less, or raise query-timeout"), http);
        }
        finally
        {
            http.RequestAborted = hungUp;
        }
    }

    void Count(HttpContext http, string outcome) => _reads.Add(
        1,
        new KeyValuePair<string, object?>("route", (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText),
        new KeyValuePair<string, object?>("outcome", outcome));
}

/// <summary>For the routes.</summary>
internal static class ReadTurnsExtensions
{
    /// <summary>Lets a route compute its answer in a turn. Its handler looks at <see cref="HttpContext.RequestAborted"/>.</summary>
    public static RouteHandlerBuilder TakesATurn(this RouteHandlerBuilder route) => route.AddEndpointFilter(
        static (context, next) => context.HttpContext.RequestServices.GetRequiredService<ReadTurns>().InvokeAsync(context, next));
}
