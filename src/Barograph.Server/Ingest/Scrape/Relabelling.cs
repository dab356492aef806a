using System.Security.Cryptography;
using System.Text;
using Barograph.Base;

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

    public Re2 Regex { get; init; } = Re2.Parse("(.*)");

    Re2Template TargetTemplate => field ??= new Re2Template(Regex, TargetLabel);

    Re2Template ReplacementTemplate => field ??= new Re2Template(Regex, Replacement);

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
        if (TargetTemplate.Expand(source) is { Length: > 0 } target)
            Set(labels, target, ReplacementTemplate.Expand(source) ?? "");
    }

    void ApplyToNames(SortedDictionary<string, string> labels)
    {
        foreach (var (name, value) in labels.ToArray())
        {
            if (Action != RelabelAction.LabelMap)
            {
                if (Regex.IsMatch(name) == (Action == RelabelAction.LabelDrop))
                    labels.Remove(name);
            }
            else if (ReplacementTemplate.Expand(name) is { } target)
            {
                Set(labels, target, value);
            }
        }
    }

    static void Set(SortedDictionary<string, string> labels, string name, string value)
    {
        if (value.Length == 0)
            labels.Remove(name);
        else
            labels[name] = value;
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
