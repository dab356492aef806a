using System.Diagnostics.CodeAnalysis;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Barograph.Server.Settings;

/// <summary>
/// Reads the settings from their four places, each over the one before: the defaults, barograph.yaml (or the file of
/// <c>--config</c>), the environment, the command line. Finds every mistake before it gives up.
/// </summary>
internal sealed class SettingsReader
{
    const string DefaultFile = "barograph.yaml";

    readonly List<string> _mistakes = [];
    ServerSettings _settings = new();

    SettingsReader()
    {
    }

    /// <summary>Reads everything.</summary>
    /// <param name="arguments">The command line without the sub-command: <c>--name value</c> or <c>--name=value</c>.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <param name="settings">The settings, when there was no mistake.</param>
    /// <param name="mistakes">Otherwise a sentence for each: where, key, value, and what is allowed.</param>
    public static bool TryRead(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        [NotNullWhen(true)] out ServerSettings? settings,
        out IReadOnlyList<string> mistakes)
    {
        var reader = new SettingsReader();
        var options = reader.SplitArguments(arguments);
        reader.ReadFile(options.GetValueOrDefault("config") ?? environment.GetValueOrDefault("BAROGRAPH_CONFIG"));
        reader.ReadEnvironment(environment);
        foreach (var (name, value) in options)
        {
            if (name != "config")
                reader.Apply(SettingsCatalogue.Find(name)!, value, $"option --{name}");
        }

        mistakes = reader._mistakes;
        settings = mistakes.Count == 0 ? reader._settings : null;
        return settings is not null;
    }

    Dictionary<string, string> SplitArguments(IReadOnlyList<string> arguments)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..(equals < 0 ? argument.Length : equals)] : "";
            if (name != "config" && SettingsCatalogue.Find(name) is null)
            {
                _mistakes.Add($"unknown option '{argument}'{Nearest(name, "--")}; 'barograph help' lists them");
                while (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
                    i++; // its value is no second mistake
            }
            else if (equals >= 0)
            {
                options[name] = argument[(equals + 1)..];
            }
            else if (SettingsCatalogue.Find(name)?.Implied is { } implied
                && (i + 1 == arguments.Count || arguments[i + 1].StartsWith("--", StringComparison.Ordinal)))
            {
                options[name] = implied;
            }
            else if (i + 1 < arguments.Count)
            {
                options[name] = arguments[++i];
            }
            else
            {
                _mistakes.Add($"option --{name} needs a value: allowed is {SettingsCatalogue.Find(name)?.Allowed ?? "a path to a YAML file"}");
            }
        }

        return options;
    }

    void ReadFile(string? named)
    {
        var path = named ?? DefaultFile;
        if (named is null && !File.Exists(path))
            return;
        try
        {
            if (YamlFile.Read(path) is not [var root, ..])
                return;
            if (root is YamlMappingNode mapping)
                ReadMapping(path, mapping);
            else
                _mistakes.Add($"{path}: expected lines of the form 'key: value'");
        }
        catch (YamlException mistake)
        {
            _mistakes.Add($"{path}, line {mistake.Start.Line}: not YAML: {mistake.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _mistakes.Add($"cannot read the configuration file '{path}': {failure.Message}");
        }
    }

    void ReadMapping(string path, YamlMappingNode root)
    {
        foreach (var (keyNode, valueNode) in root.Children)
        {
            var key = (keyNode as YamlScalarNode)?.Value ?? "";
            var place = $"{path}, line {keyNode.Start.Line}";
            if (SettingsCatalogue.Find(key) is not { } setting)
                _mistakes.Add($"{place}: unknown key '{key}'{Nearest(key, "")}");
            else if (valueNode is not YamlScalarNode { Value: { } value })
                _mistakes.Add($"{place}: {key}: expected a single value; allowed is {setting.Allowed}");
            else
                Apply(setting, value, $"{place}: {key}");
        }
    }

    void ReadEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var alias in SettingsCatalogue.Aliases)
        {
            if (!environment.TryGetValue(alias.Variable, out var value) || value.Length == 0)
                continue;
            if (alias.Translate(value) is not { } translated)
                _mistakes.Add($"environment variable {alias.Variable}: '{value}' is not allowed; allowed is {alias.Allowed}");
            else if (translated.Length > 0)
                Apply(SettingsCatalogue.Find(alias.Setting)!, translated, $"environment variable {alias.Variable}");
        }

        foreach (var (variable, value) in environment)
        {
            if (!variable.StartsWith("BAROGRAPH_", StringComparison.Ordinal) || variable == "BAROGRAPH_CONFIG" || value.Length == 0)
                continue;
            if (SettingsCatalogue.All.FirstOrDefault(setting => setting.EnvironmentVariable == variable) is { } setting)
                Apply(setting, value, $"environment variable {variable}");
            else
                _mistakes.Add($"unknown environment variable {variable}{Nearest(variable["BAROGRAPH_".Length..].ToLowerInvariant().Replace('_', '-'), "")}");
        }
    }

    void Apply(Setting setting, string value, string place)
    {
        if (setting.Apply(_settings, value) is { } changed)
            _settings = changed with { Written = new Dictionary<string, string>(changed.Written, StringComparer.Ordinal) { [setting.Name] = value } };
        else
            _mistakes.Add($"{place}: '{value}' is not allowed; allowed is {setting.Allowed}");
    }

    static string Nearest(string name, string prefix)
    {
        var nearest = SettingsCatalogue.All.MinBy(setting => Distance(setting.Name, name))!;
        return Distance(nearest.Name, name) <= 2 ? $"; did you mean '{prefix}{nearest.Name}'?" : "";
    }

    /// <summary>Levenshtein's distance: insertions, deletions and replacements.</summary>
    static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[right.Length];
    }
}
