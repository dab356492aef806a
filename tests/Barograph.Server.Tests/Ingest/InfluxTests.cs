using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.Influx;

namespace Barograph.Server.Tests.Ingest;

public sealed class InfluxTests(ITestOutputHelper output) : IAsyncDisposable
{
    const long Now = 1_790_000_000_000;

    readonly MemoryStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    async Task<(int Status, string Text)> WriteAsync(string lines, string path = "/write?precision=ms")
    {
        await using var host = await IngestHost.StartAsync(_store);
        var (status, text, _) = await host.PostAsync(path, Encoding.UTF8.GetBytes(lines));
        return (status, text);
    }

    [Fact]
    public async Task Fields_are_series_and_tags_are_labels()
    {
        var (status, text) = await WriteAsync($"cpu,host=a,cpu=cpu0 usage_idle=90.5,usage_user=2i,ok=t {Now}\nload value=0.5 {Now}\n# comment\n\n");
        Assert.Equal((204, ""), (status, text));
        Assert.Equal(
            ["cpu_ok{cpu=\"cpu0\",host=\"a\"}", "cpu_usage_idle{cpu=\"cpu0\",host=\"a\"}", "cpu_usage_user{cpu=\"cpu0\",host=\"a\"}", "load"],
            _store.Named(""));
        Assert.Equal([new(Now, 90.5)], _store.Samples("cpu_usage_idle{cpu=\"cpu0\",host=\"a\"}"));
        Assert.Equal(1, _store.Value("cpu_ok{cpu=\"cpu0\",host=\"a\"}"));
        Assert.Equal(0.5, _store.Value("load"));
    }

    [Theory]
    [InlineData("m,t=a\\,b\\ c\\=d f=1 5", "m_f{t=\"a,b c=d\"}", 1)]
    [InlineData("my\\ m,t=é f-g=1 5", "my_m_f_g{t=\"é\"}", 1)]
    [InlineData("m f=1e3 5", "m_f", 1000)]
    [InlineData("m f=-9223372036854775808i 5", "m_f", -9223372036854775808d)]
    [InlineData("m f=18446744073709551615u 5", "m_f", 18446744073709551615d)]
    [InlineData("m f=FALSE 5", "m_f", 0)]
    [InlineData("m s=\"a, b=c \\\" 7\nx\",f=2 5", "m_f", 2)]
    [InlineData("m,t=\" f=2 5\nn f=1 5", "m_f{t=\"\\\"\"}", 2)]
    [InlineData("9m f=1 5\r\n", "_m_f", 1)]
    [InlineData("  m f=1 5", "m_f", 1)]
    [InlineData("m,empty\\ name=x f=1 5", "m_f{empty_name=\"x\"}", 1)]
    public async Task Every_spelling_of_a_line_is_read(string line, string series, double value)
    {
        Assert.Equal((204, ""), await WriteAsync(line));
        Assert.Equal([new(5, value)], _store.Samples(series));
    }

    [Theory]
    [InlineData("m", "line 1: no fields")]
    [InlineData("m,t f=1", "the tag 't' is not of the form name=value")]
    [InlineData("m f=", "'' is not a number")]
    [InlineData("m f=abc", "'abc' is not a number")]
    [InlineData("m f=\"abc", "the text of the field 'f' has no closing quote")]
    [InlineData("m f=\"abc\\\"", "the text of the field 'f' has no closing quote")]
    [InlineData("m f=\"abc\"d", "the text of the field 'f' has no closing quote")]
    [InlineData("m f=1x", "'1x' is not a number")]
    [InlineData("m f=1 yesterday", "'yesterday' is not a timestamp")]
    [InlineData(",t=1 f=1", "no measurement")]
    [InlineData("m f", "the field 'f' is not of the form name=value")]
    [InlineData("m,a=1,a=2 f=1", "the label 'a' occurs twice")]
    public async Task A_wrong_line_is_told_and_does_not_cost_the_others(string line, string problem)
    {
        var (status, text) = await WriteAsync($"{line}\ngood value=1 5");
        Assert.Equal(400, status);
        using var answer = JsonDocument.Parse(text);
        Assert.Contains(problem, answer.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("invalid", answer.RootElement.GetProperty("code").GetString());
        Assert.Equal(1, _store.Value("good"));
    }

    [Theory]
    [InlineData("/write", 1_790_000_000_000_000_000)]
    [InlineData("/write?precision=u", 1_790_000_000_000_000)]
    [InlineData("/write?precision=ms", 1_790_000_000_000)]
    [InlineData("/write?precision=s", 1_790_000_000)]
    [InlineData("/api/v2/write?precision=us", 1_790_000_000_000_000)]
    [InlineData("/api/v2/write?precision=ns", 1_790_000_000_000_999_999)]
    public async Task Every_precision_is_taken(string path, long time)
    {
        Assert.Equal(204, (await WriteAsync($"m f=1 {time}", path)).Status);
        Assert.Equal(Now, _store.Samples("m_f").Single().Key);
    }

    [Fact]
    public async Task The_database_or_bucket_is_a_label()
    {
        await WriteAsync("m f=1 5", "/write?db=telegraf/autogen&precision=ms");
        await WriteAsync("m f=2 5", "/api/v2/write?org=o&bucket=b&precision=ms");
        Assert.Equal(["m_f{db=\"b\"}", "m_f{db=\"telegraf\"}"], _store.Named("m"));
    }

    [Fact]
    public async Task A_line_without_time_happened_now_and_an_unknown_precision_is_400()
    {
        Assert.Equal(204, (await WriteAsync("m f=1")).Status);
        Assert.InRange(_store.Samples("m_f").Single().Key, DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.Equal(400, (await WriteAsync("m f=1", "/write?precision=days")).Status);
    }

    [Fact]
    public async Task Clients_learn_the_version_and_may_make_their_database()
    {
        await using var host = await IngestHost.StartAsync(_store);
        using var pong = await host.Client.GetAsync(new Uri($"{host.Url}/ping"));
        Assert.Equal("1.8.10", pong.Headers.GetValues("X-Influxdb-Version").Single());
        using var form = new FormUrlEncodedContent([new("q", "CREATE DATABASE \"telegraf\"")]);
        foreach (var made in new[] { await host.Client.PostAsync(new Uri($"{host.Url}/query"), form), await host.Client.GetAsync(new Uri($"{host.Url}/query?q=create+database+x")) })
            Assert.Equal("{\"results\":[{\"statement_id\":0}]}", await made.Content.ReadAsStringAsync());
        using var asked = await host.Client.GetAsync(new Uri($"{host.Url}/query?q=SHOW+MEASUREMENTS"));
        Assert.Equal(400, (int)asked.StatusCode);
        Assert.Contains("ask by PromQL at /api/v1/query", await asked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gzip_is_taken()
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write("m f=1 5"u8);
        await using var host = await IngestHost.StartAsync(_store);
        Assert.Equal(204, (await host.PostAsync("/write?precision=ms", compressed.ToArray(), encoding: "gzip")).Status);
        Assert.Equal(415, (await host.PostAsync("/write", compressed.ToArray(), encoding: "br")).Status);
        Assert.Equal(1, _store.Value("m_f"));
    }

    [Fact]
    public void Any_bytes_are_lines_or_refused()
    {
        const int Seed = 20261121;
        var decoded = new DecodedRequest(new IngestLimits(), new KnownMetadata());
        var random = new Random(Seed);
        var valid = "cpu,host=a\\ b,cpu=cpu0 idle=90.5,user=2i,ok=t,text=\"a \\\" b\" 1790000000000\nload value=0.5\n"u8.ToArray();
        var (samples, refused) = (0, 0);
        for (var round = 0; round < 100_000; round++)
        {
            decoded.Begin();
            LineProtocol.Decode(RemoteWriteFuzzTests.Mutate(random, valid), "", TimestampUnit.Of("ms")!.Value, Now, decoded);
            samples += decoded.Batch.SampleCount;
            refused += decoded.Refused;
        }

        output.WriteLine($"seed {Seed}: {samples} samples, {refused} refused");
        Assert.True(samples > 1000 && refused > 1000);
    }
}
