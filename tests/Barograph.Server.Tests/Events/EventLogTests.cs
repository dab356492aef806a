using System.Text;
using Barograph.Server.Events;

namespace Barograph.Server.Tests.Events;

/// <summary>What the log promises to whoever sends, and what it does when the disk does not do its part.</summary>
public sealed class EventLogTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-eventlog-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_event_is_acknowledged_after_it_was_handed_on()
    {
        var handedOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var goOn = new ManualResetEventSlim();
        using var log = Open((_, _) =>
        {
            handedOn.SetResult();
            goOn.Wait();
        });
        var kept = SendAsync(log, "1");
        await handedOn.Task;
        Assert.False(kept.IsCompleted);
        goOn.Set();
        Assert.Equal(1, (await kept).AcceptedCount);
    }

    [Fact]
    public async Task Ids_that_the_disk_does_not_take_stay_in_memory_and_are_written_later()
    {
        const int Events = 600;
        var blocked = Path.Combine(_folder, "0000000001.ids");
        Directory.CreateDirectory(Path.Combine(blocked, "in the way"));
        using (var log = Open(static (_, _) => { }))
        {
            for (var i = 0; i < Events / 2; i++)
                Assert.Equal(1, (await SendAsync(log, $"{i}")).AcceptedCount);
            Assert.True(log.Records.Segments.Count > 2);
            Assert.Equal(1, (await SendAsync(log, "0")).DuplicateCount);
            Directory.Delete(blocked, recursive: true);
            for (var i = Events / 2; i < Events; i++)
                Assert.Equal(1, (await SendAsync(log, $"{i}")).AcceptedCount);
            Assert.True(File.Exists(blocked));
            Assert.Equal(1, (await SendAsync(log, "0")).DuplicateCount);
        }

        using var again = Open(static (_, _) => { });
        Assert.Equal(Events, again.Book.Types()["door"].Count);
        Assert.Equal(1, (await SendAsync(again, "0")).DuplicateCount);
    }

    EventLog Open(Action<TimeSeries.RecordPlace, EventRecord[]> next)
    {
        var log = new EventLog(new EventLogOptions(_folder, TimeSpan.FromDays(30), 1L << 30) { SegmentBytes = 8 << 10 }, TimeProvider.System, next, SomeWorkers.New());
        log.Start();
        return log;
    }

    static async Task<EventRequest> SendAsync(EventLog log, string id)
    {
        var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var request = new EventRequestReader(new EventParser(null), nowMs, log.OldestMs, static _ => { }).Read(Encoding.UTF8.GetBytes($$"""{"type":"door","id":"{{id}}","n":{{id}}}"""));
        await log.KeepAsync(request);
        return request;
    }
}
