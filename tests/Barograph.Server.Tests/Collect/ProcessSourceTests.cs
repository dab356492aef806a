using System.Text;
using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

public sealed class ProcessSourceTests : IDisposable
{
    readonly FixtureTree _tree = new();
    readonly ProcessSource _source;
    readonly SourceReader _reader;

    public ProcessSourceTests()
    {
        _source = new ProcessSource(_tree.Paths, SourceReader.Series);
        _reader = new SourceReader(_source);
    }

    public void Dispose()
    {
        _source.Dispose();
        _tree.Dispose();
    }

    /// <summary>A process with so many hundredths of a second of processor time and pages of memory.</summary>
    void Write(int pid, string name, int ticks = 0, int pages = 100, char state = 'S', uint flags = 4194304, int threads = 1, int start = 1000) =>
        _tree.Proc($"{pid}/stat", $"{pid} ({name}) {state} 1 {pid} {pid} 0 -1 {flags} 9 0 0 0 {ticks / 2} {ticks - ticks / 2} 0 0 20 0 {threads} 0 {start} 4096 {pages} 184 1 2\n");

    void End(int pid) => Directory.Delete(_tree.Paths.Proc($"{pid}"), recursive: true);

    static string Cpu(string name) => $$"""process_cpu_utilization_ratio{process_executable_name="{{name}}"}""";

    static string Memory(string name) => $$"""process_memory_usage_bytes{process_executable_name="{{name}}"}""";

    [Fact]
    public void Processes_of_a_name_are_added_up()
    {
        Write(10, "nginx", pages: 100, threads: 2);
        Write(11, "nginx", pages: 50, threads: 3);
        Write(12, "sshd", pages: 7);
        var read = _reader.Read();
        Assert.Equal(150.0 * Environment.SystemPageSize, read[Memory("nginx")]);
        Assert.Equal(5, read["""process_thread_count{process_executable_name="nginx"}"""]);
        Assert.Equal(2, read["""process_count{process_executable_name="nginx"}"""]);
        Assert.Equal(7.0 * Environment.SystemPageSize, read[Memory("sshd")]);
    }

    [Fact]
    public void Processor_time_is_what_was_spent_between_two_ticks()
    {
        Write(10, "busy", ticks: 1000);
        Assert.Equal(0, _reader.Read()[Cpu("busy")]);
        Write(10, "busy", ticks: 1150);
        Assert.Equal(1.5, _reader.Read(1000)[Cpu("busy")]);
        Write(10, "busy", ticks: 1160);
        Assert.Equal(0.05, _reader.Read(3000)[Cpu("busy")], 12);
    }

    [Fact]
    public void A_new_process_spent_its_time_since_the_listing_before()
    {
        Write(10, "make", ticks: 8000);
        _reader.Read();
        Write(11, "make", ticks: 50);
        Assert.Equal(0.5, _reader.Read(1000)[Cpu("make")]);
    }

    [Fact]
    public void A_number_that_went_to_another_process_does_not_give_it_the_time_of_the_first()
    {
        Write(10, "worker", ticks: 9000, start: 1000);
        _reader.Read();
        Write(10, "worker", ticks: 9500, start: 2000);
        Assert.Equal(0, _reader.Read(1000)[Cpu("worker")]);
    }

    [Fact]
    public void A_process_that_takes_another_name_is_counted_there()
    {
        Write(10, "bash");
        _reader.Read();
        Write(10, "make");
        for (var second = 1; second <= 5; second++)
            _reader.Read(second * 1000);
        var read = _reader.Read(6000);
        Assert.Equal(1, read["""process_count{process_executable_name="make"}"""]);
        Assert.Equal(0, read["""process_count{process_executable_name="bash"}"""]);
    }

    [Theory]
    [InlineData("Web Content", "Web Content")]
    [InlineData("a) R 1 (b", "a) R 1 (b")]
    [InlineData("", "?")]
    [InlineData("x/y:z", "x/y:z")]
    [InlineData("ünï", "ünï")]
    public void Odd_names_are_kept(string name, string shown)
    {
        Write(10, name);
        Assert.Contains(Memory(shown), _reader.Read().Keys);
    }

    [Fact]
    public void A_name_that_is_no_text_is_shown_as_far_as_it_is()
    {
        var file = _tree.Proc("10/stat", "").Paths.Proc("10/stat");
        File.WriteAllBytes(file, [.. "10 (a"u8, 0xFF, .. "b) S 1 10 10 0 -1 0 9 0 0 0 1 1 0 0 20 0 1 0 5 4096 100 184\n"u8]);
        Assert.Contains(Memory("a\uFFFDb"), _reader.Read().Keys);
    }

    [Fact]
    public void Threads_of_the_kernel_are_one_name_by_their_kind()
    {
        Write(10, "kworker/0:1-events", ticks: 0, pages: 0, flags: 0x00200000, state: 'I');
        Write(11, "kworker/u8:2", ticks: 0, pages: 0, flags: 0x00200000, state: 'I');
        _reader.Read();
        Write(10, "kworker/0:1-events", ticks: 30, pages: 0, flags: 0x00200000, state: 'I');
        for (var second = 1; second <= 10; second++)
            _reader.Read(second * 1000);
        var read = _reader.Read(11_000);
        Assert.Equal(2, read["""process_count{process_executable_name="kworker"}"""]);
        Assert.DoesNotContain(read.Keys, key => key.Contains("kworker/", StringComparison.Ordinal));
    }

    [Fact]
    public void States_are_counted_over_all_processes()
    {
        Write(10, "a", state: 'R');
        Write(11, "b", state: 'S');
        Write(12, "c", state: 'D');
        Write(13, "d", state: 'Z', pages: 0);
        Write(14, "e", state: 't');
        Write(15, "f", state: 'I', pages: 0);
        Write(16, "g", state: 'S');
        var read = _reader.Read();
        foreach (var (state, count) in new[] { ("running", 1), ("sleeping", 2), ("blocked", 1), ("defunct", 1), ("stopped", 1), ("idle", 1) })
            Assert.Equal(count, read[$$"""system_process_count{process_state="{{state}}"}"""]);
    }

    [Fact]
    public void A_process_that_ends_is_forgotten_and_its_name_stays_for_a_minute()
    {
        Write(10, "task");
        Write(11, "other");
        _reader.Read();
        End(10);
        Assert.Equal(0, _reader.Read(1000)["""process_count{process_executable_name="task"}"""]);
        Assert.Contains(Memory("task"), _reader.Read(50_000).Keys);
        Assert.True(StaleMarker.Is(_reader.Read(66_000)[Memory("task")]));
        var read = _reader.Read(67_000);
        Assert.DoesNotContain(Memory("task"), read.Keys);
        Assert.Contains(Memory("other"), read.Keys);
    }

    [Fact]
    public void A_process_that_ends_between_listing_and_reading_is_no_failure()
    {
        Directory.CreateDirectory(_tree.Paths.Proc("10"));
        Write(11, "alive");
        Assert.Contains(Memory("alive"), _reader.Read().Keys);
    }

    [Fact]
    public void Only_the_largest_and_the_busiest_are_stored()
    {
        for (var second = 0; second <= 20; second++)
        {
            for (var i = 0; i < 100; i++)
                Write(100 + i, $"p{i:000}", pages: i + 1, ticks: second * (100 - i));
            _reader.Read(second * 1000);
        }

        var names = _reader.Read(21_000).Keys.Where(key => key.StartsWith("process_count", StringComparison.Ordinal)).Select(key => key.Split('"')[1]).ToArray();
        Assert.Contains("p099", names); // the largest
        Assert.Contains("p080", names);
        Assert.Contains("p000", names); // the busiest
        Assert.Contains("p019", names);
        Assert.DoesNotContain("p050", names);
        Assert.InRange(names.Length, 2 * ProcessSource.ShownPerRanking, ProcessSource.ShownMax);
    }

    [Fact]
    public void Names_that_change_with_every_ranking_never_exceed_the_bound()
    {
        var pid = 100;
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 40; i++, pid++)
                Write(pid, $"r{round}n{i}", pages: 1000 * (round + 1));
            var read = _reader.Read(round * 5000);
            Assert.InRange(read.Count(pair => pair.Key.StartsWith("process_count", StringComparison.Ordinal) && !StaleMarker.Is(pair.Value)), 1, ProcessSource.ShownMax + 40);
        }
    }

    [Fact]
    public void Order_of_equals_does_not_make_series_come_and_go()
    {
        for (var i = 0; i < 25; i++)
            Write(100 + i, $"twin{i}", pages: 500);
        var first = _reader.Read().Keys.Order().ToArray();
        for (var second = 1; second <= 120; second++)
        {
            Write(100 + second % 25, $"twin{second % 25}", pages: 500 + second % 3);
            var read = _reader.Read(second * 1000);
            Assert.DoesNotContain(read.Values, StaleMarker.Is);
            Assert.Superset(first.ToHashSet(), read.Keys.ToHashSet());
        }
    }

    [Fact]
    public void A_damaged_line_fails()
    {
        _tree.Proc("10/stat", "10 (x) S 1 2");
        Assert.Throws<InvalidDataException>(() => _reader.Read());
    }

    [Fact]
    public void Any_line_gives_numbers_or_false()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var line = Encoding.UTF8.GetBytes("6722 (cat) R 6715 6715 4114 0 -1 4194304 119 0 0 0 0 0 0 0 20 0 1 0 81510 3133440 362 18446744073709551615");
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = line[..random.Next(line.Length + 1)];
            for (var flips = random.Next(4); flips > 0 && damaged.Length > 0; flips--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                _ = ProcessStat.TryParse(damaged, out var name, out _) ? name.Length : 0;
            }
            catch (Exception failure)
            {
                Assert.Fail($"seed {seed}, round {round}: {failure}");
            }
        }
    }

    [Fact]
    public void A_sandbox_without_processes_has_none() =>
        Assert.Throws<SourceUnavailableException>(() =>
        {
            using var source = new ProcessSource(new HostPaths("/nowhere", "/nowhere"), SourceReader.Series);
            source.Read(default);
        });
}
