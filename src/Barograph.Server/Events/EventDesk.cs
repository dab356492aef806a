using Barograph.Server.Definitions;
using Barograph.Server.Settings;
using Barograph.Server.Storage;

namespace Barograph.Server.Events;

/// <summary>The events of this server from the first moment on: the log opens when the store is open, and is closed before it.</summary>
internal sealed class EventDesk(OpenedStore opened, ServerSettings settings, DefinitionDesk definitions, TimeProvider clock, ILogger<EventDesk> logger) : BackgroundService
{
    static readonly TimeSpan ForgetInterval = TimeSpan.FromMinutes(1);

    readonly TaskCompletionSource<EventLog> _log = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the log is open.</summary>
    public Task<EventLog> Opened => _log.Task;

    /// <summary>The log, or null while it is being opened.</summary>
    public EventLog? Log => _log.Task.IsCompletedSuccessfully ? _log.Task.Result : null;

    /// <summary>Why there are no events, when the log could not be opened.</summary>
    public string? Failure { get; private set; }

    /// <summary>What makes series of the events; there when the log is open.</summary>
    public Derivation? Derivation { get; private set; }

    /// <summary>How identities are hashed, or null when they are not.</summary>
    public IdentityHash? Identities { get; private set; }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Log?.Stop();
        Derivation?.Dispose(); // reads the log to its end
        Log?.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await opened.Task.WaitAsync(stoppingToken);
        try
        {
            Open();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            Failure = cause.Message;
            EventLogMessages.NotOpened(logger, cause.Message);
            return;
        }

        using var timer = new PeriodicTimer(ForgetInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Log!.Forget();
    }

    void Open()
    {
        var folder = Path.Combine(settings.Data, "events");
        var identities = definitions.Identities.Value; // made now: a disk that is full later does not matter to who defines a hashed label
        if (settings.EventsHashIdentities)
            Identities = identities;
        Derivation? derivation = null;
        var kept = new EventLogOptions(Path.Combine(folder, "log"), settings.EventsRetention, settings.EventsSizeBytes)
        {
            DiskReserveBytes = settings.DiskReserveBytes,
            ReportBug = bug => EventLogMessages.Broken(logger, bug),
        };
        var log = new EventLog(kept, clock, (place, events) => derivation!.Take(place, events));
        Derivation = derivation = new Derivation(opened.Current!, log, definitions.Rules, Path.Combine(folder, "derived"), clock, what => EventLogMessages.Trouble(logger, what));
        log.KeepFromSegment = () => derivation.KeepFromSegment;
        definitions.Changed = derivation.Define;
        derivation.Start();
        log.Start();
        _log.SetResult(log);
    }
}

internal static partial class EventLogMessages
{
    [LoggerMessage(LogLevel.Error, "Events are not taken: {Reason}")]
    public static partial void NotOpened(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Critical, "A bug: no more events are taken until the program is restarted.")]
    public static partial void Broken(ILogger logger, Exception bug);

    [LoggerMessage(LogLevel.Warning, "Events: {What}")]
    public static partial void Trouble(ILogger logger, string what);
}
