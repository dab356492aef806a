using System.Runtime.Versioning;
using Barograph.Server.Data;
using Barograph.Server.Data.Backup;
using Barograph.Server.Events;
using Microsoft.Extensions.DependencyInjection;

namespace Barograph.Server.Tests.Data;

/// <summary>What is kept is nobody else's to read.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FileModeTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-modes-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_backup_is_its_owners_alone_and_so_is_what_is_restored()
    {
        var (target, restored) = (Path.Combine(_folder, "backup"), Path.Combine(_folder, "restored"));
        var server = await RunningServer.StartOnAsync(Path.Combine(_folder, "data"));
        await server.Services.GetRequiredService<EventDesk>().Opened.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await server.StopAsync();
        await DataBackup.OfFolderAsync(server.Folder, target, TimeProvider.System, TestContext.Current.CancellationToken);
        DataBackup.Restore(target, restored, TestContext.Current.CancellationToken);
        foreach (var folder in new[] { target, restored })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
            foreach (var inner in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(inner));
        }
    }

    [Fact]
    public void Modes_of_an_earlier_version_are_mended_once_and_what_is_not_ours_is_left_alone()
    {
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode Open = Readable | UnixFileMode.UserExecute | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(Path.Combine(_folder, "events", "log"));
        string[] files = ["version", "events/identity-key", "events/log/1"];
        foreach (var file in files)
        {
            File.WriteAllText(Path.Combine(_folder, file), "x");
            File.SetUnixFileMode(Path.Combine(_folder, file), Readable);
        }

        File.WriteAllText(Path.Combine(_folder, "run.sh"), "x");
        File.SetUnixFileMode(Path.Combine(_folder, "run.sh"), Open);
        File.SetUnixFileMode(_folder, Open);
        File.SetUnixFileMode(Path.Combine(_folder, "events"), Open);
        File.SetUnixFileMode(Path.Combine(_folder, "events", "log"), Open);
        Assert.Equal(files.Length + 2, DataFolder.MendModes(_folder));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, file))));
        Assert.Equal((Open, Open), (File.GetUnixFileMode(Path.Combine(_folder, "run.sh")), File.GetUnixFileMode(_folder)));
        File.Delete(Path.Combine(_folder, "run.sh"));
        Assert.Equal(1, DataFolder.MendModes(_folder));
        Assert.Equal(0, DataFolder.MendModes(_folder));
    }
}
