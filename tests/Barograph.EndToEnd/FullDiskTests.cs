using System.Diagnostics;
using System.Net;
using Microsoft.Playwright;

namespace Barograph.EndToEnd;

public sealed class FullDiskTests(Browser browser)
{
    [Fact]
    public async Task A_full_disk_is_said_on_the_page_and_by_readyz_reads_go_on_and_writing_resumes_by_itself()
    {
        await using var disk = SmallDisk.Mount(megabytes: 16);
        await using var server = await RunningServer.StartOnAsync(Path.Combine(disk.Folder, "data"));
        var page = await browser.OpenAsync(server);
        using var client = new HttpClient { BaseAddress = server.Address };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);

        disk.Fill();
        await Assertions.Expect(page.GetByText("Nothing is being stored.")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
        var answer = await client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("read_only", await answer.Content.ReadAsStringAsync());
        await page.ReloadAsync();
        await Browser.WaitUntilLiveAsync(page);
        await Assertions.Expect(page.GetByText("Nothing is being stored.")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });

        disk.Empty();
        await Assertions.Expect(page.GetByText("Nothing is being stored.")).ToBeHiddenAsync(new() { Timeout = Browser.PatienceMs });
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);
        Assert.DoesNotContain("   at ", server.Output);

        await server.KillAsync();
        await server.StartAgainAsync();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz")).StatusCode);
    }

    [Fact]
    public async Task On_a_full_disk_the_server_still_starts_and_says_so()
    {
        await using var disk = SmallDisk.Mount(megabytes: 16);
        await using var server = await RunningServer.StartOnAsync(Path.Combine(disk.Folder, "data"));
        await server.HasTicksAsync(2);
        await server.StopAsync();
        disk.Fill();
        await server.StartAgainAsync();
        var page = await browser.OpenAsync(server);
        await Assertions.Expect(page.GetByText("Nothing is being stored.")).ToBeVisibleAsync(new() { Timeout = Browser.PatienceMs });
    }

    /// <summary>A file system in memory that is soon full. Needs the right to mount; the tests are skipped without it.</summary>
    sealed class SmallDisk : IAsyncDisposable
    {
        SmallDisk(string folder) => Folder = folder;

        public string Folder { get; }

        string Ballast => Path.Combine(Folder, "ballast");

        public static SmallDisk Mount(int megabytes)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Mounting a small disk needs root.");
            var folder = Directory.CreateTempSubdirectory("barograph-disk-").FullName;
            Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "none", folder) == 0, "Mounting a tmpfs was refused.");
            return new SmallDisk(folder);
        }

        public void Fill()
        {
            using var file = File.Create(Ballast);
            try
            {
                for (var block = new byte[4096]; ;)
                {
                    file.Write(block);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                // Full: what was wanted.
            }
        }

        public void Empty() => File.Delete(Ballast);

        public ValueTask DisposeAsync()
        {
            Run("umount", "-l", Folder);
            Directory.Delete(Folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        static int Run(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
