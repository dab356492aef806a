using System.Text;
using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;

namespace Barograph.Server.Tests.Collect;

/// <summary>Whatever stands in the kernel's files, a source gives values or fails in the ways that are counted.</summary>
public sealed class DamagedFilesTests : IDisposable
{
    const int Rounds = 300;

    readonly FixtureTree _tree = new FixtureTree().Disk("sda").Disk("sdb").Proc("self/fd/3", "");
    readonly int _seed = Environment.TickCount;
    readonly Random _random;
    readonly TickBatch _batch = new();

    public DamagedFilesTests() => _random = new Random(_seed);

    public void Dispose() => _tree.Dispose();

    static readonly (string Path, string Text)[] Files =
    [
        ("stat", "cpu  300 20 100 1000 40 5 15 20 7 0\ncpu0 100 10 60 500 30 5 5 10 7 0\nintr 218430 0 0\nctxt 641266\nbtime 1795246317\nprocesses 6200\n"),
        ("loadavg", "0.03 0.23 10.16 1/89 6205\n"),
        ("uptime", "804.26 1455.15\n"),
        ("sys/fs/file-nr", "484\t4\t2465620\n"),
        ("meminfo", "MemTotal:       1000 kB\nMemFree:         300 kB\nCached:          200 kB\nSwapTotal:       400 kB\nSwapFree:        100 kB\n"),
        ("vmstat", "pswpin 3\npswpout 4\npgfault 1000\npgmajfault 10\noom_kill 2\n"),
        ("pressure/cpu", "some avg10=1.50 avg60=1.31 avg300=2.97 total=29132801\n"),
        ("pressure/io", "some avg10=1.50 avg60=1.31 avg300=2.97 total=29132801\n"),
        ("pressure/memory", "some avg10=1.50 avg60=1.31 avg300=2.97 total=29132801\n"),
        ("diskstats", " 8 0 sda 100 5 2000 250 40 7 1000 500 0 600 750\n 8 16 sdb 100 5 2000 250 40 7 1000 500 0 600 750\n"),
        ("net/dev", "Inter-| Receive\n face |bytes\n lo: 32922 123 0 0 0 0 0 0 32922 123 0 0 0 0 0 0\n eth0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"),
        ("net/sockstat", "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 0\nUDP: inuse 3 mem 0\n"),
        ("self/mountinfo", "29 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n30 29 0:26 / /cg rw - cgroup2 cgroup2 rw\n"),
        ("self/cgroup", "0::/a/b\n"),
        ("self/stat", "6722 (cat) R 6715 6715 4114 0 -1 4194304 119 0 0 0 0 0 0 0 20 0 1 0 81510 3133440 362 1\n"),
        ("self/io", "read_bytes: 1\nwrite_bytes: 2\n"),
        ("77/stat", "77 (a b) S 1 1 1 0 -1 0 9 0 0 0 1 1 0 0 20 0 1 0 5 4096 100 184\n"),
    ];

    [Fact]
    public void A_damaged_file_gives_values_or_a_failure_that_is_counted()
    {
        var sources = Sources();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (path, text) in Files)
                WriteDamaged(path, Encoding.UTF8.GetBytes(text));
            foreach (var source in sources)
                Read(source, round);
        }

        foreach (var source in sources)
            source.Dispose();
    }

    [Fact]
    public void Whole_files_after_damaged_ones_are_read_again()
    {
        var sources = Sources();
        for (var round = 0; round < 10; round++)
        {
            foreach (var (path, text) in Files)
                WriteDamaged(path, Encoding.UTF8.GetBytes(text));
            foreach (var source in sources)
                Read(source, round);
        }

        foreach (var (path, text) in Files)
            _tree.Proc(path, text);
        foreach (var source in sources.Where(static source => source is not ContainerSource)) // which has no limits here
            Assert.True(Read(source, 11) > 0, $"seed {_seed}: {source.Name}");
        foreach (var source in sources)
            source.Dispose();
    }

    ISource[] Sources() =>
    [
        new CpuSource(_tree.Paths, SourceReader.Series), new LoadSource(_tree.Paths, SourceReader.Series),
        new MemorySource(_tree.Paths, SourceReader.Series), new PressureSource(_tree.Paths, SourceReader.Series),
        new DiskSource(_tree.Paths, SourceReader.Series), new NetworkSource(_tree.Paths, SourceReader.Series),
        new ProcessSource(_tree.Paths, SourceReader.Series), new ServerProcessSource(_tree.Paths, SourceReader.Series),
        new SocketSource(_tree.Paths, SourceReader.Series, static _ => null, TimeProvider.System),
        new FilesystemSource(_tree.Paths, HiddenMounts.Default, SourceReader.Series, static _ => new FilesystemRoom(10, 5, 5, 4, 2)),
        new ContainerSource(_tree.Paths, SourceReader.Series),
    ];

    int Read(ISource source, int round)
    {
        try
        {
            _batch.Begin(1_700_000_000_000 + round * 10_000);
            source.Series.Begin();
            source.Read(new Tick(_batch.TimestampMs, round * 10_000));
            return source.Series.WriteTo(_batch, succeeded: true);
        }
        catch (Exception failure) when (failure is SourceUnavailableException or IOException or InvalidDataException
            or ArgumentException) // a path with a zero in it
        {
            return 0;
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"seed {_seed}, round {round}, {source.Name}", failure);
        }
    }

    void WriteDamaged(string path, byte[] text)
    {
        var bytes = text[..(_random.Next(3) == 0 ? _random.Next(text.Length + 1) : text.Length)];
        for (var flips = _random.Next(3); flips > 0 && bytes.Length > 0; flips--)
            bytes[_random.Next(bytes.Length)] = (byte)_random.Next(256);
        _tree.Proc(path, "");
        File.WriteAllBytes(_tree.Paths.Proc(path), bytes);
    }
}
