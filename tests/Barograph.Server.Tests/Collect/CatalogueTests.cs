using Barograph.Server.Collect;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

public sealed class CatalogueTests
{
    [Fact]
    public void Names_and_labels_are_ones_that_every_Prometheus_reads() =>
        Assert.All(HostMetrics.All, static metric =>
        {
            Assert.True(IsName(metric.Name), metric.Name);
            Assert.All(metric.Labels, static label => Assert.True(IsName(label), label));
        });

    [Fact]
    public void No_name_is_there_twice() => Assert.Equal(HostMetrics.All.Count(), HostMetrics.All.Select(static metric => metric.Name).Distinct().Count());

    [Fact]
    public void Counters_end_in_total_and_nothing_else_does() =>
        Assert.All(HostMetrics.All, static metric => Assert.Equal(metric.Type == MetricType.Counter, metric.Name.EndsWith("_total", StringComparison.Ordinal)));

    [Fact]
    public void A_unit_stands_in_the_name() =>
        Assert.All(HostMetrics.All, static metric => Assert.True(
            metric.Unit.Length == 0 || metric.Name.EndsWith("_" + metric.Unit, StringComparison.Ordinal)
            || metric.Name.EndsWith("_" + metric.Unit + "_total", StringComparison.Ordinal), metric.Name));

    [Fact]
    public void Every_metric_says_what_it_means_in_sentences() =>
        Assert.All(HostMetrics.All, static metric => Assert.EndsWith(".", metric.Help));

    [Fact]
    public void Sentences_begin_as_sentences_do() =>
        Assert.All(HostMetrics.All, static metric => Assert.True(char.IsUpper(metric.Help[0]) || char.IsDigit(metric.Help[0]), metric.Help));

    static bool IsName(string text) =>
        char.IsAsciiLetterLower(text[0]) && text.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_');
}
