using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Functions that change labels and leave values as they are.</summary>
internal static class LabelFunctions
{
    public static IEnumerable<FunctionDefinition> Rows =>
    [
        new("label_replace",
            [ExpressionType.InstantVector, ExpressionType.String, ExpressionType.String, ExpressionType.String, ExpressionType.String],
            ExpressionType.InstantVector, static site => Replace(site)),
        new("label_join", [ExpressionType.InstantVector, ExpressionType.String, ExpressionType.String, ExpressionType.String],
            ExpressionType.InstantVector, static site => Join(site))
        {
            Repeats = true,
            Optional = 1,
        },
    ];

    static VectorNode Replace(CallSite site)
    {
        var (target, replacement, source) = (Target(site), site.Text(2), site.Text(3));
        Regex pattern;
        try
        {
            pattern = Re2.Compile(site.Text(4));
        }
        catch (ArgumentException exception)
        {
            throw new QueryException($"invalid regular expression in label_replace(): {exception.Message}");
        }

        var template = new ReplacementTemplate(replacement, CaptureGroups.Of(site.Text(4)));
        return Relabelled(site, target, labels =>
        {
            var match = pattern.Match(labels.Get(source));
            return match.Success ? template.Expand(match) : null;
        });
    }

    static VectorNode Join(CallSite site)
    {
        var (target, separator) = (Target(site), site.Text(2));
        var sources = Enumerable.Range(3, Math.Max(0, site.Count - 3)).Select(site.Text).ToArray();
        foreach (var source in sources)
        {
            if (!Quoting.IsValidLabel(source))
                throw new QueryException($"invalid source label name in label_join(): {Quoting.Quote(source)}");
        }

        return Relabelled(site, target, labels => string.Join(separator, sources.Select(labels.Get)));
    }

    static string Target(CallSite site) => Quoting.IsValidLabel(site.Text(1))
        ? site.Text(1)
        : throw new QueryException($"invalid destination label name in {site.Call.Function}(): {Quoting.Quote(site.Text(1))}");

    // A name that is to be dropped at the end can be read here, and one that is set here stays.
    static VectorNode Relabelled(CallSite site, string target, Func<Labels, string?> valueOf)
    {
        var input = site.Vector(0);
        var heads = site.Run.OfLabels(site.Call, input.Heads, () =>
        {
            var heads = new SeriesHead[input.Heads.Length];
            for (var i = 0; i < heads.Length; i++)
            {
                var head = site.Run.DelaysNameRemoval ? input.Heads[i] : new SeriesHead(input.Heads[i].Effective, nameless: false);
                heads[i] = valueOf(head.Labels) is { } value
                    ? new SeriesHead(With(head.Labels, target, value), head.Nameless && target != Labels.MetricName)
                    : head;
            }

            return heads;
        });
        return MergedNode.Exactly(site.Run, new RenamedNode(input, heads));
    }

    static Labels With(Labels labels, string name, string value) =>
        Labels.From(labels.Where(label => label.Name != name).Append(new Label(name, value)));
}

/// <summary>The same values under other labels.</summary>
internal sealed class RenamedNode(VectorNode input, SeriesHead[] heads) : VectorNode
{
    public override SeriesHead[] Heads => heads;

    public override void Read(int series, Column into, Worker worker) => input.Read(series, into, worker);
}

/// <summary>A replacement with <c>$1</c>, <c>${1}</c>, <c>$name</c>, <c>${name}</c> and <c>$$</c>. A group that is not there is empty.</summary>
internal sealed class ReplacementTemplate
{
    readonly List<(string Text, bool IsGroup)> _parts = [];

    public ReplacementTemplate(string template, IReadOnlyList<string> groups)
    {
        for (var i = 0; i < template.Length;)
        {
            var dollar = template.IndexOf('$', i);
            if (dollar < 0 || dollar == template.Length - 1)
            {
                _parts.Add((template[i..], false));
                return;
            }

            _parts.Add((template[i..dollar], false));
            i = ReadReference(template, dollar + 1, groups);
        }
    }

    public string Expand(Match match)
    {
        var text = new StringBuilder();
        foreach (var (part, isGroup) in _parts)
            text.Append(isGroup ? match.Groups[part].Value : part);
        return text.ToString();
    }

    int ReadReference(string template, int start, IReadOnlyList<string> groups)
    {
        if (template[start] == '$')
        {
            _parts.Add(("$", false));
            return start + 1;
        }

        var braced = template[start] == '{';
        var end = start + (braced ? 1 : 0);
        while (end < template.Length && (char.IsAsciiLetterOrDigit(template[end]) || template[end] == '_'))
            end++;
        var name = template[(start + (braced ? 1 : 0))..end];
        if (name.Length == 0 || (braced && (end == template.Length || template[end] != '}')))
        {
            _parts.Add(("$", false));
            return start;
        }

        var group = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number < groups.Count ? groups[number] : null
            : groups.FirstOrDefault(known => known == name);
        if (group is not null)
            _parts.Add((group, true));
        return braced ? end + 1 : end;
    }
}

/// <summary>
/// The groups of a pattern by their number in RE2, where all are counted from the left. .NET counts those without a name first, then those
/// with one.
/// </summary>
internal static class CaptureGroups
{
    /// <returns>At each number .NET's name of the group; 0 is the whole match.</returns>
    public static IReadOnlyList<string> Of(string pattern)
    {
        var (groups, unnamed, inClass) = (new List<string> { "0" }, 0, false);
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\' when pattern.AsSpan(i).StartsWith("\\Q", StringComparison.Ordinal):
                    var end = pattern.IndexOf("\\E", i, StringComparison.Ordinal);
                    i = end < 0 ? pattern.Length : end + 1;
                    break;
                case '\\':
                    i++;
                    break;
                case '[' when !inClass:
                    inClass = true;
                    i += pattern.AsSpan(i).StartsWith("[^]", StringComparison.Ordinal) ? 2 : pattern.AsSpan(i).StartsWith("[]", StringComparison.Ordinal) ? 1 : 0;
                    break;
                case ']':
                    inClass = false;
                    break;
                case '(' when !inClass:
                    var rest = pattern.AsSpan(i + 1);
                    if (!rest.StartsWith("?", StringComparison.Ordinal))
                        groups.Add((++unnamed).ToString(CultureInfo.InvariantCulture));
                    else if (rest.StartsWith("?P<", StringComparison.Ordinal) || rest.StartsWith("?<", StringComparison.Ordinal))
                        groups.Add(rest[(rest.IndexOf('<') + 1)..rest.IndexOf('>')].ToString());
                    break;
            }
        }

        return groups;
    }
}
