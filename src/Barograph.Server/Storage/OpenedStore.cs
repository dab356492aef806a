using Barograph.TimeSeries;

namespace Barograph.Server.Storage;

/// <summary>
/// The store from the first moment on: being opened, then open. Opening replays the log and may take a while; the server
/// listens meanwhile and says that it is starting.
/// </summary>
internal sealed class OpenedStore(Func<IMetricStore> open, IHostApplicationLifetime lifetime, ILogger<OpenedStore> log) : IHostedService
{
    readonly TaskCompletionSource<IMetricStore> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the store is open; never when it cannot be opened, for then the program stops.</summary>
    public Task<IMetricStore> Task => _opened.Task;

    /// <summary>The store, or null while it is being opened.</summary>
    public IMetricStore? Current => _opened.Task.IsCompletedSuccessfully ? _opened.Task.Result : null;

    /// <summary>Why the program stops, when the store could not be opened.</summary>
    public string? Failure { get; private set; }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        new Thread(Open) { IsBackground = true, Name = "open store" }.Start();
        return System.Threading.Tasks.Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _tried.Task.WaitAsync(cancellationToken); // a store that is still being opened must be closed, too
        if (Current is { } store)
            await store.DisposeAsync();
    }

    void Open()
    {
        try
        {
            _opened.SetResult(open());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Failure = failure.Message;
            lifetime.StopApplication();
        }
#pragma warning disable CA1031 // out of a thread it would abort the process; nothing goes without the store, so the program ends, with a sentence
        catch (Exception unexpected)
#pragma warning restore CA1031
        {
            StorageLog.NotOpened(log, unexpected);
            Failure = $"the store cannot be opened: {unexpected.Message}";
            lifetime.StopApplication();
        }
        finally
        {
            _tried.SetResult();
        }
    }
}

internal static partial class StorageLog
{
    [LoggerMessage(LogLevel.Critical, "A bug in the store: what it touched takes no more writes until the program is restarted.")]
    public static partial void Bug(ILogger logger, Exception bug);

    [LoggerMessage(LogLevel.Warning, "The store: {Trouble}")]
    public static partial void Trouble(ILogger logger, string trouble);

    [LoggerMessage(LogLevel.Critical, "The store failed in a way it should not while it was opened.")]
    public static partial void NotOpened(ILogger logger, Exception failure);

    [LoggerMessage(LogLevel.Information, "The store: nothing is wrong any more.")]
    public static partial void WellAgain(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "The clock: {Trouble}")]
    public static partial void ClockTrouble(ILogger logger, string trouble);

    [LoggerMessage(LogLevel.Information, "The clock: nothing is wrong any more.")]
    public static partial void ClockWellAgain(ILogger logger);
}
