using System.Text;
using Barograph.Server.Archive;

namespace Barograph.Server.Tests.Archive;

public sealed class RequestArchiveTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-archive-").FullName;
    readonly MovableClock _clock = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    sealed class MovableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    RequestArchive Open(long bytesMax = 4 << 20, TimeSpan? retention = null) => RequestArchive.Open(_folder, new ArchiveLimits(retention, bytesMax), _clock);

    static byte[] TraceOf(int number) => [.. BitConverter.GetBytes(number * 7919L), .. BitConverter.GetBytes(number + 1L)];

    /// <summary>A request that does not compress, of the time of its number.</summary>
    static Task AppendAsync(RequestArchive archive, int number, int bytes = 8000)
    {
        var body = new byte[bytes];
        new Random(number).NextBytes(body);
        Encoding.ASCII.GetBytes($"{number};").CopyTo(body, 0);
        return archive.AppendAsync(new ArchivedRequest(1, number * 10L, number * 10L + 5, [.. TraceOf(number), .. TraceOf(number + 1_000_000)]), body);
    }

    static int NumberOf(byte[] body) => int.Parse(Encoding.ASCII.GetString(body, 0, Array.IndexOf(body, (byte)';')));

    static int[] Numbers(IEnumerable<(long MaxNs, byte[] Body)> read) => [.. read.Select(static one => NumberOf(one.Body))];

    [Fact]
    public async Task Requests_are_found_by_trace_and_by_time_across_segments_and_restarts()
    {
        using (var archive = Open())
        {
            for (var number = 0; number < 100; number++)
                await AppendAsync(archive, number);
            Check(archive);
            archive.Keep();
            Check(archive);
        }

        Assert.NotEmpty(Directory.GetFiles(_folder, "*.index"));
        using (var archive = Open())
            Check(archive);
        foreach (var index in Directory.GetFiles(_folder, "*.index"))
        {
            var content = await File.ReadAllBytesAsync(index, TestContext.Current.CancellationToken);
            content[content.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(index, content, TestContext.Current.CancellationToken);
        }

        using (var archive = Open())
            Check(archive); // a damaged index is built anew

        static void Check(RequestArchive archive)
        {
            foreach (var number in new[] { 0, 31, 99 })
            {
                Assert.Equal([number], archive.Find(TraceOf(number)).Select(NumberOf));
                Assert.Equal([number], archive.Find(TraceOf(number + 1_000_000)).Select(NumberOf));
            }

            Assert.Empty(archive.Find(TraceOf(500)));
            Assert.Equal(Enumerable.Range(0, 100).Reverse(), Numbers(archive.Read(0, long.MaxValue)));
            Assert.Equal([42, 41, 40], Numbers(archive.Read(405, 425)));
        }
    }

    [Fact]
    public async Task Beyond_its_bytes_the_oldest_goes()
    {
        using var archive = Open(bytesMax: 1 << 20);
        for (var number = 0; number < 300; number++)
        {
            await AppendAsync(archive, number);
            archive.Keep();
            Assert.True(archive.SizeBytes <= (1 << 20) + 10_000);
        }

        var left = Numbers(archive.Read(0, long.MaxValue));
        Assert.Equal(299, left[0]);
        Assert.Equal(Enumerable.Range(left[^1], left.Length).Reverse(), left);
        Assert.InRange(left.Length, 100, 140);
        Assert.Empty(archive.Find(TraceOf(0)));
        Assert.True(Directory.GetFiles(_folder, "*.index").Length <= Directory.GetFiles(_folder, "*.log").Length);
    }

    [Fact]
    public async Task What_arrived_longer_ago_than_is_kept_goes()
    {
        using var archive = Open(retention: TimeSpan.FromHours(16));
        for (var hour = 0; hour < 30; hour++)
        {
            await AppendAsync(archive, hour);
            _clock.Now += TimeSpan.FromHours(1);
            archive.Keep();
        }

        var left = Numbers(archive.Read(0, long.MaxValue));
        Assert.Equal(29, left[0]);
        Assert.InRange(left.Length, 15, 18);
    }

    [Fact]
    public async Task A_torn_end_and_a_damaged_record_cost_themselves()
    {
        using (var archive = Open())
        {
            for (var number = 0; number < 10; number++)
                await AppendAsync(archive, number);
        }

        var file = Directory.GetFiles(_folder, "*.log").Single();
        var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        content[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, content[..^100], TestContext.Current.CancellationToken);
        using var again = Open();
        Assert.Equal(8, Numbers(again.Read(0, long.MaxValue)).Length);
        Assert.Equal(2, again.Damage.Count);
    }
}
