using System.Globalization;
using System.Text;
using System.Text.Json;
using Barograph.Server.Tests.Ingest;

namespace Barograph.Base.Tests.Matching;

/// <summary>
/// The same patterns and values to Debian's Prometheus, whose regular expressions are Go's: it takes and refuses the same, matches the same, and has the same groups.
/// Its dot matches no line feed, so patterns go to it inside <c>(?s:…)</c>.
/// </summary>
public sealed class PrometheusAgreementTests : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-peer-").FullName;
    readonly HttpClient _client = new();
    Peer? _peer;

    public async ValueTask InitializeAsync()
    {
        var config = Path.Combine(_folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, "global: { scrape_interval: 1h }");
        var port = Peer.FreePort();
        _peer = Peer.Start("prometheus", $"--config.file={config}", $"--storage.tsdb.path={_folder}/data", $"--web.listen-address=127.0.0.1:{port}");
        _client.BaseAddress = new Uri($"http://127.0.0.1:{port}");
        await Peer.UntilAsync(IsReadyAsync, "Prometheus is ready");
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _peer?.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>The same patterns each time, so that a change is red for what it changed; BAROGRAPH_SEED asks about others.</summary>
    static int FirstSeed => int.TryParse(Environment.GetEnvironmentVariable("BAROGRAPH_SEED"), out var seed) ? seed : 20_261_129;

    [Fact]
    public async Task Patterns_match_the_same_values_with_the_same_groups()
    {
        var first = FirstSeed;
        for (var seed = first; seed < first + 1500; seed++)
        {
            var maker = new PatternMaker(seed, common: false);
            var pattern = maker.Pattern();
            string[] values = [.. Enumerable.Range(0, 12).Select(_ => maker.Value()).Distinct()];
            var theirs = await ReplaceAsync(pattern, values);
            var template = new Re2Template(Re2.Parse(pattern), Template);
            for (var i = 0; i < values.Length; i++)
                Assert.True(theirs[i] == template.Expand(values[i]), $"seed {seed}: {pattern} of '{values[i]}' is {template.Expand(values[i])}, in Prometheus {theirs[i]}");
        }
    }

    [Fact]
    public async Task Texts_are_patterns_there_where_they_are_here()
    {
        var first = FirstSeed;
        for (var seed = first; seed < first + 3000; seed++)
        {
            var text = new PatternMaker(seed, common: false).Text();
            if (IsOfOldGo(text))
                await AssertTakenAlikeAsync(text, $"seed {seed}");
        }
    }

    [Fact]
    public async Task What_the_tables_say_of_RE2_is_so_there()
    {
        foreach (var (pattern, matches, others) in Re2SyntaxTests.Taken.Select(static row => row.Data).Where(static row => IsOfOldGo(row.Item1)))
        {
            var theirs = await ReplaceAsync(pattern, [.. matches, .. others]);
            for (var i = 0; i < theirs.Length; i++)
                Assert.True(i < matches.Length == theirs[i] is not null, $"{pattern} of {matches.Concat(others).ElementAt(i)}");
        }

        foreach (var (pattern, _, _) in Re2SyntaxTests.Refused.Select(static row => row.Data))
            await AssertTakenAlikeAsync(pattern, "table");
    }

    const string Template = "<$0|$1|$2|${3}>";

    // (?<name>…) came with Go 1.22, which is later than Debian's.
    static bool IsOfOldGo(string pattern) => !pattern.Contains("(?<", StringComparison.Ordinal);

    async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _client.GetAsync("/-/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    async Task AssertTakenAlikeAsync(string pattern, string where)
    {
        Re2SyntaxException? mistake = null;
        try
        {
            Re2.Parse(pattern);
        }
        catch (Re2SyntaxException thrown)
        {
            mistake = thrown;
        }

        using var answer = await QueryAsync($"absent({{a=~{Quoted(pattern)}, b=\"c\"}})");
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode == mistake is null, $"{where}: {pattern}: {mistake?.Message ?? "taken"}, in Prometheus {body}");
    }

    /// <summary>For each value what the groups are, or null where it does not match.</summary>
    async Task<string?[]> ReplaceAsync(string pattern, string[] values)
    {
        var rows = values.Select((value, number) => $"label_replace(label_replace(label_replace(vector(1), \"v\", {Quoted(value.Replace("$", "$$"))}, \"\", \"\"), "
            + $"\"o\", \"{Template}\", \"v\", {Quoted($"(?s:{pattern})")}), \"i\", \"{number}\", \"\", \"\")");
        using var answer = await QueryAsync(string.Join(" or ", rows));
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{pattern}: {body}");
        using var json = JsonDocument.Parse(body);
        var found = new string?[values.Length];
        foreach (var metric in json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(static series => series.GetProperty("metric")))
            found[int.Parse(metric.GetProperty("i").GetString()!, CultureInfo.InvariantCulture)] = metric.TryGetProperty("o", out var text) ? text.GetString() : null;
        return found;
    }

    async Task<HttpResponseMessage> QueryAsync(string query)
    {
        using var form = new FormUrlEncodedContent([new("query", query), new("time", "1000")]);
        return await _client.PostAsync("/api/v1/query", form);
    }

    static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var sign in text)
            quoted.Append(sign is '"' or '\\' ? $"\\{sign}" : char.IsControl(sign) ? $"\\u{(int)sign:x4}" : sign);
        return quoted.Append('"').ToString();
    }
}
