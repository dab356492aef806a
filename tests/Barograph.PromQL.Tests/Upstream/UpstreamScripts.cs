using System.Collections.Concurrent;

namespace Barograph.PromQL.Tests;

/// <summary>Upstream's scripts, which lie beside the project (shared/promql-testdata).</summary>
internal static class UpstreamScripts
{
    public const string Missing = "shared/promql-testdata is not there";

    static readonly ConcurrentDictionary<string, Dictionary<int, TestCase>> Scripts = new(StringComparer.Ordinal);

    /// <summary>Where they are, or null.</summary>
    public static string? Folder { get; } = FindFolder();

    /// <summary>The scripts, or one empty name when there are none.</summary>
    public static IEnumerable<string> Files() => Folder is null
        ? [""]
        : Directory.EnumerateFiles(Folder, "*.test", SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(Folder, path))
            .Order(StringComparer.Ordinal);

    /// <summary>The cases of a script, by line.</summary>
    public static Dictionary<int, TestCase> Script(string file) => Scripts.GetOrAdd(file,
        static name => TestScript.Parse(name, File.ReadAllLines(Path.Combine(Folder!, name))).ToDictionary(static test => test.Line));

    static string? FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "promql-testdata");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
