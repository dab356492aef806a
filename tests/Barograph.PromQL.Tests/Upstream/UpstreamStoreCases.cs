using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

/// <summary>Upstream's cases over a real store in a folder: those whose data the store can hold (not start timestamps). A Prometheus head also tells of each histogram whether it
/// follows the one before; the store leaves that to whoever compares the two, so the hint "not reset" is not expected of it.</summary>
public sealed class UpstreamStoreCases
{
    static readonly StoreOptions Options = new() { Retention = null, OutOfOrderWindow = null, MaxFuture = null };

    public static IEnumerable<TheoryDataRow<string>> Files() => UpstreamScripts.Files().Select(static file => new TheoryDataRow<string>(file));

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_cases_of_a_file_pass_over_a_store(string file)
    {
        if (file.Length == 0)
            Assert.Skip(UpstreamScripts.Missing);
        var folder = Directory.CreateTempSubdirectory("barograph-promql-").FullName;
        var failures = new List<string>();
        var number = 0;
        foreach (var group in UpstreamScripts.Script(file).Values.Where(static test => test.Loads.All(CanHold)).GroupBy(static test => test.Loads))
        {
            await using var store = MetricStore.Open(Path.Combine(folder, $"{number++}"), Options);
            foreach (var (labels, points) in TestScript.Source(group.Key).All)
            {
                var result = await store.AppendAsync(BatchOf(labels, points));
                Assert.True(result.Rejected == 0, result.FirstExample);
            }

            var source = new MetricStoreSource(store);
            foreach (var test in group)
            {
                if (UpstreamCheck.Run(test.Without(static hint => hint == CounterResetHint.NotReset), source) is { } failure)
                    failures.Add($"{test}: {failure}");
            }
        }

        Directory.Delete(folder, recursive: true);
        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    static bool CanHold(Load load) => !load.Lines.Exists(static line => line.Contains("@st", StringComparison.Ordinal));

    static SampleBatch BatchOf(Labels labels, IReadOnlyDictionary<long, InMemorySource.Point> points)
    {
        var batch = new SampleBatch();
        if (labels.Count == 0)
            return batch;
        var series = batch.AddSeries(labels);
        foreach (var (time, point) in points)
        {
            if (point.Histogram is { } histogram)
                batch.Add(series, time, histogram);
            else
                batch.Add(series, time, point.Value);
        }

        return batch;
    }
}
