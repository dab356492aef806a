using Barograph.Server.Api;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Barograph.TimeSeries;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Barograph.Server.Data.Backup;

/// <summary>What a backup is asked for with.</summary>
/// <param name="Target">A folder of the server's machine, from its root on, that is empty or not there.</param>
internal sealed record BackupRequest(string? Target);

/// <summary><c>POST /api/v1/backup</c>: how <c>barograph backup</c> has a running server copy its data folder.</summary>
internal sealed class BackupRoute(
    OpenedStore opened, IEnumerable<IBackupPart> parts, ServerSettings settings, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<BackupRoute> logger)
{
    public const string Path = "/api/v1/backup";

    readonly SemaphoreSlim _one = new(1);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, PostAsync)
        .Describe(ApiChapters.Server, "Copies the data folder while the server works", static route => route
            .Says("For `barograph backup`: asks for the token in the data folder's file `control`, so that only who can read the data folder can have it copied.")
            .Header("Authorization", "`Bearer` and the token.", required: true)
            .Body("application/json", Shape.Of(DataJson.Default.BackupRequest))
            .Answer(200, "It is made, and was read back: its manifest.", Shape.Of(DataJson.Default.BackupManifest))
            .Problem(400, "The target is not a path from the root on, is not empty, or lies in the data folder.")
            .Problem(401, "The token is not that of the data folder.")
            .Problem(409, "Another backup is being made.")
            .Problem(503, "The store is being opened or stopped, or a disk failed; nothing was made."));

    static async Task<Results<JsonHttpResult<BackupManifest>, ProblemHttpResult>> PostAsync(HttpContext http, ControlToken token, BackupRoute route)
    {
        if (!token.IsCarriedBy(http.Request))
            return Problem(401, "Only who can read the data folder can have it copied: run 'barograph backup' as the server's user.");
        BackupRequest? asked = null;
        try
        {
            asked = await http.Request.ReadFromJsonAsync(DataJson.Default.BackupRequest, http.RequestAborted);
        }
        catch (Exception mistake) when (mistake is System.Text.Json.JsonException or InvalidOperationException or BadHttpRequestException)
        {
            // as if there were nothing in it
        }

        return asked?.Target is { } target && System.IO.Path.IsPathRooted(target) && !target.Contains('\0')
            ? await route.RunAsync(target, http.RequestAborted)
            : Problem(400, "The body must be {\"target\": \"/a/folder\"}, with a path from the root on.");
    }

    async Task<Results<JsonHttpResult<BackupManifest>, ProblemHttpResult>> RunAsync(string target, CancellationToken hungUp)
    {
        if (opened.Current is not MetricStore store)
            return Problem(503, "The store is being opened; ask again.");
        if (!await _one.WaitAsync(0, CancellationToken.None))
            return Problem(409, "Another backup is being made; wait for it.");
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(hungUp, lifetime.ApplicationStopping);
            var manifest = await DataBackup.OfServerAsync(store, [.. parts], settings.Data, target, clock, ending.Token);
            DataLog.BackedUp(logger, manifest.SizeBytes(), manifest.Files().Count(), target);
            return TypedResults.Json(manifest, DataJson.Default.BackupManifest);
        }
        catch (BackupTargetException mistake)
        {
            return Problem(400, mistake.Message);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or OperationCanceledException or ObjectDisposedException)
        {
            var reason = failure is OperationCanceledException or ObjectDisposedException ? "it was cut short" : failure.Message;
            DataLog.NotBackedUp(logger, target, reason);
            return Problem(503, reason);
        }
        finally
        {
            _one.Release();
        }
    }

    static ProblemHttpResult Problem(int status, string text) => TypedResults.Problem(text, statusCode: status);
}
