using System.Buffers;
using System.Buffers.Binary;
using Barograph.Server.Live;

namespace Barograph.Server.Tests.Live;

/// <summary>Byte for byte what docs/live-protocol.md says, so that a client written from it works.</summary>
public sealed class LiveFramesTests
{
    [Fact]
    public void A_tick_is_a_header_and_a_segment_for_each_subscription()
    {
        var writer = new ArrayBufferWriter<byte>();
        LiveFrames.StartTick(writer, 1_763_710_000_000);
        LiveFrames.AddSegment(writer, 7, 2, [1.5, double.NaN]);
        LiveFrames.AddSegment(writer, 9, 1, []);
        var frame = writer.WrittenSpan.ToArray();
        LiveFrames.FinishTick(frame, 2);

        Assert.Equal(16 + 16 + 16 + 16, frame.Length);
        Assert.Equal([1, 1, 0, 0, 2, 0, 0, 0], frame[..8]);
        Assert.Equal(1_763_710_000_000, BinaryPrimitives.ReadDoubleLittleEndian(frame.AsSpan(8)));
        Assert.Equal([7, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], frame[16..32]);
        Assert.Equal(1.5, BinaryPrimitives.ReadDoubleLittleEndian(frame.AsSpan(32)));
        Assert.True(double.IsNaN(BinaryPrimitives.ReadDoubleLittleEndian(frame.AsSpan(40))));
        Assert.Equal([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], frame[48..]);
    }

    [Fact]
    public void A_gap_is_the_lowest_flag()
    {
        var frame = LiveFrames.Heartbeat(5);
        LiveFrames.MarkGap(frame);
        Assert.Equal([1, 3, 1, 0], frame[..4]);
    }

    [Fact]
    public void A_history_is_series_after_series()
    {
        var frame = LiveFrames.History(3, 1, new LiveWindow(60_000, 61_000, 1000, IsLive: true), [[1, 2], [3, 4]], unfinishedFollows: false);
        Assert.Equal(40 + 4 * 8, frame.Length);
        Assert.Equal([1, 2, 0, 0, 3, 0, 0, 0], frame[..8]);
        Assert.Equal([60_000, 1000], Doubles(frame, 8, 2));
        Assert.Equal([1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], frame[24..40]);
        Assert.Equal([1, 2, 3, 4], Doubles(frame, 40, 4));
    }

    static double[] Doubles(byte[] frame, int offset, int count) =>
        [.. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadDoubleLittleEndian(frame.AsSpan(offset + 8 * i)))];
}
