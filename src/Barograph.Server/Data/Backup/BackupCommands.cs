using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Barograph.Server.Settings;
using Barograph.Server.Storage.Commands;
using Barograph.TimeSeries;

namespace Barograph.Server.Data.Backup;

/// <summary><c>barograph backup</c>, <c>restore</c> and <c>verify</c>: the whole data folder, whether a server runs on it or not.</summary>
internal static class BackupCommands
{
    const int Done = 0, Impossible = 1, WrongUse = 2, DamageFound = 3;

    const string Usage =
        """
        Copies everything that Barograph keeps, and puts it back.

        Usage: barograph backup <folder> [--data <data folder>]    copies the data folder into a new one, and reads it back; the server may run
               barograph verify <folder>                           reads every byte of a backup, and says what it holds
               barograph restore <folder> [--data <data folder>]   copies a backup, once it is known to be whole, into a data folder that is empty or not there

        The data folder is that of the settings when it is not given: barograph.yaml, BAROGRAPH_DATA, or ./data.

        Exit codes: 0 done, 1 could not be done (the error output says why), 2 not understood, 3 done, but something had been damaged before.
        """;

    /// <summary>Runs one.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string command, string[] arguments, CancellationToken stopping = default)
    {
        if (arguments.Length == 0 || arguments.Contains("--help") || arguments.Contains("-h"))
        {
            await Console.Out.WriteLineAsync(Usage);
            return arguments.Length == 0 ? WrongUse : Done;
        }

        if (arguments[0].StartsWith('-'))
            return await MisunderstoodAsync(command, $"the folder comes first, and '{arguments[0]}' is an option");
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(static entry => (string)entry.Key, static entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
        if (!SettingsReader.TryRead(arguments[1..], environment, out var settings, out var mistakes))
            return await MisunderstoodAsync(command, string.Join("; ", mistakes));
        return await RunAsync(command, arguments[0], settings.Data, stopping);
    }

    /// <summary>Runs one on a data folder.</summary>
    public static async Task<int> RunAsync(string command, string folder, string data, CancellationToken stopping)
    {
        try
        {
            switch (command)
            {
                case "backup":
                    await MakeAsync(data, folder, stopping);
                    return await TellAsync(folder, "backed up and verified", stopping);
                case "restore":
                    DataBackup.Restore(folder, data, stopping);
                    return await TellAsync(folder, $"verified and restored into {Path.GetFullPath(data)}", stopping);
                default:
                    return await TellAsync(folder, "verified", stopping);
            }
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or LimitExceededException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync($"barograph {command}: {cause.Message}");
            return Impossible;
        }
    }

    static async Task MakeAsync(string data, string target, CancellationToken stopping)
    {
        if (ControlFile.Read(data) is { } running && await AskServerAsync(running, Path.GetFullPath(target), stopping))
            return;
        await DataBackup.OfFolderAsync(data, target, TimeProvider.System, stopping);
    }

    /// <summary>Has the server that runs on the folder make the copy; false when none answers.</summary>
    static async Task<bool> AskServerAsync(ControlFile running, string target, CancellationToken stopping)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var request = new HttpRequestMessage(HttpMethod.Post, running.Address + BackupRoute.Path)
        {
            Content = JsonContent.Create(new BackupRequest(target), DataJson.Default.BackupRequest),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", running.Token);
        HttpResponseMessage answer;
        try
        {
            answer = await client.SendAsync(request, stopping);
        }
        catch (HttpRequestException gone) when (gone.HttpRequestError is HttpRequestError.ConnectionError)
        {
            return false; // killed: its file is still there
        }

        using (answer)
        {
            if (answer.StatusCode is HttpStatusCode.OK)
                return true;
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.NotFound or HttpStatusCode.MisdirectedRequest)
                return false; // another server, by now
            throw new IOException(await DetailAsync(answer, stopping));
        }
    }

    static async Task<string> DetailAsync(HttpResponseMessage answer, CancellationToken stopping)
    {
        var body = await answer.Content.ReadAsStringAsync(stopping);
        try
        {
            return JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString()!;
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return $"the server answered {(int)answer.StatusCode}";
        }
    }

    static async Task<int> TellAsync(string backup, string done, CancellationToken stopping)
    {
        var (manifest, store) = DataBackup.Verify(backup, stopping);
        var told = string.Create(CultureInfo.InvariantCulture,
            $"{store.Folder}, of {manifest.Made:yyyy-MM-dd HH:mm:ss} UTC: {store.SeriesCount:N0} series, {store.BlockSampleCount + store.LogSampleCount:N0} samples {done}.");
        await Console.Out.WriteLineAsync(told);
        foreach (var room in manifest.Rooms)
        {
            var size = StoreReportText.Size(room.Files.Sum(static file => file.SizeBytes));
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {room.Name,-12} {room.Files.Count,6:N0} files {size,10}  {room.Holds}"));
        }

        if (store.IsWhole)
            return Done;
        await Console.Out.WriteAsync(StoreReportText.DamageText(store));
        return DamageFound;
    }

    static async Task<int> MisunderstoodAsync(string command, string mistake)
    {
        await Console.Error.WriteLineAsync($"barograph {command}: {mistake}; 'barograph {command} --help' shows it");
        return WrongUse;
    }
}
