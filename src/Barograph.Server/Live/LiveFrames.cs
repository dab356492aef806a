using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Barograph.Server.Live;

/// <summary>Lays out the binary frames of the live protocol: little endian, offsets multiples of 8 (docs/live-protocol.md).</summary>
internal static class LiveFrames
{
    public const int HeaderBytes = 16;
    public const int SegmentHeaderBytes = 16;
    public const int HistoryHeaderBytes = 40;

    const byte Version = 1;

    enum Kind : byte
    {
        Tick = 1,
        History = 2,
        Heartbeat = 3,
    }

    /// <summary>A heartbeat of a time.</summary>
    public static byte[] Heartbeat(long nowMs)
    {
        var frame = new byte[HeaderBytes];
        WriteHeader(frame, Kind.Heartbeat, 0, nowMs);
        return frame;
    }

    /// <summary>Starts a tick's frame; segments follow.</summary>
    public static void StartTick(IBufferWriter<byte> frame, long tickMs)
    {
        WriteHeader(frame.GetSpan(HeaderBytes), Kind.Tick, 0, tickMs);
        frame.Advance(HeaderBytes);
    }

    /// <summary>Adds a subscription's values to a tick's frame.</summary>
    public static void AddSegment(IBufferWriter<byte> frame, int subscription, int generation, ReadOnlySpan<double> values)
    {
        var bytes = SegmentHeaderBytes + values.Length * sizeof(double);
        var segment = frame.GetSpan(bytes)[..bytes];
        BinaryPrimitives.WriteInt32LittleEndian(segment, subscription);
        BinaryPrimitives.WriteInt32LittleEndian(segment[4..], generation);
        BinaryPrimitives.WriteInt32LittleEndian(segment[8..], values.Length);
        BinaryPrimitives.WriteInt32LittleEndian(segment[12..], 0);
        CopyDoubles(values, segment[SegmentHeaderBytes..]);
        frame.Advance(bytes);
    }

    /// <summary>Writes the number of segments into a finished tick's frame.</summary>
    public static void FinishTick(Span<byte> frame, int segments) => BinaryPrimitives.WriteInt32LittleEndian(frame[4..], segments);

    /// <summary>Says in a tick's frame that frames before it were dropped.</summary>
    public static void MarkGap(Span<byte> frame) => frame[2] |= 1;

    /// <summary>A subscription's history.</summary>
    /// <param name="columns">For each series, one value for each point; NaN where there is none.</param>
    /// <param name="unfinishedFollows">The point of the step that is not over comes next, in a tick.</param>
    public static byte[] History(
        int subscription, int generation, LiveWindow window, IReadOnlyList<double[]> columns, bool unfinishedFollows)
    {
        var (firstMs, stepMs, points) = (window.StartMs, window.StepMs, window.Points);
        var frame = new byte[HistoryHeaderBytes + columns.Count * points * sizeof(double)];
        WriteHeader(frame, Kind.History, subscription, firstMs);
        frame[2] = (byte)(unfinishedFollows ? 2 : 0);
        BinaryPrimitives.WriteDoubleLittleEndian(frame.AsSpan(16), stepMs);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(24), generation);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(28), columns.Count);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(32), points);
        for (var i = 0; i < columns.Count; i++)
            CopyDoubles(columns[i], frame.AsSpan(HistoryHeaderBytes + i * points * sizeof(double)));
        return frame;
    }

    static void WriteHeader(Span<byte> frame, Kind kind, int second, long timestampMs)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, Version | ((int)kind << 8));
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], second);
        BinaryPrimitives.WriteDoubleLittleEndian(frame[8..], timestampMs);
    }

    static void CopyDoubles(ReadOnlySpan<double> values, Span<byte> target)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(target);
            return;
        }

        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(target[(i * sizeof(double))..], values[i]);
    }
}
