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

    SourceReader Reader(Func<string, FilesystemRoom?> room) => new(new FilesystemSource(_tree.Paths, HiddenMounts.Default, SourceReader.Series, room));

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
        Assert.True(SpinWait.SpinUntil(() => isGood(read = readOnce()), TimeSpan.FromMinutes(2)));
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
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref asked) > 0, TimeSpan.FromMinutes(2)));
        Assert.Equal(1, reader.Read(1000)["system_filesystem_unanswered_count"]);
    }
}

public sealed class MountTableTests
{
    static string[] Paths(string mountInfo, HiddenMounts? hidden = null) =>
        [.. MountTable.Parse(System.Text.Encoding.UTF8.GetBytes(mountInfo), hidden ?? HiddenMounts.Default).Select(mount => mount.Path)];

    [Theory]
    [InlineData("22 1 0:20 / /proc rw - proc proc rw")]
    [InlineData("22 1 0:21 / /run rw - tmpfs tmpfs rw")]
    [InlineData("22 1 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro")]
    [InlineData("22 1 11:0 / /media/cd ro - iso9660 /dev/sr0 ro")]
    [InlineData("22 1 8:1 /var/lib/docker/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw")]
    [InlineData("22 1 0:60 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw")]
    [InlineData("22 1 0:61 / /run/user/1000/doc rw - fuse.portal portal rw")]
    [InlineData("22 1 0:62 / /home/a/.local/share/containers/storage/overlay/x/merged rw - overlay overlay rw")]
    [InlineData("22 1 0:63 / /run/lock rw - ext4 /dev/sdc1 rw")]
    [InlineData("22 1 8:1 / /")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void What_is_no_file_system_of_the_user_is_left_out(string line) => Assert.Empty(Paths(line + "\n"));

    [Theory]
    [InlineData("22 1 8:1 / / rw - ext4 /dev/sda1 rw", "/")]
    [InlineData("22 1 0:30 /@ / rw - btrfs /dev/nvme0n1p2 rw", "/")]
    [InlineData("22 1 0:31 / /tank rw - zfs tank rw", "/tank")]
    [InlineData("22 1 0:32 / / rw - overlay overlay rw", "/")]
    [InlineData("22 1 8:17 / /run/media/anna/USB rw - vfat /dev/sdb1 rw", "/run/media/anna/USB")]
    [InlineData("22 1 0:40 / /mnt/user rw - fuse.shfs shfs rw", "/mnt/user")]
    [InlineData("22 1 0:41 / /mnt/mfs rw - fuse.mfs mfs#server:9421 rw", "/mnt/mfs")]
    [InlineData("22 1 0:42 / /storage rw - fuse.mergerfs a:b rw", "/storage")]
    [InlineData("22 1 0:43 / /media/sf_share rw - vboxsf share rw", "/media/sf_share")]
    [InlineData("22 1 0:44 / /mnt/hgfs rw - fuse.vmhgfs-fuse vmhgfs-fuse rw", "/mnt/hgfs")]
    [InlineData("22 1 0:45 / /mnt/hgfs rw - vmhgfs .host:/ rw", "/mnt/hgfs")]
    [InlineData("22 1 0:46 / /mnt/c rw - 9p C:\\134 rw", "/mnt/c")]
    [InlineData("22 1 0:47 / /net rw - afs AFS rw", "/net")]
    [InlineData("22 1 0:48 / /new rw - fuse.nobody-knows-it yet rw", "/new")]
    [InlineData("22 1 0:33 / /mnt/a\\134b\\040c rw shared:1 master:2 - cifs //nas/x rw", "/mnt/a\\b c")]
    public void What_holds_files_of_the_user_is_found(string line, string path) => Assert.Equal([path], Paths(line + "\n"));

    [Fact]
    public void Subvolumes_of_btrfs_are_each_told_and_their_parts_are_not() =>
        Assert.Equal(["/", "/home"], Paths("""
            22 1 0:30 /@ / rw - btrfs /dev/nvme0n1p2 rw,subvolid=256,subvol=/@
            23 1 0:30 /@home /home rw - btrfs /dev/nvme0n1p2 rw,subvolid=257,subvol=/@home
            24 1 0:30 /@home/anna/www /srv/www rw - btrfs /dev/nvme0n1p2 rw,subvolid=257,subvol=/@home

            """)[..2]);

    [Fact]
    public void What_is_hidden_is_what_the_settings_say()
    {
        const string Mounts = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 1 8:2 / /data rw - ext4 /dev/sda2 rw\n"
            + "24 1 8:3 / /data/mine rw - xfs /dev/sda3 rw\n25 1 0:9 / /tmp rw - tmpfs tmpfs rw\n26 1 8:4 / /database rw - xfs /dev/sda4 rw\n";
        Assert.Equal(["/", "/data", "/data/mine", "/database", "/tmp"], Paths(Mounts, HiddenMounts.Read("none", "none")));
        Assert.Equal(["/", "/database"], Paths(Mounts, HiddenMounts.Read("tmpfs", "/data")));
        Assert.Equal(["/", "/data/mine", "/database"], Paths(Mounts, HiddenMounts.Read("tmpfs", "/data, !/data/mine")));
        Assert.Equal(["/data/mine", "/database"], Paths(Mounts, HiddenMounts.Read("tmpfs,ext4", "none")));
        Assert.False(HiddenMounts.ArePaths("/data,relative"));
    }

    [Fact]
    public void A_device_mounted_in_many_places_is_told_once_by_its_whole_and_shortest_place() =>
        Assert.Equal(["/", "/data"], Paths("""
            22 1 8:1 /srv/www /w rw - ext4 /dev/sda1 rw
            23 1 8:1 / / rw - ext4 /dev/sda1 rw
            24 1 8:2 / /data/bind rw - xfs /dev/sdb1 rw
            25 1 8:2 / /data rw - xfs /dev/sdb1 rw

            """));
}
