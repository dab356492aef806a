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
    [InlineData("m,t=\\\\server\\share v=1 5", "m_v{t=\"\\\\\\\\server\\\\share\"}")] // \\server\share stays as it is
    [InlineData("m,t=two\\\\ words v=1 5", "m_v{t=\"two\\\\ words\"}")] // of two\\ words the second hides the blank
    [InlineData("m,t=a\\\\,b v=1 5", "m_v{t=\"a\\\\,b\"}")]
    [InlineData("m,t=C:\\Program\\ Files v=1 5", "m_v{t=\"C:\\\\Program Files\"}")]
    [InlineData("m,a\\=b=c v=1 5", "m_v{a_b=\"c\"}")]
    [InlineData("m,t==a v=1 5", "m_v{t=\"=a\"}")]
    [InlineData("m v\\ w=1 5", "m_v_w")]
    [InlineData("m\\\\x v=1 5", "m__x_v")]
    public async Task A_backslash_is_itself_unless_it_hides_what_follows(string line, string series)
    {
        Assert.Equal((204, ""), await WriteAsync(line));
        Assert.Equal([series], _store.Named("m"));
    }

    [Theory]
    [InlineData("1e400", "is beyond what a number holds")]
    [InlineData("-1e400", "is beyond what a number holds")]
    [InlineData("NaN", "is not a number")]
    [InlineData("nan", "is not a number")]
    [InlineData("inf", "is not a number")]
    [InlineData("+Inf", "is not a number")]
    [InlineData("Infinity", "is not a number")]
    [InlineData("-Infinity", "is not a number")]
    [InlineData("+5", "is not a number")]
    [InlineData("-1u", "is beyond what an unsigned integer (u) holds")]
    [InlineData("18446744073709551616u", "is beyond what an unsigned integer (u) holds")]
    [InlineData("9223372036854775808i", "is beyond what an integer (i) holds")]
    [InlineData("-9223372036854775809i", "is beyond what an integer (i) holds")]
    [InlineData("1.5i", "is not a number")]
    [InlineData("1e3i", "is not a number")]
    [InlineData("1ii", "is not a number")]
    [InlineData("0x10", "is not a number")]
    [InlineData("1,5", "is not of the form name=value")]
    [InlineData("-", "is not a number")]
    [InlineData(".", "is not a number")]
    [InlineData("1_000", "is not a number")]
    [InlineData("yes", "is not a number")]
    [InlineData("tRUE", "is not a number")]
    public async Task A_value_that_is_no_number_is_refused_with_its_field_and_the_other_fields_are_written(string value, string problem)
    {
        var (status, text) = await WriteAsync($"m good=1,speed={value} 5");
        Assert.Equal(400, status);
        using var answer = JsonDocument.Parse(text);
        var error = answer.RootElement.GetProperty("error").GetString();
        Assert.Contains(problem, error, StringComparison.Ordinal);
        if (!value.Contains(','))
            Assert.Contains($"the field 'speed': '{value}'", error, StringComparison.Ordinal);
        Assert.Equal(1, _store.Value("m_good"));
    }

    [Theory]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("-.5e1", -5)]
    [InlineData("1E+2", 100)]
    [InlineData("0i", 0)]
    [InlineData("T", 1)]
    public async Task Every_number_of_the_protocol_is_read(string value, double number)
    {
        Assert.Equal(204, (await WriteAsync($"m value={value} 5")).Status);
        Assert.Equal(number, _store.Value("m"));
    }

    [Fact]
    public async Task The_last_of_several_points_at_one_stored_time_wins()
    {
        const long Nanoseconds = Now * 1_000_000;
        var lines = string.Concat(Enumerable.Range(0, 9).Select(static i => $"m,t=a v={i} {Nanoseconds + (i * 100_000)}\nm,t=b v={10 * i} {Nanoseconds + (i * 100_000)}\n"));
        Assert.Equal((204, ""), await WriteAsync(lines + $"m,t=a w=1 {Nanoseconds}\nm,t=a v=7 {Nanoseconds + 1_000_000}\n", "/write"));
        Assert.Equal([new(Now, 8), new(Now + 1, 7)], _store.Samples("m_v{t=\"a\"}"));
        Assert.Equal([new(Now, 80)], _store.Samples("m_v{t=\"b\"}"));
        Assert.Equal(1, _store.Value("m_w{t=\"a\"}"));
    }

    [Fact]
    public async Task Among_many_points_of_a_request_each_keeps_its_own_and_its_last_value()
    {
        var lines = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"m,t={i % 5000} v={i} {Now + (i / 10_000)}\n"));
        Assert.Equal((204, ""), await WriteAsync(lines));
        for (var series = 0; series < 5000; series++)
            Assert.Equal([new(Now, 5000 + series), new(Now + 1, 15_000 + series)], _store.Samples($"m_v{{t=\"{series}\"}}"));
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
    [InlineData("m v\\\\=1", "is not of the form name=value")]
    [InlineData("m f=1,", "a field is expected behind the last comma")]
    [InlineData("m,a=1=2 f=1", "the tag 'a=1=2' is not of the form name=value")]
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
            refused += (int)decoded.Refused.Sum(static one => one.Count);
        }

        output.WriteLine($"seed {Seed}: {samples} samples, {refused} refused");
        Assert.True(samples > 1000 && refused > 1000);
    }
}
