using System.Text;
using Barograph.Server.Live;

namespace Barograph.Server.Tests.Live;

public sealed class OutboxTests
{
    readonly Outbox _outbox = new(TimeProvider.System);

    [Fact]
    public async Task Messages_leave_in_the_order_they_came()
    {
        _outbox.Text("series"u8.ToArray());
        _outbox.Binary([1]);
        _outbox.Tick(Frame(2));
        Assert.Equal("series", Encoding.UTF8.GetString((await NextAsync()).Message));
        Assert.Equal([1], (await NextAsync()).Message);
        Assert.Equal(2, (await NextAsync()).Message[8]);
        Assert.Null(await _outbox.NextAsync(TimeSpan.Zero, default));
    }

    [Fact]
    public async Task A_slow_viewer_gets_the_newest_four_ticks_and_the_first_of_them_tells_of_the_gap()
    {
        for (byte tick = 1; tick <= 9; tick++)
            _outbox.Tick(Frame(tick));
        _outbox.Text("after"u8.ToArray());
        var seen = new List<(byte Tick, int Gap)>();
        for (var i = 0; i < 4; i++)
        {
            var frame = (await NextAsync()).Message;
            seen.Add((frame[8], frame[2] & 1));
        }

        Assert.Equal([(6, 1), (7, 0), (8, 0), (9, 0)], seen);
        Assert.Equal("after", Encoding.UTF8.GetString((await NextAsync()).Message));
    }

    [Fact]
    public async Task Ticks_give_way_but_histories_and_messages_are_never_dropped()
    {
        _outbox.Binary([42]);
        for (byte tick = 1; tick <= 9; tick++)
            _outbox.Tick(Frame(tick));
        Assert.Equal([42], (await NextAsync()).Message);
    }

    [Fact]
    public async Task A_gap_that_happened_elsewhere_marks_the_next_tick_only()
    {
        _outbox.MarkGap();
        _outbox.Tick(Frame(1));
        _outbox.Tick(Frame(2));
        Assert.Equal(1, (await NextAsync()).Message[2]);
        Assert.Equal(0, (await NextAsync()).Message[2]);
    }

    [Fact]
    public async Task Waiting_for_room_ends_when_enough_was_taken()
    {
        _outbox.Binary(new byte[100]);
        _outbox.Binary(new byte[100]);
        var room = _outbox.WaitUntilBelowAsync(100, default);
        Assert.False(room.IsCompleted);
        await NextAsync();
        await room.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Nothing_to_send_is_noticed_after_the_patience() =>
        Assert.Null(await _outbox.NextAsync(TimeSpan.FromMilliseconds(1), default));

    static byte[] Frame(byte tick)
    {
        var frame = LiveFrames.Heartbeat(0);
        frame[8] = tick;
        return frame;
    }

    async Task<Outgoing> NextAsync()
    {
        // A dropped tick leaves an empty place behind, which is passed over at once.
        var next = await _outbox.NextAsync(TimeSpan.FromSeconds(10), default);
        Assert.NotNull(next);
        return next;
    }
}
