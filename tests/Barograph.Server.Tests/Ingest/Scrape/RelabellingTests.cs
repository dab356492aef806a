using Barograph.Server.Ingest.Scrape;

namespace Barograph.Server.Tests.Ingest.Scrape;

public sealed class RelabellingTests
{
    static string? Apply(string step, string labels)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("p.yml", $$"""
            scrape_configs:
              - job_name: j
                static_configs: [{ targets: [a] }]
                metric_relabel_configs: [{ {{step}} }]
            """);
        var all = new SortedDictionary<string, string>(labels.Split(',').Select(static pair => pair.Split('=')).ToDictionary(static pair => pair[0], static pair => pair[1]), StringComparer.Ordinal);
        return ScrapeConfig.Read(path)[0].MetricRelabel[0].Apply(all) ? string.Join(',', all.Select(static label => $"{label.Key}={label.Value}")) : null;
    }

    [Theory]
    [InlineData("source_labels: [a], target_label: b", "a=1", "a=1,b=1")]
    [InlineData("source_labels: [a, c], separator: '-', regex: '(.*)-(.*)', target_label: b, replacement: '$2:${1}$$'", "a=1,c=2", "a=1,b=2:1$,c=2")]
    [InlineData("source_labels: [a], regex: 'x.*', target_label: b", "a=1", "a=1")]
    [InlineData("source_labels: [a], regex: '(?P<n>.*)', target_label: 'l_${n}', replacement: y", "a=1", "a=1,l_1=y")]
    [InlineData("source_labels: [a], regex: '(?i)(?P<first>[[:alpha:]]+)\\_(x)?.*', target_label: b, replacement: '${first}$2-$3$$1'", "a=AB_1", "a=AB_1,b=AB-$1")]
    [InlineData("target_label: a, replacement: ''", "a=1,b=2", "b=2")]
    [InlineData("action: keep, source_labels: [a], regex: '1|2'", "a=1", "a=1")]
    [InlineData("action: keep, source_labels: [a], regex: '1'", "a=11", null)]
    [InlineData("action: drop, source_labels: [a], regex: '1'", "a=1", null)]
    [InlineData("action: keepequal, source_labels: [a], target_label: b", "a=1,b=1", "a=1,b=1")]
    [InlineData("action: dropequal, source_labels: [a], target_label: b", "a=1,b=1", null)]
    [InlineData("action: hashmod, source_labels: [a], modulus: 8, target_label: m", "a=x", "a=x,m=6")]
    [InlineData("action: labelmap, regex: 'x_(.+)', replacement: 'y_$1'", "x_a=1", "x_a=1,y_a=1")]
    [InlineData("action: labeldrop, regex: 'x.*'", "a=1,xa=2", "a=1")]
    [InlineData("action: labelkeep, regex: 'x.*'", "a=1,xa=2", "xa=2")]
    [InlineData("action: uppercase, source_labels: [a], target_label: a", "a=x", "a=X")]
    [InlineData("action: lowercase, source_labels: [a], target_label: a", "a=X", "a=x")]
    public void Every_action_does_what_Prometheus_does(string step, string labels, string? expected) => Assert.Equal(expected, Apply(step, labels));

    [Theory]
    [InlineData("action: what", "line 4: action: 'what' is not allowed; allowed is replace, keep")]
    [InlineData("regex: '('", "line 4: regex: bad regular expression '(': a '(' without its ')', at character 1")]
    [InlineData("regex: 'a(?=b)'", "RE2 has no '(?='")]
    [InlineData("action: hashmod", "modulus: a whole number above 0 is needed")]
    [InlineData("sourcelabels: [a]", "'sourcelabels' is not known; known here are action")]
    public void A_mistake_is_told_with_its_line(string step, string problem) =>
        Assert.Contains(problem, Assert.Throws<ScrapeConfigException>(() => Apply(step, "a=1")).Message, StringComparison.Ordinal);
}
