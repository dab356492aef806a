using System.Collections.Concurrent;

namespace Barograph.PromQL.Tests;

/// <summary>
/// Prometheus' own test cases, one test each. The data lies beside the project (shared/promql-testdata); without it there is one skipped
/// test. Cases that are known to fail stand in UpstreamFailures.txt with a reason; one that passes must be taken off that list.
/// </summary>
public sealed class UpstreamCases
{
    static readonly string? Folder = FindFolder();
    static readonly ConcurrentDictionary<string, Dictionary<int, TestCase>> Scripts = new(StringComparer.Ordinal);
    static readonly ConcurrentDictionary<IReadOnlyList<Load>, InMemorySource> Sources = new();
    static readonly Dictionary<string, string> KnownFailures = ReadKnownFailures();

    public static IEnumerable<TheoryDataRow<string, int>> Cases()
    {
        if (Folder is null)
            return [new TheoryDataRow<string, int>("", 0) { Skip = "shared/promql-testdata is not there" }];
        return Files().SelectMany(static file => Script(file).Values.Select(test => new TheoryDataRow<string, int>(file, test.Line) { TestDisplayName = test.ToString() }));
    }

    /// <summary>The scripts, or one empty name when there are none.</summary>
    internal static IEnumerable<string> Files() => Folder is null
        ? [""]
        : Directory.EnumerateFiles(Folder, "*.test", SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(Folder, path))
            .Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Case(string file, int line)
    {
        var test = Script(file)[line];
        var failure = UpstreamCheck.Run(test, Sources.GetOrAdd(test.Loads, static loads => TestScript.Source(loads)));
        if (KnownFailures.TryGetValue(test.Name, out var reason))
            Assert.True(failure is not null, $"{test.Name} passes now; take it off UpstreamFailures.txt ({reason}).");
        else
            Assert.True(failure is null, $"{test}\n{failure}");
    }

    internal static Dictionary<int, TestCase> Script(string file) => Scripts.GetOrAdd(file,
        static name => TestScript.Parse(name, File.ReadAllLines(Path.Combine(Folder!, name))).ToDictionary(static test => test.Line));

    static Dictionary<string, string> ReadKnownFailures() => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "UpstreamFailures.txt"))
        .Where(static line => line.Length > 0 && line[0] != '#')
        .Select(static line => line.Split(' ', 2))
        .ToDictionary(static parts => parts[0], static parts => parts[1], StringComparer.Ordinal);

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
