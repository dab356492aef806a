using System.Text;
using Barograph.Server.Ingest.Scrape;
using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Ingest.Scrape;

public sealed class ExpositionTextTests(ITestOutputHelper output)
{
    sealed class Page : IExpositionReader
    {
        public List<(string Series, double Value, long? TimestampMs)> Samples { get; } = [];

        public Dictionary<string, MetricMetadata> All { get; } = [];

        public void Sample(SeriesKeyBuilder labels, double value, long? timestampMs) =>
            Samples.Add((Labels.From(labels.ToDictionary().Select(static label => new Label(label.Key, label.Value))).ToString(), value, timestampMs));

        public List<(int Sample, string Labels, double Value, long? TimestampMs)> Exemplars { get; } = [];

        public void Exemplar(SeriesKeyBuilder labels, double value, long? timestampMs) =>
            Exemplars.Add((Samples.Count - 1, Labels.From(labels.ToDictionary().Select(static label => new Label(label.Key, label.Value))).ToString(), value, timestampMs));

        public void Metadata(string metric, MetricMetadata metadata) => All[metric] = metadata;
    }

    static Page Read(string text, bool isOpenMetrics = false)
    {
        var page = new Page();
        ExpositionText.Read(Encoding.UTF8.GetBytes(text), isOpenMetrics, new SeriesKeyBuilder(), new SeriesKeyBuilder(), page);
        return page;
    }

    [Theory]
    [InlineData("up 1", "up", 1)]
    [InlineData("up{} 1\n", "up", 1)]
    [InlineData("  up \t 1  ", "up", 1)]
    [InlineData("a:b_c{x=\"1\",} 2.5e-3\r\n", "a:b_c{x=\"1\"}", 0.0025)]
    [InlineData("a { x = \"1\" , y = \"}\" } -7", "a{x=\"1\",y=\"}\"}", -7)]
    [InlineData("a{x=\"q\\\"b\\\\n\\n\"} +Inf", "a{x=\"q\\\"b\\\\n\\n\"}", double.PositiveInfinity)]
    [InlineData("a{x=\"\"} -Inf", "a", double.NegativeInfinity)]
    [InlineData("a NaN", "a", double.NaN)]
    [InlineData("{\"my.metric\",\"a b\"=\"é\"} 1", "my.metric{a b=\"é\"}", 1)]
    public void Every_spelling_of_a_sample_is_read(string line, string series, double value) =>
        Assert.Equal([(series, value, (long?)null)], Read(line).Samples);

    [Fact]
    public void Timestamps_are_milliseconds_or_in_OpenMetrics_seconds()
    {
        Assert.Equal(1395066363000, Read("a 1 1395066363000").Samples[0].TimestampMs);
        Assert.Equal(-3982045, Read("a 1 -3982045").Samples[0].TimestampMs);
        Assert.Equal(1395066363123, Read("a 1 1395066363.123\n# EOF\n", true).Samples[0].TimestampMs);
    }

    [Fact]
    public void Exemplars_of_OpenMetrics_are_read()
    {
        var page = Read("a 1 # {trace_id=\"x\\\"y\",span_id=\"\"} 0.5 123.25\nb{le=\"1\"} 2 1000 # {} 7\nc 3\n# EOF\n", true);
        Assert.Equal([(0, "{trace_id=\"x\\\"y\"}", 0.5, 123_250L), (1, "{}", 7.0, (long?)null)], page.Exemplars);
        Assert.Equal(3, page.Samples.Count);
        foreach (var broken in new[] { "a 1 # 0.5", "a 1 # {} x", "a 1 # {} 1 2 3", "a 1 # {a=\"1\",a=\"2\"} 1", "a 1 # {\"b\"} 1", "a 1 # {" })
            Assert.Throws<MalformedRequestException>(() => Read(broken + "\n# EOF\n", true));
        Assert.Throws<MalformedRequestException>(static () => Read("a 1 # {} 1\n")); // the older format has none
    }

    [Fact]
    public void Metadata_is_read()
    {
        var page = Read("# HELP a About \\\\ a\\nand more\n# TYPE a counter\n# just a comment\na 1\n#TYPE b histogram\n");
        Assert.Equal(new MetricMetadata(MetricType.Counter, "", "About \\ a\nand more"), page.All["a"]);
        Assert.Equal(MetricType.Histogram, page.All["b"].Type);
        var open = Read("# TYPE a_seconds counter\n# UNIT a_seconds seconds\na_seconds_total 1 # {trace_id=\"x\"} 0.5 123\n# EOF\nrubbish", true);
        Assert.Equal(new MetricMetadata(MetricType.Counter, "seconds", ""), open.All["a_seconds"]);
        Assert.Single(open.Samples);
    }

    [Theory]
    [InlineData("a", "line 1, column 2: '' is not a number")]
    [InlineData("a 1\nb x", "line 2, column 4: 'x' is not a number")]
    [InlineData("a 0x1p3", "'0x1p3' is not a number")]
    [InlineData("a{x=1} 1", "a quoted text is expected")]
    [InlineData("a{x=\"1} 1", "a quoted text does not end")]
    [InlineData("a{x=\"1\" y=\"2\"} 1", "',' or '}' is expected")]
    [InlineData("a{x=\"1\",x=\"2\"} 1", "the label 'x' occurs twice")]
    [InlineData("a{x} 1", "'=' is expected")]
    [InlineData("a 1 yesterday", "'yesterday' is not a timestamp")]
    [InlineData("a 1 1 1", "nothing more is expected")]
    [InlineData("-a 1", "a metric name or '{' is expected")]
    [InlineData("<html>", "a metric name or '{' is expected")]
    public void What_is_no_page_is_told_by_line_and_column(string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<MalformedRequestException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_OpenMetrics_page_that_was_cut_is_none() =>
        Assert.Throws<MalformedRequestException>(() => Read("a 1\n", true));

    [Fact]
    public void Any_bytes_are_a_page_or_refused()
    {
        const int Seed = 20261121;
        var random = new Random(Seed);
        var valid = "# HELP a b\\n\n# TYPE a counter\na_total{x=\"1\",y=\"q\\\"\"} 1.5 1395066363000 # {t=\"x\"} 1\nb NaN\n{\"c.d\"} +Inf\n# EOF\n"u8.ToArray();
        var (taken, refused) = (0, 0);
        for (var round = 0; round < 50_000; round++)
        {
            try
            {
                ExpositionText.Read(RemoteWriteFuzzTests.Mutate(random, valid), round % 2 == 0, new SeriesKeyBuilder(), new SeriesKeyBuilder(), new Page());
                taken++;
            }
            catch (MalformedRequestException)
            {
                refused++;
            }
            catch (ArgumentException)
            {
                taken++; // only the test's own reader is strict about names
            }
        }

        output.WriteLine($"seed {Seed}: {taken} taken, {refused} refused");
        Assert.True(taken > 1000 && refused > 1000);
    }
}
