using System.Collections.Concurrent;

namespace Barograph.PromQL.Tests;

/// <summary>
/// Prometheus' own test cases, one test each. The data lies beside the project (shared/promql-testdata); without it there is one skipped
/// test. Cases that are known to fail stand in UpstreamFailures.txt with a reason; one that passes must be taken off that list.
/// </summary>
public sealed class UpstreamCases
{
    static readonly ConcurrentDictionary<IReadOnlyList<Load>, InMemorySource> Sources = new();
    static readonly Dictionary<string, string> KnownFailures = ReadKnownFailures();

    public static IEnumerable<TheoryDataRow<string, int>> Cases()
    {
        if (UpstreamScripts.Folder is null)
            return [new TheoryDataRow<string, int>("", 0) { Skip = UpstreamScripts.Missing }];
        return UpstreamScripts.Files().SelectMany(static file =>
            UpstreamScripts.Script(file).Values.Select(test => new TheoryDataRow<string, int>(file, test.Line) { TestDisplayName = test.ToString() }));
    }

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void Case(string file, int line)
    {
        var test = UpstreamScripts.Script(file)[line];
        var failure = UpstreamCheck.Run(test, Sources.GetOrAdd(test.Loads, static loads => TestScript.Source(loads)));
        if (KnownFailures.TryGetValue(test.Name, out var reason))
            Assert.True(failure is not null, $"{test.Name} passes now; take it off UpstreamFailures.txt ({reason}).");
        else
            Assert.True(failure is null, $"{test}\n{failure}");
    }

    static Dictionary<string, string> ReadKnownFailures() => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "UpstreamFailures.txt"))
        .Where(static line => line.Length > 0 && line[0] != '#')
        .Select(static line => line.Split(' ', 2))
        .ToDictionary(static parts => parts[0], static parts => parts[1], StringComparer.Ordinal);
}
