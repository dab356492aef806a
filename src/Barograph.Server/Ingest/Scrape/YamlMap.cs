using System.Globalization;
using Barograph.Server.Settings;
using YamlDotNet.RepresentationModel;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>A mapping of a YAML file that is read key by key; a key that nobody asked for is a mistake.</summary>
internal sealed class YamlMap
{
    readonly YamlMappingNode _node;
    readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <exception cref="ScrapeConfigException">It is no mapping.</exception>
    public YamlMap(string path, YamlNode node)
    {
        Path = path;
        _node = node as YamlMappingNode ?? throw new ScrapeConfigException($"{path}, line {node.Start.Line}: 'key: value' is expected");
    }

    public string Path { get; }

    public IEnumerable<string> Keys => _node.Children.Keys.Select(static key => (key as YamlScalarNode)?.Value ?? "");

    /// <summary>A mistake in this mapping.</summary>
    public ScrapeConfigException Mistake(string what) => new($"{Path}, line {_node.Start.Line}: {what}");

    /// <exception cref="ScrapeConfigException">A key was not asked for.</exception>
    public void RefuseRest()
    {
        if (Keys.FirstOrDefault(key => !_asked.Contains(key)) is { } unknown)
            throw Mistake($"'{unknown}' is not known; known here are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}");
    }

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode scalar => scalar.Value,
        _ => throw Mistake($"{key}: a single value is expected"),
    };

    /// <summary>A path, which is meant from the folder of this file on.</summary>
    public string? FilePath(string key) =>
        Text(key) is { } path ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!, path) : null;

    public IEnumerable<string> Texts(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode items => items.Select(item => (item as YamlScalarNode)?.Value ?? throw Mistake($"{key}: a list of texts is expected")),
        _ => throw Mistake($"{key}: a list is expected"),
    };

    /// <summary>All keys and values, when all are texts.</summary>
    public Dictionary<string, string> AllTexts() => Keys.ToDictionary(static key => key, key => Text(key) ?? "", StringComparer.Ordinal);

    public YamlMap? Map(string key) => Find(key) is { } node ? new YamlMap(Path, node) : null;

    public IEnumerable<YamlMap> Maps(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode items => items.Select(item => new YamlMap(Path, item)),
        _ => throw Mistake($"{key}: a list is expected"),
    };

    public TimeSpan? Time(string key)
    {
        if (Text(key) is not { } text)
            return null;
        return Duration.TryParse(text, out var time) && time > TimeSpan.Zero ? time : throw Mistake($"{key}: '{text}' is not allowed; allowed is a time such as 15s or 1m");
    }

    public bool? Truth(string key) => Text(key) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var text => throw Mistake($"{key}: '{text}' is not allowed; allowed is true or false"),
    };

    public int? Whole(string key)
    {
        if (Text(key) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Mistake($"{key}: '{text}' is not a whole number");
    }

    /// <summary>Bytes, as 512KB or 10MB (of 1024), capped at what a request may have.</summary>
    public int? Bytes(string key)
    {
        if (Text(key) is not { } text)
            return null;
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = text[digits..].ToUpperInvariant() switch { "" or "B" => 0, "KB" or "KIB" => 10, "MB" or "MIB" => 20, "GB" or "GIB" => 30, _ => -1 };
        if (unit < 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > int.MaxValue)
            throw Mistake($"{key}: '{text}' is not allowed; allowed is a size such as 10MB");
        return (int)Math.Min(number << unit, 1 << 30);
    }

    public string? OneOf(string key, params ReadOnlySpan<string> allowed)
    {
        if (Text(key) is not { } text)
            return null;
        return allowed.Contains(text) ? text : throw Mistake($"{key}: '{text}' is not allowed; allowed is {string.Join(" or ", allowed!)}");
    }

    YamlNode? Find(string key)
    {
        _asked.Add(key);
        return _node.Children.FirstOrDefault(child => child.Key is YamlScalarNode { Value: { } name } && name == key).Value is { } node
            && node is not YamlScalarNode { Value: null or "" } ? node : null;
    }
}
