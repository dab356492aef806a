using System.Diagnostics.CodeAnalysis;
using Barograph.Server.Collect.Host;
using Barograph.Server.Settings;

namespace Barograph.Server.Agent;

/// <summary>What an agent is told at its start.</summary>
internal sealed record AgentOptions
{
    /// <summary>The server: <c>http://host:8000</c>.</summary>
    public Uri? Server { get; init; }

    /// <summary>Sent along as a bearer token; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Folder of the queue; made when it is missing.</summary>
    public string Data { get; init; } = "./agent-data";

    /// <summary>How many bytes of the disk the queue takes at most.</summary>
    public long QueueBytes { get; init; } = 1L << 30;

    /// <summary>How often the host is measured.</summary>
    public TimeSpan Collect { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The label <c>instance</c> of everything that is sent.</summary>
    public string Instance { get; init; } = Environment.MachineName;

    /// <summary>Types of file systems of the host that are not shown, joined by commas.</summary>
    public string HideFilesystems { get; init; } = HiddenMounts.DefaultFilesystems;

    /// <summary>Mounts of the host that are not shown, joined by commas.</summary>
    public string HideMounts { get; init; } = HiddenMounts.DefaultPaths;

    /// <summary>One option: its name, what it is for, what is allowed, and how it is put into the options (null: not allowed).</summary>
    public sealed record Option(string Name, string Allowed, string Help, Func<AgentOptions, string, AgentOptions?> Apply)
    {
        public string EnvironmentVariable => "BAROGRAPH_AGENT_" + Name.ToUpperInvariant().Replace('-', '_');
    }

    /// <summary>All options there are.</summary>
    public static readonly IReadOnlyList<Option> All =
    [
        new("server", "an address such as http://host:8000", "The server that everything is sent to.",
            static (options, text) => Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme is "http" or "https"
                ? options with { Server = server }
                : null),
        new("token", "any text", "Token for servers that ask for one; the environment keeps it out of the list of processes.",
            static (options, text) => text.Any(char.IsControl) ? null : options with { Token = text }),
        new("data", "a path to a folder", "Folder of the queue; made when it is missing. Default ./agent-data.",
            static (options, text) => text.Trim().Length > 0 && !text.Contains('\0') ? options with { Data = text } : null),
        new("queue-bytes", "a size from 1MB to 1TB, such as 512MB or 4GB",
            "How much disk the queue takes at most; when it is full, the oldest samples are dropped and counted. Default 1GB.",
            static (options, text) => Bytes.TryParse(text, out var bytes) && bytes is >= 1 << 20 and <= 1L << 40 ? options with { QueueBytes = bytes } : null),
        new("collect", "a whole number of seconds from 1s to 1h", "How often this host is measured. Default 1s.",
            static (options, text) =>
                Duration.TryParse(text, out var interval) && interval >= TimeSpan.FromSeconds(1) && interval <= TimeSpan.FromHours(1) && interval.Milliseconds == 0
                    ? options with { Collect = interval }
                    : null),
        new("hide-filesystems", "types of file systems, joined by commas, or none", "As of the server: types that are not shown.",
            static (options, text) => HiddenMounts.AreFilesystems(text) ? options with { HideFilesystems = text } : null),
        new("hide-mounts", "paths, joined by commas, or none", "As of the server: mounts that are not shown.",
            static (options, text) => HiddenMounts.ArePaths(text) ? options with { HideMounts = text } : null),
        new("instance", "a name", "What this host is called. Default: its own name.",
            static (options, text) => text.Trim().Length > 0 && !text.Any(char.IsControl) ? options with { Instance = text } : null),
    ];

    /// <summary>Reads the environment and, over it, the command line.</summary>
    /// <param name="arguments">The command line without the sub-command: <c>--name value</c> or <c>--name=value</c>.</param>
    /// <param name="environment">Looks up a variable.</param>
    /// <param name="options">The options, when there was no mistake.</param>
    /// <param name="mistakes">Otherwise a sentence for each.</param>
    public static bool TryRead(
        IReadOnlyList<string> arguments, Func<string, string?> environment, [NotNullWhen(true)] out AgentOptions? options, out List<string> mistakes)
    {
        var read = new AgentOptions();
        var wrong = mistakes = [];
        foreach (var option in All)
        {
            if (environment(option.EnvironmentVariable) is { Length: > 0 } value)
                Apply(option, value, $"environment variable {option.EnvironmentVariable}");
        }

        for (var i = 0; i < arguments.Count; i++)
        {
            var parts = arguments[i].Split('=', 2);
            var option = All.FirstOrDefault(option => "--" + option.Name == parts[0]);
            if (option is null)
                wrong.Add($"unknown option '{arguments[i]}'; 'barograph help' lists those of the agent");
            else if (parts.Length == 2 || i + 1 < arguments.Count)
                Apply(option, parts.Length == 2 ? parts[1] : arguments[++i], $"option --{option.Name}");
            else
                wrong.Add($"option --{option.Name} needs a value: allowed is {option.Allowed}");
        }

        if (wrong.Count == 0 && read.Server is null)
            wrong.Add("where to send to is missing: barograph agent --server http://host:8000");
        options = wrong.Count == 0 ? read : null;
        return options is not null;

        void Apply(Option option, string value, string place)
        {
            if (option.Apply(read, value) is { } changed)
                read = changed;
            else
                wrong.Add($"{place}: '{(option.Name == "token" ? "…" : value)}' is not allowed; allowed is {option.Allowed}");
        }
    }
}
