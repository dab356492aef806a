using Barograph.Server.Data.Backup;
using Barograph.TimeSeries;

namespace Barograph.Server.Storage.Commands;

/// <summary><c>barograph store …</c>: what can be done with a store's folder while no server has it open.</summary>
internal static class StoreCommands
{
    const int Done = 0, Impossible = 1, WrongUse = 2, DamageFound = 3;

    const string Usage =
        """
        Works on the folder of a store that no server has open.

        Usage: barograph store <command> <folder> …

          inspect <folder> [--json]     what is in it, from the parts that opening reads
          verify <folder> [--json]      reads every byte and says what is not as it was written, and what is lost with it
          compact <folder>              puts the log into blocks, sums up rollups, merges blocks; drops nothing for its age
          backup <folder> <target>      as 'barograph backup <target> --data <folder>'
          restore <backup> <folder>     copies a backup, of an earlier version or damaged, too, as far as it goes, into a folder that is empty or not there;
                                        'barograph restore' takes whole ones only
          dump <folder> [--match 'up{job="node"}'] [--from <time>] [--to <time>]
                                        prints samples as lines of JSON; times are 2026-01-31T12:00:00Z or Unix seconds

        inspect, verify and dump change nothing in the folder.

        Exit codes: 0 done, 1 could not be done (the error output says why), 2 not understood, 3 done, but something is damaged.
        """;

    /// <summary>Runs a sub-command.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, CancellationToken stopping = default)
    {
        if (arguments.Length == 0 || arguments.Contains("--help") || arguments.Contains("-h"))
        {
            await Console.Out.WriteLineAsync(Usage);
            return arguments.Length == 0 ? WrongUse : Done;
        }

        try
        {
            return await RunAsync(arguments[0], arguments[1..], stopping);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or LimitExceededException)
        {
            await Console.Error.WriteLineAsync($"barograph store {arguments[0]}: {cause.Message}");
            return Impossible;
        }
    }

    static Task<int> RunAsync(string command, string[] arguments, CancellationToken stopping) => (command, arguments) switch
    {
        ("inspect", [var folder]) => Show(MetricStore.Inspect(folder, stopping), asJson: false, verified: false),
        ("inspect", [var folder, "--json"]) => Show(MetricStore.Inspect(folder, stopping), asJson: true, verified: false),
        ("verify", [var folder]) => Show(MetricStore.Verify(folder, stopping), asJson: false, verified: true),
        ("verify", [var folder, "--json"]) => Show(MetricStore.Verify(folder, stopping), asJson: true, verified: true),
        ("compact", [var folder]) => CompactAsync(folder, stopping),
        ("backup", [var folder, var target]) => BackupCommands.RunAsync("backup", target, folder, stopping),
        ("restore", [var backup, var folder]) => RestoreAsync(backup, folder, stopping),
        ("dump", [var folder, .. var options]) => DumpAsync(folder, options, stopping),
        _ => Misunderstood(command, arguments),
    };

    static async Task<int> Show(StoreReport report, bool asJson, bool verified)
    {
        await Console.Out.WriteAsync(asJson ? StoreReportText.Json(report) : StoreReportText.Text(report, verified));
        return report.IsWhole ? Done : DamageFound;
    }

    static async Task<int> CompactAsync(string folder, CancellationToken stopping)
    {
        var before = MetricStore.Inspect(folder, stopping); // also sees to it that a mistyped folder does not become a store
        await using (var store = MetricStore.Open(folder, s_keepAll))
            await store.CompactAsync(stopping);
        var after = MetricStore.Inspect(folder, stopping);
        await Console.Out.WriteLineAsync($"{after.Folder}: {StoreReportText.Size(before.SizeBytes)} in {before.Files.Count} files before, {StoreReportText.Size(after.SizeBytes)} in {after.Files.Count} now.");
        return await TellDamage(after);
    }

    static async Task<int> RestoreAsync(string backup, string folder, CancellationToken stopping)
    {
        MetricStore.Restore(backup, folder, stopping);
        return await TellCopy(folder, "restored", stopping);
    }

    static async Task<int> TellCopy(string folder, string done, CancellationToken stopping)
    {
        var copy = MetricStore.Verify(folder, stopping);
        await Console.Out.WriteLineAsync($"{copy.Folder}: {copy.SeriesCount:N0} series, {copy.BlockSampleCount + copy.LogSampleCount:N0} samples {done} and verified.");
        return await TellDamage(copy);
    }

    static async Task<int> TellDamage(StoreReport report)
    {
        if (report.IsWhole)
            return Done;
        await Console.Out.WriteAsync(StoreReportText.DamageText(report));
        return DamageFound;
    }

    static async Task<int> DumpAsync(string folder, string[] options, CancellationToken stopping)
    {
        if (!DumpOptions.TryRead(options, out var wanted, out var mistake))
        {
            await Console.Error.WriteLineAsync($"barograph store dump: {mistake}");
            return WrongUse;
        }

        using var store = ReadOnlyStore.Open(folder);
        await using (var output = Console.OpenStandardOutput())
            StoreDump.Write(store, wanted.Matchers, wanted.Range, output, stopping);
        foreach (var damage in store.Damage.Where(static damage => !damage.IsUsualAfterKill))
            await Console.Error.WriteLineAsync($"{damage.File}: {damage.What}");
        return store.Damage.Any(static damage => !damage.IsUsualAfterKill) ? DamageFound : Done;
    }

    static async Task<int> Misunderstood(string command, string[] arguments)
    {
        var known = command is "inspect" or "verify" or "compact" or "backup" or "restore";
        await Console.Error.WriteLineAsync(known
            ? $"barograph store {command}: '{string.Join(' ', arguments)}' is not what it takes; 'barograph store --help' shows it"
            : $"barograph store: unknown command '{command}'; 'barograph store --help' lists them");
        return WrongUse;
    }

    // A tool does not know what the server's settings keep: it keeps everything.
    static readonly StoreOptions s_keepAll = new() { Retention = null, RollupRetention = RollupRetention.Unlimited };
}
