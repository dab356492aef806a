using System.Collections;
using System.Reflection;
using Barograph.Server.Agent;
using Barograph.Server.Data.Backup;
using Barograph.Server.Settings;
using Barograph.Server.Storage.Commands;

namespace Barograph.Server;

/// <summary>The program's sub-commands. <c>serve</c> is the default, so that options may follow the program's name at once.</summary>
internal static class CommandLine
{
    const int WrongUse = 2;

    /// <summary>The program's own.</summary>
    public static string Version =>
        typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs the program.</summary>
    /// <returns>The exit code: 0 fine, 1 it could not run, 2 it was told something that it does not understand; others are the sub-command's.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var command = arguments.FirstOrDefault(static argument => !argument.StartsWith('-'));
        if (arguments is ["backup" or "restore" or "verify", ..])
            return await BackupCommands.RunAsync(arguments[0], arguments[1..]);
        if (arguments is ["store", ..])
            return await StoreCommands.RunAsync(arguments[1..]);
        if (arguments is ["-h" or "--help" or "help", ..] || arguments.Contains("--help"))
            return Help();
        if (arguments is ["--version" or "version"])
            return Say(Console.Out, $"barograph {Version}", 0);
        if (arguments is ["serve", ..])
            return await ServeAsync(arguments[1..]);
        if (arguments is ["agent", ..])
            return await AgentCommand.RunAsync(arguments[1..]);
        if (arguments.Length == 0 || arguments[0].StartsWith('-'))
            return await ServeAsync(arguments);
        return Say(Console.Error, $"barograph: unknown command '{command}'; 'barograph help' lists them", WrongUse);
    }

    static async Task<int> ServeAsync(string[] options)
    {
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(static entry => (string)entry.Key, static entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
        if (SettingsReader.TryRead(options, environment, out var settings, out var mistakes))
            return await BarographServer.RunAsync(settings);
        foreach (var mistake in mistakes)
            await Console.Error.WriteLineAsync($"barograph: {mistake}");
        return WrongUse;
    }

    static int Help()
    {
        Console.WriteLine(
            """
            Barograph: real-time performance monitoring.

            Usage: barograph [serve] [--option value …]

              serve     collect, keep and show (the default)
              backup    copy everything that is kept, also while the server runs ('barograph backup --help')
              restore   put such a copy back
              verify    read such a copy and say what it holds
              store     look at a store's folder, verify, compact or print it ('barograph store --help')
              agent     collect this host and send it to a server: barograph agent --server URL
              version   print the version
              help      print this

            Options of serve; each is also a key of barograph.yaml and an environment variable:

            """);
        foreach (var setting in SettingsCatalogue.All)
            PrintOption(setting.Name, $"{setting.Help} Default {setting.Default}.", setting.EnvironmentVariable, setting.Allowed);
        Console.WriteLine("  --config\n      Another configuration file than ./barograph.yaml.");
        Console.WriteLine("\nOptions of agent; each is also an environment variable:\n");
        foreach (var option in AgentOptions.All)
            PrintOption(option.Name, option.Help, option.EnvironmentVariable, option.Allowed);
        return 0;
    }

    static void PrintOption(string name, string help, string variable, string allowed) =>
        Console.WriteLine($"  --{name} ({variable})\n      {help}\n      Allowed is {allowed}.");

    static int Say(TextWriter where, string what, int code)
    {
        where.WriteLine(what);
        return code;
    }
}
