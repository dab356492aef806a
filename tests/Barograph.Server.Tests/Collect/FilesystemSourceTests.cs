using Barograph.Server.Collect.Host;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

public sealed class FilesystemSourceTests : IDisposable
{
    const string Root = "29 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n";
    const string Share = "40 29 0:45 / /srv/my\\040share rw shared:9 - nfs4 nas:/export rw\n";

    readonly FixtureTree _tree = new();
    readonly ManualResetEventSlim _serverAnswers = new(initialState: true);

    public void Dispose()
    {
        _serverAnswers.Set();
        _tree.Dispose();
    }

    SourceReader Reader(Func<string, FilesystemRoom?> room) => new(new FilesystemSource(_tree.Paths, SourceReader.Series, room));

    FilesystemRoom? Answer(string path)
    {
        if (path != "/")
            _serverAnswers.Wait();
        return new FilesystemRoom(1000, 400, 300, 50, 20);
    }

    /// <summary>Reads until the file systems have answered, which they do on threads of the pool.</summary>
    static Dictionary<string, double> ReadUntil(Func<Dictionary<string, double>> readOnce, Predicate<Dictionary<string, double>> isGood)
    {
        Dictionary<string, double> read = [];
        Assert.True(SpinWait.SpinUntil(() => isGood(read = readOnce()), TimeSpan.FromSeconds(30)));
        return read;
    }

    static Dictionary<string, double> ReadAnswered(SourceReader reader, long milliseconds, int unanswered = 0) =>
        ReadUntil(() => reader.Read(milliseconds), read => read["system_filesystem_unanswered_count"] == unanswered);

    [Fact]
    public void Room_is_used_free_and_reserved()
    {
        _tree.Proc("self/mountinfo", Root);
        var read = ReadAnswered(Reader(Answer), 0);
        const string Labels = """system_device="/dev/sda1",system_filesystem_mountpoint="/",""";
        Assert.Equal(600, read[$$"""system_filesystem_usage_bytes{{{Labels}}system_filesystem_state="used",system_filesystem_type="ext4"}"""]);
        Assert.Equal(300, read[$$"""system_filesystem_usage_bytes{{{Labels}}system_filesystem_state="free",system_filesystem_type="ext4"}"""]);
        Assert.Equal(100, read[$$"""system_filesystem_usage_bytes{{{Labels}}system_filesystem_state="reserved",system_filesystem_type="ext4"}"""]);
        Assert.Equal(1000, read[$$"""system_filesystem_limit_bytes{{{Labels}}system_filesystem_type="ext4"}"""]);
        Assert.Equal(600 / 900.0, read[$$"""system_filesystem_utilization_ratio{{{Labels}}system_filesystem_type="ext4"}"""]);
        Assert.Equal(30, read[$$"""system_filesystem_inodes{{{Labels}}system_filesystem_state="used",system_filesystem_type="ext4"}"""]);
    }

    [Fact]
    public void A_share_whose_server_is_gone_loses_its_own_numbers_only()
    {
        _tree.Proc("self/mountinfo", Root + Share);
        var reader = Reader(Answer);
        var both = ReadAnswered(reader, 0);
        Assert.Equal(1000, both["""system_filesystem_limit_bytes{system_device="nas:/export",system_filesystem_mountpoint="/srv/my share",system_filesystem_type="nfs4"}"""]);

        _serverAnswers.Reset();
        var now = 0;
        var read = ReadUntil(() => reader.Read(now += 1000), static read =>
            read["system_filesystem_unanswered_count"] == 1 && read.Count == 8);
        Assert.Contains(read.Keys, key => key.Contains("/dev/sda1", StringComparison.Ordinal));
        Assert.DoesNotContain(read.Keys, key => key.Contains("nas:", StringComparison.Ordinal));

        _serverAnswers.Set();
        ReadUntil(() => reader.Read(now += 1000), static read => read.Keys.Any(static key => key.Contains("nas:", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_unmounted_file_system_ends_its_series()
    {
        _tree.Proc("self/mountinfo", Root + Share);
        var reader = Reader(Answer);
        ReadAnswered(reader, 0);
        _tree.Proc("self/mountinfo", Root);
        var read = reader.Read(10_000);
        Assert.All(read.Where(pair => pair.Key.Contains("nas:", StringComparison.Ordinal)), pair => Assert.True(StaleMarker.Is(pair.Value)));
        Assert.Contains(read.Keys, key => key.Contains("nas:", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_system_without_a_number_of_inodes_has_none()
    {
        _tree.Proc("self/mountinfo", Root);
        var read = ReadAnswered(Reader(static _ => new FilesystemRoom(10, 5, 5, 0, 0)), 0);
        Assert.DoesNotContain(read.Keys, key => key.Contains("inodes", StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_system_that_refuses_counts_as_unanswered()
    {
        _tree.Proc("self/mountinfo", Root);
        var asked = 0;
        var reader = Reader(_ => Interlocked.Increment(ref asked) > 0 ? null : default);
        reader.Read();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref asked) > 0, TimeSpan.FromSeconds(30)));
        Assert.Equal(1, reader.Read(1000)["system_filesystem_unanswered_count"]);
    }
}

public sealed class MountTableTests
{
    static string[] Paths(string mountInfo) => [.. MountTable.Parse(System.Text.Encoding.UTF8.GetBytes(mountInfo)).Select(mount => mount.Path)];

    [Theory]
    [InlineData("22 1 0:20 / /proc rw - proc proc rw")]
    [InlineData("22 1 0:21 / /run rw - tmpfs tmpfs rw")]
    [InlineData("22 1 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro")]
    [InlineData("22 1 11:0 / /media/cd ro - iso9660 /dev/sr0 ro")]
    [InlineData("22 1 8:1 /var/lib/docker/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw")]
    [InlineData("22 1 0:60 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw")]
    [InlineData("22 1 8:1 / /")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void What_is_no_file_system_of_the_user_is_left_out(string line) => Assert.Empty(Paths(line + "\n"));

    [Theory]
    [InlineData("22 1 8:1 / / rw - ext4 /dev/sda1 rw", "/")]
    [InlineData("22 1 0:30 /@ / rw - btrfs /dev/nvme0n1p2 rw", "/")]
    [InlineData("22 1 0:31 / /tank rw - zfs tank rw", "/tank")]
    [InlineData("22 1 0:32 / / rw - overlay overlay rw", "/")]
    [InlineData("22 1 0:33 / /mnt/a\\134b\\040c rw shared:1 master:2 - cifs //nas/x rw", "/mnt/a\\b c")]
    public void What_holds_files_of_the_user_is_found(string line, string path) => Assert.Equal([path], Paths(line + "\n"));

    [Fact]
    public void A_device_mounted_in_many_places_is_told_once_by_its_whole_and_shortest_place() =>
        Assert.Equal(["/", "/data"], Paths("""
            22 1 8:1 /srv/www /w rw - ext4 /dev/sda1 rw
            23 1 8:1 / / rw - ext4 /dev/sda1 rw
            24 1 8:2 / /data/bind rw - xfs /dev/sdb1 rw
            25 1 8:2 / /data rw - xfs /dev/sdb1 rw

            """));
}
