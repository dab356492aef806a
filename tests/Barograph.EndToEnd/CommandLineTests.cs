namespace Barograph.EndToEnd;

/// <summary>What an operator reads when something is wrong at the start: one sentence, no stack trace.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task A_wrong_option_is_named_with_its_value_and_what_is_allowed()
    {
        var (code, _, error) = await RunningServer.RunToEndAsync(null, "--port", "http");
        Assert.Equal(2, code);
        Assert.Equal("barograph: option --port: 'http' is not allowed; allowed is a whole number from 1 to 65535\n", error);
    }

    [Fact]
    public async Task A_wrong_variable_is_named_too()
    {
        var (code, _, error) = await RunningServer.RunToEndAsync(new Dictionary<string, string> { ["MONITORING_INTERVAL"] = "fast" });
        Assert.Equal(2, code);
        Assert.StartsWith("barograph: environment variable MONITORING_INTERVAL: 'fast' is not allowed; allowed is", error);
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_a_sentence()
    {
        await using var first = await RunningServer.StartAsync();
        var folder = Directory.CreateTempSubdirectory("barograph-test-").FullName;
        var (code, _, error) = await RunningServer.RunToEndAsync(null, "--port", $"{first.Port}", "--data", folder);
        Assert.Equal(1, code);
        Assert.Equal($"barograph: port {first.Port} on 127.0.0.1 is in use by another program; stop it or choose another with --port\n", error);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("--definitions", "name: a\naggregation: many\n", ", line 1: definition 'a': ")]
    [InlineData("--definitions", "- &a\n  name: x\n  source: *a\n", ", line 2: not YAML: more than 100 levels deep, or a part that contains itself")]
    [InlineData("--definitions", "? [a]\n: 1\n? [b]\n: 2\n", ", line 1: not YAML: a key must be a text")]
    [InlineData("--definitions", "deep", ", line 1: not YAML: more than 100 levels deep")]
    [InlineData("--scrape", "deep", ", line 1: not YAML: more than 100 levels deep")]
    [InlineData("--config", "deep", ", line 1: not YAML: more than 100 levels deep")]
    public async Task A_file_of_the_operator_with_a_mistake_is_told_in_a_sentence(string option, string content, string why)
    {
        var folder = Directory.CreateTempSubdirectory("barograph-test-").FullName;
        var file = Path.Combine(folder, "one.yaml");
        await File.WriteAllTextAsync(file, content == "deep" ? new string('[', 100_000) : content, TestContext.Current.CancellationToken);
        var (code, _, error) = await RunningServer.RunToEndAsync(null, "--port", "18999", "--data", Path.Combine(folder, "data"), option, file);
        Assert.True(code is 1 or 2, $"{code}");
        Assert.StartsWith($"barograph: {file}{why}", error);
        Assert.DoesNotContain("   at ", error);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_data_folder_in_use_is_told_in_a_sentence()
    {
        await using var first = await RunningServer.StartAsync();
        var (code, _, error) = await RunningServer.RunToEndAsync(null, "--port", $"{RunningServer.FreePort()}", "--data", first.Data);
        Assert.Equal(1, code);
        Assert.Contains(first.Data, Assert.Single(error.TrimEnd().Split('\n')));
        Assert.Contains("another Barograph", error);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_is_told_in_a_sentence()
    {
        var file = Path.GetTempFileName();
        var (code, _, error) = await RunningServer.RunToEndAsync(null, "--port", $"{RunningServer.FreePort()}", "--data", Path.Combine(file, "data"));
        Assert.Equal(1, code);
        Assert.Contains(file, Assert.Single(error.TrimEnd().Split('\n')));
        File.Delete(file);
    }

    [Fact]
    public async Task Help_lists_every_option()
    {
        var (code, output, _) = await RunningServer.RunToEndAsync(null, "help");
        Assert.Equal(0, code);
        foreach (var option in new[] { "--port", "--listen", "--data", "--collect", "--config", "BAROGRAPH_PORT" })
            Assert.Contains(option, output);
    }

    [Fact]
    public async Task An_unknown_command_is_named()
    {
        var (code, _, error) = await RunningServer.RunToEndAsync(null, "observe");
        Assert.Equal(2, code);
        Assert.Contains("unknown command 'observe'", error);
    }

    [Fact]
    public async Task The_server_stops_when_it_is_told_to()
    {
        await using var server = await RunningServer.StartAsync();
        await server.StopAsync();
        Assert.DoesNotContain("Exception", server.Output);
    }

    [Fact]
    public async Task The_server_has_no_folder_watched_for_changes()
    {
        await using var server = await RunningServer.StartAsync();
        var watched = Directory.GetFiles($"/proc/{server.ProcessId}/fdinfo").SelectMany(LinesOf).Where(static line => line.StartsWith("inotify", StringComparison.Ordinal));
        Assert.Empty(watched);

        static string[] LinesOf(string file)
        {
            try
            {
                return File.ReadAllLines(file);
            }
            catch (IOException)
            {
                return []; // closed meanwhile
            }
        }
    }
}
