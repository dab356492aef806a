using System.Text;

namespace Barograph.TimeSeries.Tests;

public sealed class RecordLogTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    RecordLog Open(long segmentBytes = 1 << 20) => RecordLog.Open(_folder.In("records"), new RecordLogOptions { SegmentBytes = segmentBytes });

    static List<string> ReadAll(RecordLog log)
    {
        var read = new List<string>();
        foreach (var segment in log.Segments)
        {
            log.Read(new RecordPlace(segment.Number, 0), (_, payload) =>
            {
                read.Add(Encoding.UTF8.GetString(payload));
                return true;
            });
        }

        return read;
    }

    static Task<RecordPlace> AppendAsync(RecordLog log, string text) => log.AppendAsync(Encoding.UTF8.GetBytes(text));

    static string[] Texts(int from, int count) => [.. Enumerable.Range(from, count).Select(static i => $"record {i} {new string('x', i % 50)}")];

    [Fact]
    public async Task Records_come_back_in_their_order_across_segments_and_processes()
    {
        using (var log = Open(segmentBytes: 300))
        {
            foreach (var text in Texts(0, 50))
                await AppendAsync(log, text);
            Assert.Equal(Texts(0, 50), ReadAll(log));
        }

        using var again = Open(segmentBytes: 300);
        foreach (var text in Texts(50, 10))
            await AppendAsync(again, text);
        Assert.Equal(Texts(0, 60), ReadAll(again));
        Assert.True(again.Segments.Count > 5);
        Assert.Single(again.Segments, static segment => !segment.IsSealed);
        Assert.Empty(again.Damage);
    }

    [Fact]
    public async Task Records_appended_at_once_share_their_syncs_and_are_all_there()
    {
        using var log = Open(segmentBytes: 10_000);
        var places = await Task.WhenAll(Texts(0, 500).Select(text => Task.Run(() => AppendAsync(log, text))));
        Assert.Equal(500, places.Distinct().Count());
        Assert.Equal(Texts(0, 500).Order(StringComparer.Ordinal), ReadAll(log).Order(StringComparer.Ordinal));
        foreach (var (place, text) in places.Zip(Texts(0, 500)))
            Assert.Equal(text, Encoding.UTF8.GetString(log.TryRead(place)!));
    }

    [Fact]
    public async Task A_torn_end_is_cut_and_told_as_usual()
    {
        string file;
        using (var log = Open())
        {
            foreach (var text in Texts(0, 10))
                await AppendAsync(log, text);
            file = Directory.GetFiles(_folder.In("records"), "*.log").Single();
        }

        using (var content = File.OpenWrite(file))
            content.SetLength(content.Length - 5);
        using var again = Open();
        Assert.Equal(Texts(0, 9), ReadAll(again));
        Assert.True(Assert.Single(again.Damage).IsUsualAfterKill);
        await AppendAsync(again, "after");
        Assert.Equal([.. Texts(0, 9), "after"], ReadAll(again));
    }

    [Fact]
    public async Task A_segment_of_which_nothing_can_be_read_is_told_as_lost_and_not_as_usual()
    {
        string file;
        using (var log = Open())
        {
            foreach (var text in Texts(0, 10))
                await AppendAsync(log, text);
            file = Directory.GetFiles(_folder.In("records"), "*.log").Single();
        }

        var noise = new byte[new FileInfo(file).Length];
        new Random(7).NextBytes(noise);
        await File.WriteAllBytesAsync(file, noise, TestContext.Current.CancellationToken);
        using var again = Open();
        Assert.Empty(ReadAll(again));
        Assert.False(Assert.Single(again.Damage).IsUsualAfterKill);
    }

    [Fact]
    public async Task Any_flipped_bit_costs_one_record_at_most_and_never_a_wrong_one()
    {
        string file;
        using (var log = Open())
        {
            foreach (var text in Texts(0, 30))
                await AppendAsync(log, text);
            file = Directory.GetFiles(_folder.In("records"), "*.log").Single();
        }

        var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        for (var at = 8; at < content.Length; at += 3)
        {
            content[at] ^= (byte)(1 << (at % 8));
            await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);
            using (var log = Open())
            {
                var read = ReadAll(log);
                Assert.Subset(Texts(0, 30).ToHashSet(StringComparer.Ordinal), read.ToHashSet(StringComparer.Ordinal));
                Assert.True(read.Count >= 29, $"byte {at}: {read.Count} of 30 left");
                Assert.NotEmpty(log.Damage);
            }

            content[at] ^= (byte)(1 << (at % 8));
        }
    }

    [Fact]
    public async Task A_deleted_segment_is_gone_and_reading_it_says_so()
    {
        using var log = Open(segmentBytes: 200);
        var first = await AppendAsync(log, "first");
        foreach (var text in Texts(0, 20))
            await AppendAsync(log, text);
        var bytes = log.SizeBytes;
        log.Delete(first.Segment);
        Assert.True(log.SizeBytes < bytes);
        Assert.Null(log.TryRead(first));
        Assert.False(log.Read(first, static (_, _) => true));
        Assert.DoesNotContain("first", ReadAll(log));
    }

    [Fact]
    public async Task The_bookmark_is_there_after_a_restart()
    {
        RecordPlace place;
        using (var log = Open())
        {
            Assert.Null(log.ReadBookmark());
            place = await AppendAsync(log, "done");
            log.WriteBookmark(place);
        }

        using var again = Open();
        Assert.Equal(place, again.ReadBookmark());
        await File.WriteAllTextAsync(_folder.In("records/bookmark"), "torn", TestContext.Current.CancellationToken);
        Assert.Null(again.ReadBookmark());
    }

    [Fact]
    public void A_folder_belongs_to_one_log()
    {
        using var log = Open();
        Assert.Contains("another Barograph", Assert.Throws<StoreUnavailableException>(() => Open()).Message, StringComparison.Ordinal);
    }
}
