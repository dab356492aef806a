using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Barograph.Server.Settings;

/// <summary>
/// The files of the operator that are YAML: settings, what is scraped, targets, definitions. Who reads them walks them recursively; what
/// would end that only with the process, nesting without measure or a part that contains itself, is a mistake like any other.
/// </summary>
internal static class YamlFile
{
    const int DepthMax = 100, NodesMax = 1_000_000;

    /// <summary>Reads a file.</summary>
    /// <returns>The root of each document; every key in them is a text.</returns>
    /// <exception cref="YamlException">It is not YAML, or nests or repeats itself too much; says where.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static IReadOnlyList<YamlNode> Read(string path)
    {
        if (Directory.Exists(path))
            throw new IOException("it is a folder, where a file must be");
        using var text = new StreamReader(path);
        var stream = new YamlStream();
        stream.Load(new BoundedParser(new Parser(text)));
        List<YamlNode> roots = [.. stream.Documents.Select(static document => document.RootNode)];
        var nodes = 0;
        foreach (var root in roots)
            Walk(root, 0, ref nodes);
        return roots;
    }

    /// <summary>Counts what there is with each alias followed, as readers do.</summary>
    static void Walk(YamlNode node, int depth, ref int nodes)
    {
        if (depth > DepthMax)
            throw Mistake(node, $"more than {DepthMax} levels deep, or a part that contains itself");
        if (++nodes > NodesMax)
            throw Mistake(node, $"more than {NodesMax} parts, with those that aliases repeat");
        switch (node)
        {
            case YamlSequenceNode list:
                foreach (var item in list.Children)
                    Walk(item, depth + 1, ref nodes);
                break;
            case YamlMappingNode map:
                foreach (var (key, value) in map.Children)
                {
                    if (key is not YamlScalarNode)
                        throw Mistake(key, "a key must be a text");
                    Walk(value, depth + 1, ref nodes);
                }

                break;
        }
    }

    static YamlException Mistake(YamlNode node, string what) => new(node.Start, node.End, what);

    /// <summary>Ends what is nested too deeply before the tree of it is built, which is recursive too.</summary>
    sealed class BoundedParser(IParser inner) : IParser
    {
        int _depth;

        public ParsingEvent? Current => inner.Current;

        public bool MoveNext()
        {
            if (!inner.MoveNext())
                return false;
            if (inner.Current is { } one && (_depth += one.NestingIncrease) > DepthMax)
                throw new YamlException(one.Start, one.End, $"more than {DepthMax} levels deep");
            return true;
        }
    }
}
