using Barograph.Server.Data;
using Barograph.Server.Definitions;
using Barograph.Server.Processes;
using Barograph.Server.Settings;
using Barograph.Server.Sources;
using Barograph.Server.Storage;

namespace Barograph.Server.Events;

/// <summary>The events of this server from the first moment on: the log opens when the store is open, and is closed before it.</summary>
internal sealed class EventDesk(
    OpenedStore opened, ServerSettings settings, DefinitionDesk definitions, RejectBook rejects, SourceLedger sources, TimeProvider clock,
    Workers workers, Warnings warnings, ILogger<EventDesk> logger) : SupervisedService("events", workers), IBackupPart
{
    static readonly TimeSpan OpenAgainInterval = TimeSpan.FromSeconds(10);
    static readonly TimeSpan ForgetInterval = TimeSpan.FromMinutes(1);

    /// <summary>Of the warning.</summary>
    const string Place = "events";

    readonly TaskCompletionSource<EventLog> _log = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _damageTold; // of the log that is open

    /// <summary>Completes when the log is open.</summary>
    public Task<EventLog> Opened => _log.Task;

    /// <summary>The log, or null while it is being opened.</summary>
    public EventLog? Log => _log.Task.IsCompletedSuccessfully ? _log.Task.Result : null;

    /// <summary>Why there are no events, when the log could not be opened.</summary>
    public string? Failure { get; private set; }

    /// <summary>What makes series of the events; there when the log is open.</summary>
    public Derivation? Derivation { get; private set; }

    string Folder => Path.Combine(settings.Data, "events");

    /// <summary>How identities are hashed, or null when they are not.</summary>
    public IdentityHash? Identities { get; private set; }

    /// <inheritdoc/>
    public IEnumerable<(string Path, long SizeBytes)> GrowingFiles => Log?.Records.Files ?? [];

    string DerivedFolder => Path.Combine(settings.Data, "events", "derived");

    /// <inheritdoc/>
    public async Task<StandStill> StandStillAsync(CancellationToken cancel)
    {
        if (Failure is not null)
            return new StandStill(Derivation.ReadFiles(DerivedFolder)); // nothing is derived: they lie still
        await Opened.WaitAsync(cancel);
        return await Derivation!.HoldAsync(cancel);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Log?.Stop();
        Derivation?.Dispose(); // reads the log to its end
        Log?.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        await opened.Task.WaitAsync(stopping);
        while (Log is null && !TryOpen())
            await Task.Delay(OpenAgainInterval, clock, stopping);
        using var timer = new PeriodicTimer(ForgetInterval, clock);
        while (await timer.WaitForNextTickAsync(stopping))
            TryForget();
    }

    bool TryOpen()
    {
        try
        {
            Open();
            Failure = null;
            warnings.Clear(Place);
            return true;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            Trouble(cause);
            return false;
        }
        catch (Exception unexpected)
        {
            Trouble(unexpected);
            throw; // and tried again
        }
    }

    void Trouble(Exception cause)
    {
        if (Failure != cause.Message)
            EventLogMessages.NotOpened(logger, cause.Message);
        Failure = cause.Message;
        warnings.Set(Place, $"Events are not taken; it is tried again: {cause.Message}");
    }

    void TryForget()
    {
        try
        {
            TellDamage(Log!);
            Log!.Forget();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            EventLogMessages.Trouble(logger, cause.Message);
        }
    }

    /// <summary>Tells what was met in the log since it was told last: when it was opened, and by whoever read it.</summary>
    void TellDamage(EventLog log)
    {
        var damage = log.Records.Damage;
        foreach (var one in damage.Skip(_damageTold).Where(static one => !one.IsUsualAfterKill))
            EventLogMessages.Trouble(logger, $"{one.File}: {one.What}");
        _damageTold = damage.Count;
    }

    void Open()
    {
        var identities = definitions.Identities.Value; // made now: a disk that is full later does not matter to who defines a hashed label
        if (settings.EventsHashIdentities)
            Identities = identities;
        Derivation? derivation = null;
        var kept = new EventLogOptions(Path.Combine(Folder, "log"), settings.EventsRetention, settings.EventsSizeBytes)
        {
            DiskReserveBytes = settings.DiskReserveBytes,
            ReportBug = bug => EventLogMessages.Broken(logger, bug),
        };
        var log = new EventLog(kept, clock, (place, events) => derivation!.Take(place, events), Workers);
        try
        {
            derivation = new Derivation(
                opened.Current!, log, definitions.Rules, DerivedFolder, clock,
                new DerivationTroubles(
                    what => EventLogMessages.Trouble(logger, what),
                    (one, failure) => rejects.SetAside(one, failure, Identities is not null),
                    (accepted, refused) => sources.Count(SourceLedger.DerivedDoor, "events", accepted, refused)), Workers);
            log.KeepFromSegment = () => derivation.KeepFromSegment;
            derivation.Start();
        }
        catch
        {
            log.Dispose(); // it is tried again, and the folder must be free then
            throw;
        }

        Derivation = derivation;
        definitions.Changed = derivation.Define;
        log.Start();
        _damageTold = 0;
        TellDamage(log);
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
