using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>What a relabelling step does.</summary>
internal enum RelabelAction
{
    Replace,
    Keep,
    Drop,
    KeepEqual,
    DropEqual,
    HashMod,
    LabelMap,
    LabelDrop,
    LabelKeep,
    Lowercase,
    Uppercase,
}

/// <summary>One step of Prometheus' <c>relabel_configs</c>, with its defaults.</summary>
internal sealed record RelabelStep
{
    public RelabelAction Action { get; init; }

    public IReadOnlyList<string> SourceLabels { get; init; } = [];

    public string Separator { get; init; } = ";";

    public string TargetLabel { get; init; } = "";

    public string Replacement { get; init; } = "$1";

    public ulong Modulus { get; init; }

    /// <summary>Anchored at both ends, in linear time.</summary>
    public Regex Regex { get; init; } = Anchored("(.*)");

    /// <summary>A pattern as relabelling uses it; RE2 writes named groups with a P.</summary>
    /// <exception cref="ArgumentException">It is not valid.</exception>
    public static Regex Anchored(string pattern) => new(
        $"^(?s:{pattern.Replace("(?P<", "(?<", StringComparison.Ordinal)})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Changes labels; false when the series or target is to be dropped.</summary>
    public bool Apply(SortedDictionary<string, string> labels)
    {
        var source = string.Join(Separator, SourceLabels.Select(name => labels.GetValueOrDefault(name, "")));
        switch (Action)
        {
            case RelabelAction.Keep:
                return Regex.IsMatch(source);
            case RelabelAction.Drop:
                return !Regex.IsMatch(source);
            case RelabelAction.KeepEqual:
                return labels.GetValueOrDefault(TargetLabel, "") == source;
            case RelabelAction.DropEqual:
                return labels.GetValueOrDefault(TargetLabel, "") != source;
            case RelabelAction.Replace:
                Replace(labels, source);
                return true;
            case RelabelAction.HashMod:
                Set(labels, TargetLabel, (Hash(source) % Modulus).ToString());
                return true;
            case RelabelAction.Lowercase:
                Set(labels, TargetLabel, source.ToLowerInvariant());
                return true;
            case RelabelAction.Uppercase:
                Set(labels, TargetLabel, source.ToUpperInvariant());
                return true;
            default:
                ApplyToNames(labels);
                return true;
        }
    }

    void Replace(SortedDictionary<string, string> labels, string source)
    {
        if (Regex.Match(source) is not { Success: true } match)
            return;
        var target = Expand(match, TargetLabel);
        if (target.Length > 0)
            Set(labels, target, Expand(match, Replacement));
    }

    void ApplyToNames(SortedDictionary<string, string> labels)
    {
        foreach (var (name, value) in labels.ToArray())
        {
            var match = Regex.Match(name);
            if (Action == RelabelAction.LabelMap && match.Success)
                Set(labels, Expand(match, Replacement), value);
            else if (Action != RelabelAction.LabelMap && match.Success == (Action == RelabelAction.LabelDrop))
                labels.Remove(name);
        }
    }

    static void Set(SortedDictionary<string, string> labels, string name, string value)
    {
        if (value.Length == 0)
            labels.Remove(name);
        else
            labels[name] = value;
    }

    /// <summary>Go's rules: <c>$1</c>, <c>${1}</c>, <c>${name}</c>; <c>$$</c> is a dollar.</summary>
    static string Expand(Match match, string template)
    {
        if (!template.Contains('$', StringComparison.Ordinal))
            return template;
        var text = new StringBuilder();
        for (var at = 0; at < template.Length; at++)
        {
            if (template[at] != '$' || at + 1 == template.Length)
            {
                text.Append(template[at]);
                continue;
            }

            var isBraced = template[at + 1] == '{';
            var start = at + (isBraced ? 2 : 1);
            var end = start;
            while (end < template.Length && (char.IsAsciiLetterOrDigit(template[end]) || template[end] == '_'))
                end++;
            if (template[at + 1] == '$')
                (start, end) = (at + 1, at + 2);
            text.Append(template[at + 1] == '$' ? "$" : match.Groups[template[start..end]].Value);
            at = isBraced ? end : end - 1;
        }

        return text.ToString();
    }

    /// <summary>The last eight bytes of the MD5 sum, as Prometheus does it, so that shards of both agree.</summary>
    static ulong Hash(string source)
    {
#pragma warning disable CA5351 // not for security
        var sum = MD5.HashData(Encoding.UTF8.GetBytes(source));
#pragma warning restore CA5351
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(sum.AsSpan(8));
    }
}
