using Barograph.Server.Data;
using Barograph.Server.Processes;
using Barograph.Server.Storage;

namespace Barograph.Server.Archive;

/// <summary>Opens an archive when the store is open (and with it the data folder is this process' own), keeps it in bounds, closes it.</summary>
internal sealed class ArchiveService(
    string folder, ArchiveLimits limits, OpenedStore opened, TimeProvider clock, Workers workers, Warnings warnings, ILogger<ArchiveService> log)
    : SupervisedService($"{Path.GetFileName(folder)}-archive", workers), IBackupPart
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    readonly TaskCompletionSource<RequestArchive> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _damageTold;

    /// <summary>Completes when the archive is open.</summary>
    public Task<RequestArchive> Task => _opened.Task;

    /// <summary>The archive, or null while it is not open.</summary>
    public RequestArchive? Current => _opened.Task.IsCompletedSuccessfully ? _opened.Task.Result : null;

    /// <inheritdoc/>
    public IEnumerable<(string Path, long SizeBytes)> GrowingFiles => Current?.Files ?? [];

    /// <inheritdoc/>
    public override void Dispose()
    {
        Current?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        await opened.Task.WaitAsync(stopping);
        await System.Threading.Tasks.Task.Yield();
        while (true)
        {
            TryKeep();
            await System.Threading.Tasks.Task.Delay(Interval, clock, stopping);
        }
    }

    void TryKeep()
    {
        try
        {
            if (Current is { } archive)
                archive.Keep();
            else
                _opened.SetResult(archive = RequestArchive.Open(folder, limits, clock, bug => ArchiveLog.Broken(log, bug, folder)));
            foreach (var damage in archive.Damage.Skip(_damageTold).Where(static damage => !damage.IsUsualAfterKill))
                ArchiveLog.Damaged(log, damage.File, damage.What);
            _damageTold = archive.Damage.Count;
            warnings.Clear(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            ArchiveLog.Failed(log, folder, failure.Message);
            warnings.Set(folder, $"The folder {folder} cannot be kept in order; it is tried again: {failure.Message}");
        }
    }
}

internal static partial class ArchiveLog
{
    [LoggerMessage(LogLevel.Critical, "A bug: nothing more is written to {Folder} until the program is restarted.")]
    public static partial void Broken(ILogger logger, Exception bug, string folder);

    [LoggerMessage(LogLevel.Warning, "{File}: {What}")]
    public static partial void Damaged(ILogger logger, string file, string what);

    [LoggerMessage(LogLevel.Warning, "The folder {Folder} cannot be kept in order; it is tried again: {Reason}")]
    public static partial void Failed(ILogger logger, string folder, string reason);
}
