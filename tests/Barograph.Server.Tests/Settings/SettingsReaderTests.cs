using System.Net;
using Barograph.Server.Settings;

namespace Barograph.Server.Tests.Settings;

public sealed class SettingsReaderTests : IDisposable
{
    readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Nothing_said_gives_the_defaults()
    {
        var settings = Read([]);
        Assert.Equal((8000, IPAddress.Loopback, "./data"), (settings.Port, settings.Listen, settings.Data));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)), (settings.Collect, settings.Retention));
    }

    [Fact]
    public void Each_place_wins_over_the_one_before()
    {
        File.WriteAllText(_file, "port: 1001\ncollect: 2s\ndata: /file\n");
        var settings = Read(["--config", _file, "--data=/option"], ("BAROGRAPH_COLLECT", "3s"), ("BAROGRAPH_DATA", "/environment"));
        Assert.Equal((1001, TimeSpan.FromSeconds(3), "/option"), (settings.Port, settings.Collect, settings.Data));
    }

    [Theory]
    [InlineData("MONITORING_INTERVAL", "10000", 10)]
    [InlineData("MONITORING_ENABLED", "false", null)]
    [InlineData("MONITORING_ENABLED", "true", 1)]
    public void Known_names_of_other_systems_are_understood(string variable, string value, int? seconds) =>
        Assert.Equal(seconds, (int?)Read([], (variable, value)).Collect?.TotalSeconds);

    [Fact]
    public void A_disabled_monitoring_wins_over_its_interval() =>
        Assert.Null(Read([], ("MONITORING_ENABLED", "false"), ("MONITORING_INTERVAL", "5000")).Collect);

    [Fact]
    public void Retention_in_days_is_understood() =>
        Assert.Equal(TimeSpan.FromDays(7), Read([], ("MONITORING_RETENTION_DAYS", "7")).Retention);

    [Fact]
    public void Unlimited_retention_has_no_time() => Assert.Null(Read(["--retention", "unlimited"]).Retention);

    [Theory]
    [InlineData("*", "0.0.0.0")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("::1", "::1")]
    public void An_address_may_be_a_word(string text, string address) =>
        Assert.Equal(IPAddress.Parse(address), Read(["--listen", text]).Listen);

    [Theory]
    [InlineData("port", "0")]
    [InlineData("port", "65536")]
    [InlineData("port", "http")]
    [InlineData("listen", "example")]
    [InlineData("data", " ")]
    [InlineData("collect", "500ms")]
    [InlineData("collect", "1.5s")]
    [InlineData("collect", "2h")]
    [InlineData("collect", "")]
    [InlineData("retention", "10s")]
    [InlineData("retention", "for ever")]
    [InlineData("retention-size", "1MB")]
    [InlineData("retention-size", "50")]
    [InlineData("out-of-order-window", "early")]
    [InlineData("series-limit", "1")]
    [InlineData("new-series-per-second", "-5")]
    [InlineData("events-size", "1KB")]
    public void A_value_that_is_not_allowed_is_named_with_its_key_and_what_is_allowed(string key, string value)
    {
        var allowed = SettingsCatalogue.Find(key)!.Allowed;
        Assert.Equal($"option --{key}: '{value}' is not allowed; allowed is {allowed}", Assert.Single(Mistakes([$"--{key}={value}"])));
        if (value.Length > 0)
        {
            var variable = SettingsCatalogue.Find(key)!.EnvironmentVariable;
            Assert.StartsWith($"environment variable {variable}: '{value}'", Assert.Single(Mistakes([], (variable, value))));
        }

        File.WriteAllText(_file, $"# a comment\n{key}: '{value}'\n");
        Assert.StartsWith($"{_file}, line 2: {key}: '{value}' is not allowed", Assert.Single(Mistakes(["--config", _file])));
    }

    [Fact]
    public void The_limits_of_the_store_can_be_set()
    {
        var settings = Read(["--retention-size=50GB", "--out-of-order-window", "unlimited", "--series-limit=2000", "--new-series-per-second=500"]);
        Assert.Equal((50L << 30, null, 2000, 500), (settings.RetentionBytes!.Value, settings.OutOfOrderWindow, settings.SeriesLimit, settings.NewSeriesPerSecond));
        settings = Read(["--retention-size=unlimited", "--out-of-order-window=10m"]);
        Assert.Equal((null, TimeSpan.FromMinutes(10)), (settings.RetentionBytes, settings.OutOfOrderWindow));
    }

    [Fact]
    public void Every_mistake_is_told_at_once()
    {
        File.WriteAllText(_file, "port: none\ncolect: 1s\n");
        Assert.Equal(4, Mistakes(["--config", _file, "--prot", "1"], ("BAROGRAPH_LISTEN", "x")).Count);
    }

    [Theory]
    [InlineData("--prot", "did you mean '--port'?")]
    [InlineData("--zzzzzz", "'barograph help' lists them")]
    public void An_unknown_option_is_named_with_its_nearest(string option, string hint) =>
        Assert.Contains(hint, Assert.Single(Mistakes([option, "1"])));

    [Fact]
    public void An_option_without_its_value_says_what_is_allowed() =>
        Assert.Equal("option --port needs a value: allowed is a whole number from 1 to 65535", Assert.Single(Mistakes(["--port"])));

    [Fact]
    public void An_unknown_variable_of_ours_is_a_mistake() =>
        Assert.Equal("unknown environment variable BAROGRAPH_PROT; did you mean 'port'?", Assert.Single(Mistakes([], ("BAROGRAPH_PROT", "1"))));

    [Theory]
    [InlineData("just text", "expected lines of the form 'key: value'")]
    [InlineData("port: [1, 2]", "expected a single value")]
    [InlineData("port: 'open", "not YAML")]
    public void A_file_that_is_not_settings_is_told_with_its_place(string text, string complaint)
    {
        File.WriteAllText(_file, text);
        Assert.Contains(complaint, Assert.Single(Mistakes(["--config", _file])));
    }

    [Fact]
    public void A_named_file_must_exist() =>
        Assert.StartsWith("cannot read the configuration file", Assert.Single(Mistakes(["--config", "/nowhere/barograph.yaml"])));

    [Fact]
    public void An_empty_file_says_nothing()
    {
        File.WriteAllText(_file, "# nothing\n");
        Assert.Equal(8000, Read(["--config", _file]).Port);
    }

    static ServerSettings Read(string[] arguments, params (string, string)[] environment)
    {
        Assert.True(TryRead(arguments, environment, out var settings, out var mistakes), string.Join('\n', mistakes));
        return settings!;
    }

    static IReadOnlyList<string> Mistakes(string[] arguments, params (string, string)[] environment)
    {
        Assert.False(TryRead(arguments, environment, out _, out var mistakes));
        return mistakes;
    }

    static bool TryRead(string[] arguments, (string Name, string Value)[] environment, out ServerSettings? settings, out IReadOnlyList<string> mistakes) =>
        SettingsReader.TryRead(arguments, environment.ToDictionary(static pair => pair.Name, static pair => pair.Value), out settings, out mistakes);
}
