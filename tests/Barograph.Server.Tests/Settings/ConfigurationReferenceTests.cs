using Barograph.Server.Settings;

namespace Barograph.Server.Tests.Settings;

/// <summary>docs/configuration.md says what the code does, row by row.</summary>
public sealed class ConfigurationReferenceTests
{
    [Fact]
    public void Every_setting_has_its_row_and_every_row_its_setting()
    {
        var expected = SettingsCatalogue.All.Select(static setting =>
            $"| `{setting.Name}` | `--{setting.Name}` | `{setting.EnvironmentVariable}` | `{setting.Default}` | {setting.Allowed} | {setting.Help} |");
        var aliases = SettingsCatalogue.Aliases.Select(static alias => $"| `{alias.Variable}` | `{alias.Setting}` | {alias.Allowed} |");
        var rows = File.ReadLines(Repository.File("docs/configuration.md")).Where(static line => line.StartsWith("| `", StringComparison.Ordinal) && !line.StartsWith("| `barograph", StringComparison.Ordinal));
        Assert.Equal([.. expected, .. aliases], rows);
    }

    [Fact]
    public void Every_default_is_allowed_and_is_what_the_code_starts_from()
    {
        var settings = new ServerSettings();
        foreach (var setting in SettingsCatalogue.All)
            Assert.Equal(settings, setting.Apply(settings, setting.Default));
    }
}
