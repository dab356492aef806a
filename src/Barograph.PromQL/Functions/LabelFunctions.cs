using Barograph.Base;
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
        Re2 pattern;
        try
        {
            pattern = Re2.Parse(site.Text(4));
        }
        catch (Re2SyntaxException exception)
        {
            throw new QueryException($"invalid regular expression in label_replace(): {exception.Message}");
        }

        var template = new Re2Template(pattern, replacement);
        return Relabelled(site, target, labels => template.Expand(labels.Get(source)));
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
