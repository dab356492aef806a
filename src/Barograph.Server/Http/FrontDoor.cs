using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;

namespace Barograph.Server.Http;

/// <summary>
/// What every request passes before its route, on every listener: who may speak to us, how long it may be, what an error looks
/// like.
/// </summary>
internal static class FrontDoor
{
    public static void AddFrontDoor(this IServiceCollection services)
    {
        services.AddSingleton<OwnHosts>();
        services.AddSingleton<CallerRules>();
        services.AddSingleton<AnswerHeaders>();
        services.AddSingleton<RefusedRequests>();
        services.AddSingleton<MalformedRequests>();
        services.AddProblemDetails();
    }

    /// <summary>Adds all of it, and the routing. Nothing that reads a request comes before.</summary>
    public static void UseFrontDoor(this WebApplication app)
    {
        var services = app.Services;
        var (rules, refused) = (services.GetRequiredService<CallerRules>(), services.GetRequiredService<RefusedRequests>());
        var listening = services.GetRequiredService<MalformedRequests>().Listen(services.GetRequiredService<DiagnosticListener>());
        app.Lifetime.ApplicationStopped.Register(listening.Dispose);

        services.GetRequiredService<AnswerHeaders>().Use(app);
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = FailedAsync,
            // The client's doing, and no news in our log.
            SuppressDiagnosticsCallback = static failure => failure.Exception is BadHttpRequestException,
        });
        app.UseStatusCodePages(static context => UnknownRoutes.SayAsync(context.HttpContext));
        app.Use((http, next) =>
        {
            if ((rules.Host(http) ?? RequestLimits.Check(http.Request)) is { } refusal)
                return refused.AnswerAsync(http, refusal);
            EncodedPaths.Split(http.Request);
            UnknownRoutes.RouteHeadAsGet(http.Request);
            return next(http);
        });
        app.UseRouting();
        app.Use((http, next) =>
        {
            EncodedPaths.Join(http.Request);
            return rules.Page(http) is { } refusal ? refused.AnswerAsync(http, refusal) : next(http);
        });
    }

    /// <summary>A handler let an exception out: the client's own doing is told to it, anything else is in the log.</summary>
    static Task FailedAsync(HttpContext http) => http.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException mistake
        ? Problem.SayAsync(http, mistake.StatusCode, "The request cannot be read", mistake.Message)
        : Problem.SayAsync(http, StatusCodes.Status500InternalServerError, "The request failed", "The server's log says why.");
}
