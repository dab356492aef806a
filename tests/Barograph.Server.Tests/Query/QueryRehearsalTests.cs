using Barograph.Server.Query;
using Barograph.Server.Settings;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Query;

public sealed class QueryRehearsalTests : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-rehearsal-").FullName;
    MetricStore _store = null!;

    public ValueTask InitializeAsync()
    {
        _store = MetricStore.Open(_folder);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Nothing_is_evaluated_where_nothing_is_stored() => Assert.Equal(0, await RehearseAsync());

    [Fact]
    public async Task All_kinds_of_queries_are_evaluated_over_a_metric_that_is_small_and_has_a_plain_name()
    {
        await Append("a.dotted", 1);
        await Append("b_with_very_many_series", 2500);
        await Append("c_total", 5);
        Assert.Equal(10, await RehearseAsync());
    }

    [Fact]
    public async Task Where_all_is_too_large_it_is_left()
    {
        await Append("b_with_very_many_series", 2500);
        Assert.Equal(0, await RehearseAsync());
    }

    Task<int> RehearseAsync() =>
        new QueryRehearsal(null!, new ServerSettings(), TimeProvider.System, null!).RehearseAsync(_store, TestContext.Current.CancellationToken);

    async Task Append(string name, int series)
    {
        var (batch, nowMs) = (new SampleBatch(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        for (var i = 0; i < series; i++)
        {
            var number = batch.AddSeries(Labels.Of("__name__", name, "job", $"j{i % 3}", "le", $"{i}"));
            batch.Add(number, nowMs - 10_000, i);
            batch.Add(number, nowMs, i + 1);
        }

        Assert.Equal(0, (await _store.AppendAsync(batch)).Rejected);
    }
}
