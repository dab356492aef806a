using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Barograph.Server.Events;
using Barograph.Server.Query;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Events;

public sealed class DefinitionTests
{
    const string Value = """{"name":"order_value","unit":"euros","help":"h","source":{"event":"business","where":{"name":"order"}},"aggregation":"sum","field":"value","labels":["currency"]}""";

    [Fact]
    public async Task Every_aggregation_is_that_of_a_plain_computation()
    {
        await using var server = await EventServer.StartAsync();
        foreach (var (name, rest) in new[]
        {
            ("d_count", "\"aggregation\":\"count\""), ("d_sum", "\"aggregation\":\"sum\",\"field\":\"value\""), ("d_avg", "\"aggregation\":\"avg\",\"field\":\"value\""),
            ("d_min", "\"aggregation\":\"min\",\"field\":\"value\""), ("d_max", "\"aggregation\":\"max\",\"field\":\"value\""), ("d_rate", "\"aggregation\":\"rate\""),
            ("d_p90", "\"aggregation\":\"percentile\",\"percentile\":90,\"field\":\"value\""), ("d_users", "\"aggregation\":\"distinct\",\"field\":\"user\""),
        })
            Assert.Equal(HttpStatusCode.Created, (await SendAsync(server, HttpMethod.Post, "", $$$"""{"name":"{{{name}}}","source":{"event":"business","where":{"name":"order"}},{{{rest}}}}""")).Status);
        await SendAsync(server, HttpMethod.Post, "", """{"name":"d_ratio","aggregation":"ratio","numerator":{"event":"business","where":{"name":"order"}},"denominator":{"event":"business","where":{"name":"checkout"}}}""");

        var random = new Random(4711);
        var values = Enumerable.Range(0, 200).Select(_ => Math.Round(random.NextDouble() * 100 + 1, 2)).ToList();
        await server.PostAsync(string.Join('\n', values.Select((value, i) => $$"""{"type":"business","name":"order","value":{{value}},"user":"u{{i % 37}}"}""")
            .Concat(Enumerable.Range(0, 400).Select(static _ => """{"type":"business","name":"checkout"}"""))));
        await FlushAsync(server);
        Assert.Equal(200, await AskAsync(server, "d_count"));
        Assert.Equal(values.Sum(), await AskAsync(server, "d_sum"), 1e-6);
        Assert.Equal(values.Average(), await AskAsync(server, "d_avg"), 1e-6);
        Assert.Equal(values.Min(), await AskAsync(server, "d_min"));
        Assert.Equal(values.Max(), await AskAsync(server, "d_max"));
        Assert.Equal(200 / 600.0, await AskAsync(server, "d_rate"), 1e-9);
        Assert.InRange(await AskAsync(server, "d_p90") / values.Order().ElementAt(179), 1 / 1.19, 1.19);
        Assert.Equal(37, await AskAsync(server, "d_users"));
        Assert.Equal(0.5, await AskAsync(server, "d_ratio"));
    }

    [Fact]
    public async Task An_event_that_counts_twice_in_a_definition_is_one_that_matched()
    {
        await using var server = await EventServer.StartAsync();
        const string Average = """{"name":"d_avg","source":{"event":"business"},"aggregation":"avg","field":"value"}""";
        const string Share = """{"name":"d_share","aggregation":"ratio","numerator":{"event":"business","where":{"name":"order"}},"denominator":{"event":"business"}}""";
        await SendAsync(server, HttpMethod.Post, "", Average);
        await SendAsync(server, HttpMethod.Post, "", Share);
        await server.PostAsync("""[{"type":"business","name":"order","value":3},{"type":"business","name":"search"}]""");
        await FlushAsync(server);
        foreach (var (json, missing) in new[] { (Average, 1), (Share, 0) })
        {
            var name = JsonDocument.Parse(json).RootElement.GetProperty("name").GetString();
            var kept = await server.GetAsync($"/api/v1/definitions/{name}");
            var dry = (await SendAsync(server, HttpMethod.Post, "/dry-run", json)).Json;
            Assert.Equal((2, missing), (Int(kept, "matched"), Int(kept, "missing_field")));
            Assert.Equal((2, missing), (Int(dry, "matched"), Int(dry, "missing_field")));
        }
    }

    [Fact]
    public async Task A_hashed_label_has_the_key_of_its_server_and_outlives_a_restart()
    {
        const string Hashed = """{"name":"by_user","source":{"event":"business"},"aggregation":"count","labels":[{"field":"user","hash":true}]}""";
        async Task<string> LabelAsync(EventServer server) =>
            (await SendAsync(server, HttpMethod.Post, "/dry-run", Hashed)).Json.GetProperty("series")[0].GetProperty("labels").GetProperty("user").GetString()!;
        await using var one = await EventServer.StartAsync();
        await using var other = await EventServer.StartAsync();
        foreach (var server in new[] { one, other })
            await server.PostAsync("""{"type":"business","name":"order","user":"ada@example.org"}""");
        var label = await LabelAsync(one);
        Assert.Matches("^[0-9a-f]{16}$", label);
        Assert.NotEqual(label, await LabelAsync(other)); // who has not got the key can't find it by trying addresses
        await one.RestartAsync();
        Assert.Equal(label, await LabelAsync(one));
        await SendAsync(one, HttpMethod.Post, "", Hashed);
        await one.PostAsync("""{"type":"business","name":"order","user":"ada@example.org"}""");
        await FlushAsync(one);
        Assert.Equal(1, await AskAsync(one, $"sum_over_time(by_user{{user='{label}'}}[10m])", isExpression: true));
    }

    [Fact]
    public async Task Dividing_by_zero_gives_no_value_and_is_said()
    {
        await using var server = await EventServer.StartAsync();
        const string Ratio = """{"name":"d_ratio","aggregation":"ratio","numerator":{"event":"business"},"denominator":{"event":"nothing_such"}}""";
        await server.PostAsync("""{"type":"business","name":"order"}""");
        var dry = await SendAsync(server, HttpMethod.Post, "/dry-run", Ratio);
        Assert.Equal(["there was no event of the type 'nothing_such'", "the denominator is 0: there is no value"], dry.Json.GetProperty("warnings").EnumerateArray().Select(static one => one.GetString()));
        Assert.Equal(JsonValueKind.Null, dry.Json.GetProperty("series")[0].GetProperty("value").ValueKind);
        await SendAsync(server, HttpMethod.Post, "", Ratio);
        await server.PostAsync("""{"type":"business","name":"order"}""");
        await FlushAsync(server);
        Assert.Null(await TryAskAsync(server, "d_ratio"));
    }

    [Fact]
    public async Task A_dry_run_shows_what_would_have_been_and_keeps_nothing()
    {
        await using var server = await EventServer.StartAsync();
        await server.PostAsync("""
            {"type":"business","name":"order","value":5,"currency":"EUR"}
            {"type":"business","name":"order","value":7,"currency":"EUR"}
            {"type":"business","name":"order","value":1,"currency":"USD"}
            {"type":"business","name":"order","currency":"USD"}
            """);
        var dry = await SendAsync(server, HttpMethod.Post, "/dry-run?minutes=10", Value.Replace("\"labels\":[\"currency\"]", "\"labels\":[\"currency\",\"nowhere\"],\"validate\":[{\"field\":\"value\",\"max\":6}]"));
        Assert.Equal((4, 3, 1, 1), (Int(dry.Json, "events"), Int(dry.Json, "matched"), Int(dry.Json, "missing_field"), Int(dry.Json, "rejected")));
        Assert.Equal(["no event has the field 'nowhere'"], dry.Json.GetProperty("warnings").EnumerateArray().Select(static one => one.GetString()));
        Assert.Equal("must be at most 6 (definition order_value)", dry.Json.GetProperty("rejections")[0].GetProperty("rule").GetString());
        var sums = dry.Json.GetProperty("series").EnumerateArray().ToDictionary(static one => one.GetProperty("labels").GetProperty("currency").GetString()!, static one => one.GetProperty("value").GetDouble());
        Assert.Equal((5.0, 1.0), (sums["EUR"], sums["USD"]));
        Assert.Empty((await server.GetAsync("/api/v1/definitions")).GetProperty("definitions").EnumerateArray());
    }

    [Fact]
    public async Task A_dry_run_draws_all_of_its_time_however_many_seconds_had_events()
    {
        await using var server = await EventServer.StartAsync();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        for (var from = 0; from < 3000; from += 500)
            await server.PostAsync(string.Join('\n', Enumerable.Range(from, 500).Select(second => $$"""{"type":"business","name":"order","value":{{second % 10}},"time":{{now - 3000 + second}}}""")));
        var count = (await SendAsync(server, HttpMethod.Post, "/dry-run?minutes=60", """{"name":"x","source":{"event":"business"},"aggregation":"count"}""")).Json;
        Assert.Equal((60, 300, JsonValueKind.Null), (Int(count, "step_seconds"), Int(count, "window_seconds"), count.GetProperty("since").ValueKind));
        var series = count.GetProperty("series")[0];
        Assert.Equal(3000, series.GetProperty("value").GetDouble());
        var points = series.GetProperty("samples").EnumerateArray()
            .Select(static one => (At: DateTimeOffset.Parse(one[0].GetString()!).ToUnixTimeSeconds(), Value: one[1].GetDouble())).ToList();
        Assert.InRange(points[0].At, now - 3300, now - 3180);
        Assert.InRange(points[^1].At, now, now + 60);
        Assert.All(points.Where(point => point.At >= now - 2700 && point.At < now), static point => Assert.Equal(300, point.Value));
        var average = (await SendAsync(server, HttpMethod.Post, "/dry-run?minutes=60", """{"name":"x","source":{"event":"business"},"aggregation":"avg","field":"value"}""")).Json.GetProperty("series")[0];
        Assert.All(average.GetProperty("samples").EnumerateArray().SkipLast(6).TakeLast(30), static one => Assert.Equal(4.5, one[1].GetDouble(), 1e-9));
    }

    [Fact]
    public async Task A_percentile_among_values_that_are_not_told_apart_has_no_value()
    {
        await using var server = await EventServer.StartAsync();
        await server.PostAsync("""[{"type":"business","name":"frost","value":-4},{"type":"business","name":"frost","value":-2},{"type":"business","name":"frost","value":5}]""");
        var dry = (await SendAsync(server, HttpMethod.Post, "/dry-run", """{"name":"x","source":{"event":"business"},"aggregation":"percentile","percentile":50,"field":"value"}""")).Json;
        Assert.Equal(JsonValueKind.Null, dry.GetProperty("series")[0].GetProperty("value").ValueKind);
        Assert.Contains("not told apart", dry.GetProperty("warnings")[0].GetString());
    }

    [Fact]
    public async Task A_dry_run_says_why_it_made_nothing()
    {
        await using var server = await EventServer.StartAsync();
        await server.PostAsync("""{"type":"business","name":"order","value":3}""");
        async Task<string[]> WarningsAsync(string json) =>
            [.. (await SendAsync(server, HttpMethod.Post, "/dry-run", json)).Json.GetProperty("warnings").EnumerateArray().Select(static one => one.GetString()!)];
        Assert.Equal(["none of the 1 events passes 'where'"], await WarningsAsync("""{"name":"x","source":{"event":"business","where":{"name":"ordr"}},"aggregation":"count"}"""));
        Assert.Equal(["the field 'name' is a number in none of the events that matched"], await WarningsAsync("""{"name":"x","source":{"event":"business"},"aggregation":"sum","field":"name"}"""));
        Assert.Equal(["no event has the field 'worth'"], await WarningsAsync("""{"name":"x","source":{"event":"business"},"aggregation":"sum","field":"worth"}"""));
    }

    [Fact]
    public async Task A_dry_run_of_PromQL_shows_what_the_expression_said_and_reads_no_events()
    {
        await using var server = await EventServer.StartAsync();
        await server.PostAsync("""{"type":"business","name":"order","value":3}""");
        var (status, dry) = await SendAsync(server, HttpMethod.Post, "/dry-run?minutes=10", """{"name":"x","source":{"promql":"vector(7)"}}""");
        Assert.Equal((HttpStatusCode.OK, 0), (status, Int(dry, "events")));
        var series = dry.GetProperty("series")[0];
        Assert.Equal((7.0, 61), (series.GetProperty("value").GetDouble(), series.GetProperty("samples").GetArrayLength()));
        var nothing = (await SendAsync(server, HttpMethod.Post, "/dry-run", """{"name":"x","source":{"promql":"nowhere"}}""")).Json;
        Assert.Equal("the expression had no value in this time", nothing.GetProperty("warnings")[0].GetString());
    }

    [Theory]
    [InlineData("""{"source":{"event":"a"},"aggregation":"count"}""", "name", "must be there")]
    [InlineData("""{"name":"9x","source":{"event":"a"},"aggregation":"count"}""", "name", "must be letters")]
    [InlineData("""{"name":"task_finished","source":{"event":"a"},"aggregation":"count"}""", "name", "must not be the name of a metric")]
    [InlineData("""{"name":"x","source":{"event":"a"},"aggregation":"median"}""", "aggregation", "must be count, sum")]
    [InlineData("""{"name":"x","source":{"event":"a"},"aggregation":"sum"}""", "field", "must be there for sum")]
    [InlineData("""{"name":"x","source":{"event":"task.nope"},"aggregation":"count"}""", "source.event", "must be one of task.queued")]
    [InlineData("""{"name":"x","source":{"promql":"sum("}}""", "source.promql", "must be PromQL")]
    [InlineData("""{"name":"x","source":{"event":"a"},"aggregation":"percentile","field":"v","percentile":101}""", "percentile", "must be a number from 0 to 100")]
    [InlineData("""{"name":"x","source":{"event":"a"},"aggregation":"count","labels":["le"]}""", "labels", "must have names")]
    [InlineData("""{"name":"x","source":{"event":"a"},"aggregation":"count","colour":"red"}""", "colour", "must be one of name")]
    [InlineData("""{"name":"x","source":{"event":"a"},"aggregation":"count","thresholds":[{"severity":"warning"}]}""", "thresholds", "must have above or below")]
    [InlineData("""{"name":"x","source":{"event":"a","where":{"v":{"min":5,"max":1}}},"aggregation":"count"}""", "source.where.v.max", "must be at least min, which is 5")]
    [InlineData("""{"name":"x","source":{"event":"a","where":{"v":{}}},"aggregation":"count"}""", "source.where.v", "must have min, max, not or exists")]
    [InlineData("""{"name":"x","source":{"event":"a"},"aggregation":"count","validate":[{"field":"v","min":2,"max":1}]}""", "validate.max", "must be at least min")]
    [InlineData("""{"name":"x","source":{"event":"a"},"aggregation":"count","thresholds":[{"severity":"warning","above":""}]}""", "thresholds.above", "must be a number")]
    [InlineData("[]", "", "must be an object")]
    [InlineData("{", "", "must be JSON")]
    public async Task A_mistake_is_told_with_field_value_and_rule(string json, string field, string rule)
    {
        await using var server = await EventServer.StartAsync();
        var (status, answer) = await SendAsync(server, HttpMethod.Post, "", json);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        var error = Assert.Single(answer.GetProperty("errors").EnumerateArray()); // one mistake is told once
        Assert.Equal(field, error.GetProperty("field").GetString());
        Assert.StartsWith(rule, error.GetProperty("rule").GetString());
    }

    [Fact]
    public async Task An_event_that_breaks_a_definitions_rule_is_rejected_counted_and_shown()
    {
        await using var server = await EventServer.StartAsync();
        await SendAsync(server, HttpMethod.Post, "", Value.Replace("\"labels\"", "\"validate\":[{\"field\":\"value\",\"type\":\"number\",\"min\":0,\"required\":true},{\"field\":\"currency\",\"allowed\":[\"EUR\",\"USD\"]}],\"labels\""));
        var answer = await server.PostAsync("""
            {"type":"business","name":"order","value":-1,"currency":"EUR"}
            {"type":"business","name":"order","value":1,"currency":"XXX"}
            {"type":"business","name":"order","currency":"EUR"}
            {"type":"business","name":"search","currency":"XXX"}
            {"type":"business","name":"order","value":3,"currency":"EUR"}
            """);
        Assert.Equal((2, 3), (answer.Accepted, answer.Rejected));
        Assert.Equal(("value", "-1", "must be at least 0 (definition order_value)"), (answer.First("field"), answer.First("value"), answer.First("rule")));
        Assert.Null(answer.First("id")); // the sender gave none
        var rejects = await server.GetAsync("/api/v1/definitions/rejects");
        Assert.Equal(3, Int(rejects, "total"));
        Assert.Equal(3, rejects.GetProperty("by_rule").GetArrayLength());
        await FlushAsync(server);
        Assert.Equal(3, await AskAsync(server, "sum(sum_over_time(events_rejected[10m]))", isExpression: true));
    }

    [Fact]
    public async Task Definitions_outlive_a_restart_and_their_series_go_on()
    {
        await using var server = await EventServer.StartAsync();
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(server, HttpMethod.Post, "", Value)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(server, HttpMethod.Post, "", Value)).Status);
        await server.PostAsync("""{"type":"business","name":"order","value":5,"currency":"EUR"}""");
        await server.RestartAsync();
        await server.PostAsync("""{"type":"business","name":"order","value":6,"currency":"EUR"}""");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(server, HttpMethod.Put, "/order_value", Value.Replace("\"h\"", "\"other\""))).Status);
        await server.PostAsync("""{"type":"business","name":"order","value":7,"currency":"EUR"}""");
        await FlushAsync(server);
        Assert.Equal(18, await AskAsync(server, "order_value"));
        Assert.Equal("other", (await server.GetAsync("/api/v1/definitions/order_value")).GetProperty("help").GetString());
        using var gone = await server.Client.DeleteAsync("/api/v1/definitions/order_value");
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        using var missing = await server.Client.GetAsync("/api/v1/definitions/order_value");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task A_file_of_definitions_is_read_and_a_mistake_in_it_is_told()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("barograph-test-").FullName, "definitions.yaml");
        await File.WriteAllTextAsync(file, """
            - name: searches
              source: {event: business, where: {name: search}}
              aggregation: count
            - name: five
              source:
                promql: vector(5)
            """, TestContext.Current.CancellationToken);
        await using (var server = await EventServer.StartAsync(settings => settings with { Definitions = file }))
        {
            Assert.Equal(["five", "searches"], (await server.GetAsync("/api/v1/definitions")).GetProperty("definitions").EnumerateArray().Select(static one => one.GetProperty("name").GetString()));
            using var refused = await server.Client.DeleteAsync("/api/v1/definitions/searches");
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }

        await File.WriteAllTextAsync(file, "name: searches\naggregation: many\nsource: {event: business}\n", TestContext.Current.CancellationToken);
        var mistake = Assert.Throws<Barograph.Server.Definitions.DefinitionFileException>(() => Barograph.Server.Definitions.DefinitionFiles.Read(file, Barograph.PromQL.QueryOptions.Default).ToList());
        Assert.Contains("definition 'searches': aggregation 'many' must be count", mistake.Message);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task What_this_version_does_not_understand_stays_in_the_file_as_it_is_and_is_shown()
    {
        const string Later = """{"name":"later",  "source":{"event":"business"},"aggregation":"median","of":[1.50,"\u00e9"]}""";
        const string Twice = """{"name":"order_value","help":"the second of that name","source":{"event":"business"},"aggregation":"count"}""";
        await using var server = await EventServer.StartAsync();
        var path = await KeepAsync(server, $"[{Later},{Value},{Twice},17]");
        var answer = await server.GetAsync("/api/v1/definitions");
        Assert.Equal(["order_value"], Names(answer, "definitions"));
        Assert.Equal(["", "later", "order_value"], Names(answer, "not_understood").Order(StringComparer.Ordinal));
        Assert.Contains(answer.GetProperty("not_understood")[0].GetProperty("errors").EnumerateArray(), static error => error.GetProperty("field").GetString() == "aggregation");
        Assert.Equal(1.5, answer.GetProperty("not_understood")[0].GetProperty("written").GetProperty("of")[0].GetDouble());
        Assert.Contains("later", (await server.GetAsync("/readyz")).GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);

        // Whatever is written, they stay: only their own removal removes them.
        await SendAsync(server, HttpMethod.Put, "/order_value", Value.Replace("\"h\"", "\"other\""));
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(server, HttpMethod.Put, "/later", Value.Replace("order_value", "later"))).Status);
        using (var gone = await server.Client.DeleteAsync("/api/v1/definitions/order_value"))
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        foreach (var entry in (string[])[Later, Twice, "17"])
            Assert.Contains(entry, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await server.RestartAsync();
        Assert.Equal(["order_value"], Names(await server.GetAsync("/api/v1/definitions"), "definitions")); // the second of that name is the only one now
        using (var gone = await server.Client.DeleteAsync("/api/v1/definitions/later"))
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.DoesNotContain("later", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1", 0)]
    [InlineData("{}", "line 1: a list of definitions is expected", 0)]
    [InlineData("[\n#,\n{\"name\": \"half", "line 3, byte ", 1)]
    [InlineData("[#,{\"name\":\"a\xff", "line 1, byte ", 1)]
    [InlineData("[#] and more", "line 1, byte ", 1)]
    [InlineData("folder", "is a folder", 0)]
    public async Task A_damaged_file_of_definitions_is_told_kept_beside_and_stops_nothing(string content, string place, int whole)
    {
        await using var server = await EventServer.StartAsync();
        var bytes = System.Text.Encoding.Latin1.GetBytes(content.Replace("#", Value, StringComparison.Ordinal));
        var path = await KeepAsync(server, bytes, isFolder: content == "folder");
        var answer = await server.GetAsync("/api/v1/definitions");
        Assert.Equal(whole, answer.GetProperty("definitions").GetArrayLength());
        foreach (var told in (string?[])[answer.GetProperty("damage").GetString(), (await server.GetAsync("/readyz")).GetProperty("warnings")[0].GetString()])
        {
            Assert.Contains(path, told, StringComparison.Ordinal);
            Assert.Contains(place, told, StringComparison.Ordinal);
        }

        Assert.Equal(1, (await server.PostAsync("""{"type":"business","name":"order","value":5}""")).Accepted);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(server, HttpMethod.Post, "", Value.Replace("order_value", "new_one"))).Status);
        var beside = Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!, "definitions.json.damaged-*"));
        if (content != "folder")
            Assert.Equal(bytes, await File.ReadAllBytesAsync(beside, TestContext.Current.CancellationToken));
        await server.RestartAsync();
        answer = await server.GetAsync("/api/v1/definitions");
        Assert.Equal((whole + 1, JsonValueKind.Null), (answer.GetProperty("definitions").GetArrayLength(), answer.GetProperty("damage").ValueKind));
    }

    [Fact]
    public async Task A_text_that_is_no_UTF8_is_a_mistake_in_the_definition()
    {
        await using var server = await EventServer.StartAsync();
        using var content = new ByteArrayContent([.. "{\"name\":\"a"u8, 0xff, .. "\"}"u8]);
        using var answer = await server.Client.PostAsync("/api/v1/definitions", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_list_of_many_definitions_never_takes_the_turns_of_others()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("barograph-test-").FullName, "definitions.json");
        var many = Enumerable.Range(0, 300).Select(static i => $$$"""{"name":"d{{{i}}}","source":{"promql":"vector({{{i}}})"}}""");
        await File.WriteAllTextAsync(file, $"[{string.Join(',', many)}]", TestContext.Current.CancellationToken);
        await using var server = await EventServer.StartAsync(settings => settings with { Definitions = file, QueryConcurrency = 1 });
        var gate = server.Services.GetRequiredService<QueryGate>();
        using (await gate.EnterAsync(TestContext.Current.CancellationToken))
        {
            var pages = Enumerable.Range(0, 20).Select(_ => server.GetAsync("/api/v1/definitions")).ToList();
            var waitingMost = 0;
            while (!pages.All(static page => page.IsCompleted))
            {
                waitingMost = Math.Max(waitingMost, gate.Waiting);
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            Assert.InRange(waitingMost, 1, Barograph.Server.Definitions.DefinitionStates.AtOnce + 1); // and the definitions' own worker
            foreach (var page in pages)
                Assert.Equal(300, (await page).GetProperty("definitions").GetArrayLength());
        }

        using var query = await server.Client.GetAsync("/api/v1/query?query=1", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, query.StatusCode);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task A_definition_may_say_what_a_query_may()
    {
        const string Experimental = """{"name":"few","source":{"promql":"limitk(1, up)"}}""";
        await using var plain = await EventServer.StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(plain, HttpMethod.Post, "", Experimental)).Status);
        await using var experimental = await EventServer.StartAsync(static settings => settings with { PromQLExperimental = true });
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(experimental, HttpMethod.Post, "", Experimental)).Status);
    }

    /// <summary>Writes the file of kept definitions as another version, or a bad disk, would have, and starts over it.</summary>
    static Task<string> KeepAsync(EventServer server, string content) => KeepAsync(server, System.Text.Encoding.UTF8.GetBytes(content), isFolder: false);

    static async Task<string> KeepAsync(EventServer server, byte[] content, bool isFolder)
    {
        var path = Path.Combine(server.Server.Folder, "events", "definitions.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (isFolder)
            Directory.CreateDirectory(path);
        else
            await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
        await server.RestartAsync();
        return path;
    }

    static IEnumerable<string?> Names(JsonElement answer, string list) => answer.GetProperty(list).EnumerateArray().Select(static one => one.GetProperty("name").GetString());

    static async Task FlushAsync(EventServer server) => await server.Services.GetRequiredService<EventDesk>().Derivation!.FlushAsync();

    static async Task<double> AskAsync(EventServer server, string what, bool isExpression = false) =>
        await TryAskAsync(server, what, isExpression) ?? throw new InvalidOperationException($"{what} has no value");

    static async Task<double?> TryAskAsync(EventServer server, string what, bool isExpression = false)
    {
        var expression = isExpression ? what : (await server.GetAsync($"/api/v1/definitions/{what}")).GetProperty("expression").GetString()!.Replace("$w", "10m").Replace("$seconds", "600");
        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 2;
        var answer = await server.GetAsync($"/api/v1/query?time={time}&query={Uri.EscapeDataString(expression)}");
        var result = answer.GetProperty("data").GetProperty("result");
        return result.GetArrayLength() == 0 ? null : double.Parse(result[0].GetProperty("value")[1].GetString()!);
    }

    static async Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(EventServer server, HttpMethod method, string path, string json)
    {
        using var request = new HttpRequestMessage(method, "/api/v1/definitions" + path) { Content = new StringContent(json) };
        using var answer = await server.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    static int Int(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
