using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;

namespace Barograph.Server.Tests.Collect;

/// <summary>All sources over the host that the tests run on.</summary>
public sealed class WholeHostTests : IDisposable
{
    readonly ISource[] _sources;
    readonly ISource[] _portable;
    readonly CollectOptions _options = new(TimeSpan.FromSeconds(1));
    readonly HashSet<ISource> _missing = [];
    readonly TickBatch _batch = new();

    public WholeHostTests()
    {
        _sources = HostSources.IsComplete ? [.. HostSources.Create(_options, TimeProvider.System)] : [];
        _portable = [.. HostSources.CreatePortable(_options, TimeProvider.System)];
        if (_sources.Length == 0)
            Assert.Skip("This is not 64-bit Linux.");
    }

    public void Dispose()
    {
        foreach (var source in (IEnumerable<ISource>)[.. _sources, .. _portable])
            source.Dispose();
    }

    long ReadAll(ISource[] sources, int second)
    {
        var tick = new Tick(1_700_000_000_000 + second * 1000L, second * 1000L);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _batch.Begin(tick.TimestampMs);
        foreach (var source in sources)
        {
            if (!_missing.Contains(source))
                Read(source, tick);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    void Read(ISource source, Tick tick)
    {
        try
        {
            source.Series.Begin();
            source.Read(tick);
            source.Series.WriteTo(_batch, succeeded: true);
        }
        catch (SourceUnavailableException)
        {
            _missing.Add(source);
        }
    }

    [Fact]
    public void A_tick_allocates_nothing_once_everything_is_known()
    {
        // Processes come and go on a host with life, and so do names worth a series: they have a test of their own below.
        var sources = _sources.Where(static source => source is not ProcessSource).ToArray();
        for (var second = 0; second < 60; second++)
            ReadAll(sources, second);

        // What else the test's process does may make the runtime's heap change, of which the source then asks: the least of three runs.
        var allocated = Enumerable.Range(0, 3).Min(run => Enumerable.Range(0, 100).Sum(second => ReadAll(sources, 60 + run * 100 + second)));
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Processes_that_stay_allocate_nothing()
    {
        using var tree = new FixtureTree();
        for (var pid = 1; pid <= 300; pid++)
            tree.Proc($"{pid}/stat", $"{pid} (p{pid % 90}) S 1 1 1 0 -1 0 9 0 0 0 {pid} 1 0 0 20 0 1 0 5 4096 {pid} 184\n");
        using var source = new ProcessSource(tree.Paths, SourceReader.Series);
        ISource[] sources = [source];
        for (var second = 0; second < 60; second++)
            ReadAll(sources, second);
        Assert.Equal(0, Enumerable.Range(60, 100).Sum(second => ReadAll(sources, second)));
    }

    [Fact]
    public void Every_series_belongs_to_a_metric_of_the_catalogue_and_has_its_labels()
    {
        var known = HostMetrics.All.ToDictionary(static metric => metric.Name);
        foreach (var sources in (ISource[][])[_sources, _portable])
        {
            ReadAll(sources, 0);
            ReadAll(sources, 1);
            Assert.All(Enumerable.Range(0, _batch.Samples.SeriesCount), series =>
            {
                var labels = SourceReader.Decode(_batch.Samples.Key(series));
                string[] allowed = [.. known[labels.Name].Labels, "__name__", "job", "instance"];
                Assert.All(labels, label => Assert.Contains(label.Name, allowed));
                Assert.Equal(Environment.MachineName, labels.Get("instance"));
                Assert.Contains(labels.Get("job"), (string[])["host", "barograph"]);
            });
        }
    }

    [Fact]
    public void What_any_Linux_has_is_there()
    {
        ReadAll(_sources, 0);
        Thread.Sleep(200);
        ReadAll(_sources, 1);
        var read = SourceReader.Contents(_batch.Samples);
        Assert.Equal(Environment.ProcessorCount, read["system_cpu_logical_count"]);
        Assert.Equal(1, read.Where(pair => pair.Key.StartsWith("system_cpu_utilization_ratio", StringComparison.Ordinal)).Sum(pair => pair.Value), 9);
        Assert.Equal(read["system_memory_limit_bytes"], read.Where(pair => pair.Key.StartsWith("system_memory_usage_bytes", StringComparison.Ordinal)).Sum(pair => pair.Value));
        Assert.True(read["process_memory_usage_bytes"] > 1e6);
        Assert.True(read["""process_cpu_time_seconds_total{cpu_mode="user"}"""] > 0);
        Assert.True(read["process_uptime_seconds"] is > 0 and < 86400);
        Assert.True(read["process_unix_file_descriptor_count"] > 3);
        Assert.True(read["system_thread_count"] > 1);
        Assert.True(read["""process_count{process_executable_name="dotnet"}"""] >= 1 || read.Keys.Any(static key => key.Contains("Barograph", StringComparison.Ordinal)));
        Assert.Single(read.Keys, static key => key.StartsWith("host_info{", StringComparison.Ordinal) && key.Contains("os_type=\"linux\"", StringComparison.Ordinal));
    }

    [Fact]
    public void The_portable_sources_say_the_same_as_those_of_Linux()
    {
        var ours = new SourceReader(_portable[0]).Read();
        Assert.Equal(Environment.ProcessorCount, ours["system_cpu_logical_count"]);
        Assert.True(ours["system_memory_limit_bytes"] > 1e8);
        Assert.Contains(ours.Keys, static key => key.StartsWith("system_filesystem_limit_bytes", StringComparison.Ordinal));
        var own = new SourceReader(_portable[2]).Read();
        Assert.True(own["process_memory_usage_bytes"] > 1e6);
        Assert.True(own["""process_cpu_time_seconds_total{cpu_mode="user"}"""] > 0);
    }

    [Fact]
    public void The_runtime_tells_of_collections_and_exceptions()
    {
        using var source = new RuntimeSource(SourceReader.Series);
        var reader = new SourceReader(source);
        GC.Collect();
        var before = reader.Read();
        Assert.Throws<InvalidOperationException>(new Action(static () => throw new InvalidOperationException()));
        GC.Collect();
        var after = reader.Read(1000);
        Assert.True(after["dotnet_exceptions_total"] > before["dotnet_exceptions_total"]);
        Assert.True(after["""dotnet_gc_collections_total{dotnet_gc_heap_generation="gen2"}"""] > before["""dotnet_gc_collections_total{dotnet_gc_heap_generation="gen2"}"""]);
        Assert.True(after["""dotnet_gc_last_collection_heap_size_bytes{dotnet_gc_heap_generation="gen2"}"""] > 0);
        Assert.True(after["dotnet_thread_pool_thread_count"] > 0);
    }
}
