using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;

namespace Barograph.Server.Tests.Collect;

public sealed class ContainerSourceTests : IDisposable
{
    readonly FixtureTree _tree = new();

    public void Dispose() => _tree.Dispose();

    SourceReader Reader() => new(new ContainerSource(_tree.Paths, SourceReader.Series));

    /// <summary>Puts the server into a group, the tree of groups being mounted below /sys.</summary>
    void Mount(string root, string group) =>
        _tree.Proc("self/mountinfo", $"29 1 8:1 / / rw - ext4 /dev/sda1 rw\n30 29 0:26 {root} {_tree.Paths.Sys("fs/cgroup")} rw - cgroup2 cgroup2 rw\n")
            .Proc("self/cgroup", $"4:memory:/old\n0::{group}\n");

    void Group(string path, string file, string text)
    {
        var full = _tree.Paths.Sys("fs/cgroup" + path + "/" + file);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    [Fact]
    public void Limits_and_what_is_used_of_them_are_read()
    {
        Mount("/", "/");
        Group("", "cpu.max", "150000 100000\n");
        Group("", "cpu.stat", "usage_usec 3000000\nuser_usec 2000000\nsystem_usec 1000000\nnr_periods 40\nnr_throttled 10\nthrottled_usec 500000\n");
        Group("", "memory.max", "1073741824\n");
        Group("", "memory.current", "536870912\n");
        Group("", "memory.events", "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\n");
        var read = Reader().Read();
        Assert.Equal(1.5, read["container_cpu_limit"]);
        Assert.Equal(2, read["""container_cpu_time_seconds_total{cpu_mode="user"}"""]);
        Assert.Equal(40, read["container_cpu_periods_total"]);
        Assert.Equal(10, read["container_cpu_throttled_periods_total"]);
        Assert.Equal(0.5, read["container_cpu_throttled_time_seconds_total"]);
        Assert.Equal(1073741824, read["container_memory_limit_bytes"]);
        Assert.Equal(536870912, read["container_memory_usage_bytes"]);
        Assert.Equal(1, read["container_memory_oom_kills_total"]);
    }

    [Fact]
    public void The_tightest_limit_up_to_the_root_counts()
    {
        Mount("/", "/system.slice/barograph.service");
        Group("/system.slice/barograph.service", "cpu.max", "max 100000\n");
        Group("/system.slice/barograph.service", "memory.max", "4000\n");
        Group("/system.slice", "cpu.max", "50000 100000\n");
        Group("/system.slice", "memory.max", "3000\n");
        var read = Reader().Read();
        Assert.Equal(0.5, read["container_cpu_limit"]);
        Assert.Equal(3000, read["container_memory_limit_bytes"]);
    }

    [Fact]
    public void A_container_that_sees_only_its_own_tree_finds_itself()
    {
        Mount("/docker/abc", "/docker/abc/inner");
        Group("/inner", "memory.max", "5000\n");
        Assert.Equal(5000, Reader().Read()["container_memory_limit_bytes"]);
    }

    [Fact]
    public void A_limit_changed_while_running_is_noticed()
    {
        Mount("/", "/");
        Group("", "memory.max", "5000\n");
        var reader = Reader();
        reader.Read();
        Group("", "memory.max", "6000\n");
        Assert.Equal(5000, reader.Read(9_000)["container_memory_limit_bytes"]);
        Assert.Equal(6000, reader.Read(10_000)["container_memory_limit_bytes"]);
    }

    [Fact]
    public void Without_a_limit_there_is_nothing_to_tell()
    {
        Mount("/", "/user.slice");
        Group("/user.slice", "cpu.max", "max 100000\n");
        Group("/user.slice", "memory.max", "max\n");
        Group("/user.slice", "memory.current", "1\n");
        Assert.Throws<SourceUnavailableException>(() => Reader().Read());
    }

    [Fact]
    public void A_host_with_control_groups_of_version_1_has_none()
    {
        _tree.Proc("self/mountinfo", "29 1 8:1 / / rw - ext4 /dev/sda1 rw\n").Proc("self/cgroup", "4:memory:/old\n");
        Assert.Throws<SourceUnavailableException>(() => Reader().Read());
    }
}
