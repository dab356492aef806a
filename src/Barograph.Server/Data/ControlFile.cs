using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Barograph.Server.Processes;
using Barograph.Server.Storage;
using Barograph.TimeSeries;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Barograph.Server.Data;

/// <summary>How a command reaches the server that has a data folder open: docs/adr/0010-backup-asks-the-server.md.</summary>
/// <param name="Address">Where the server listens, on this machine.</param>
/// <param name="Token">Whoever can read it can read the data folder.</param>
internal sealed record ControlFile(string Address, string Token)
{
    public const string Name = "control";

    /// <summary>Reads that of a folder; null when no server has it open, or it is damaged.</summary>
    public static ControlFile? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, Name)), DataJson.Default.ControlFile);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>Writes the control file when the store is open, for then the folder is this process' own, and takes it away at the end.</summary>
internal sealed class ControlToken(
    Settings.ServerSettings settings, OpenedStore opened, IServer server, IHostApplicationLifetime lifetime, Workers workers, ILogger<ControlToken> logger)
    : SupervisedService("control-file", workers)
{
    const int TokenBytes = 32;

    readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
    bool _isWritten;

    /// <summary>Whether a request comes from who can read the data folder.</summary>
    public bool IsCarriedBy(HttpRequest request) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {_token}"));

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_isWritten)
            File.Delete(Path.Combine(settings.Data, ControlFile.Name));
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        await opened.Task.WaitAsync(stopping);
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var told = lifetime.ApplicationStarted.Register(() => listens.TrySetResult());
        await listens.Task.WaitAsync(stopping);
        try
        {
            var first = server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
            var address = first.Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal).Replace("//[::]:", "//[::1]:", StringComparison.Ordinal);
            DurableFile.Replace(
                Path.Combine(settings.Data, ControlFile.Name), JsonSerializer.SerializeToUtf8Bytes(new ControlFile(address, _token), DataJson.Default.ControlFile));
            _isWritten = true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            DataLog.NoControlFile(logger, failure.Message);
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ControlFile))]
[JsonSerializable(typeof(Backup.BackupManifest))]
[JsonSerializable(typeof(Backup.BackupRequest))]
internal sealed partial class DataJson : JsonSerializerContext;

internal static partial class DataLog
{
    [LoggerMessage(LogLevel.Warning, "'barograph backup' cannot reach this server while it runs: {Reason}")]
    public static partial void NoControlFile(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "{Count} files and folders of {Folder} could be read by others; from now on by the owner alone.")]
    public static partial void ModesMended(ILogger logger, int count, string folder);

    [LoggerMessage(LogLevel.Warning, "Others may be able to read {Folder}: {Reason}")]
    public static partial void ModesNotMended(ILogger logger, string folder, string reason);

    [LoggerMessage(LogLevel.Information, "Backed up {SizeBytes} bytes in {Files} files to {Target}.")]
    public static partial void BackedUp(ILogger logger, long sizeBytes, int files, string target);

    [LoggerMessage(LogLevel.Warning, "The backup to {Target} was not made: {Reason}")]
    public static partial void NotBackedUp(ILogger logger, string target, string reason);
}
