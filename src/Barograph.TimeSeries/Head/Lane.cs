using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>What the lanes of a series hold. The first lane of a series has its floats; the others are there when they are needed.</summary>
internal enum LaneKind : byte
{
    /// <summary>Floats in the order of time.</summary>
    Floats,

    /// <summary>Floats that came late, in the order of their coming.</summary>
    LateFloats,

    /// <summary>Histograms in the order of time.</summary>
    Histograms,

    /// <summary>Histograms that came late, in the order of their coming.</summary>
    LateHistograms,
}

/// <summary>
/// Where a series' samples end. One thread writes; any number read meanwhile. What was true at a commit is kept for two
/// commits, so that a reader who looks at many lanes sees all of them at one commit.
/// </summary>
internal struct Lane
{
    const long Changing = long.MaxValue;

    long _commitA, _endA, _commitB, _endB;

    /// <summary>What the encoder remembers.</summary>
    public ChunkState State;

    /// <summary>The newest time of the series, wherever that sample is.</summary>
    public long NewestMs;

    /// <summary>The chunk that is written, 0 for none yet.</summary>
    public int Chunk;

    /// <summary>Another lane of the same series, among the side lanes; 0 for none.</summary>
    public int Side;

    public ushort Used;
    public ushort Capacity;

    /// <summary>Whether the lane has been set up (its newest time is known).</summary>
    public bool IsKnown;

    public LaneKind Kind;

    /// <summary>Makes what was appended visible to readers at this commit or later.</summary>
    public void Publish(long commit)
    {
        var end = ((long)Chunk << 16) | Used;
        if (_commitA == commit)
            _endA = end;
        else if (_commitB == commit)
            _endB = end;
        else if (_commitA <= _commitB)
            Replace(ref _commitA, ref _endA, commit, end);
        else
            Replace(ref _commitB, ref _endB, commit, end);
    }

    /// <summary>Where the lane ended at a commit.</summary>
    /// <returns>False when it has been written by two commits since: look again at a newer one.</returns>
    public readonly bool TryReadEnd(long commit, out LaneEnd end)
    {
        var (commitA, endA) = Read(in _commitA, in _endA);
        var (commitB, endB) = Read(in _commitB, in _endB);
        var useA = commitA <= commit && (commitB > commit || commitA >= commitB);
        var chosen = useA ? endA : endB;
        end = new LaneEnd((int)(chosen >> 16), (ushort)chosen);
        return useA || commitB <= commit;
    }

    static void Replace(ref long commit, ref long end, long newCommit, long newEnd)
    {
        // Three stores that readers must see in this order; they load in the opposite one. No full barrier: it costs a tenth of an append.
        Volatile.Write(ref commit, Changing);
        Volatile.WriteBarrier();
        end = newEnd;
        Volatile.Write(ref commit, newCommit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (long Commit, long End) Read(in long commit, in long end)
    {
        var before = Volatile.Read(in commit);
        var value = Volatile.Read(in end);
        Volatile.ReadBarrier();
        return Volatile.Read(in commit) == before ? (before, value) : (Changing, 0);
    }
}

/// <summary>Where the lanes of a series ended at one commit.</summary>
internal readonly record struct LaneEnds(LaneEnd Floats, LaneEnd LateFloats, LaneEnd Histograms, LaneEnd LateHistograms)
{
    public bool IsEmpty => Floats.IsEmpty && Histograms.IsEmpty && !HasLate;

    public bool HasLate => !LateFloats.IsEmpty || !LateHistograms.IsEmpty;

    public LaneEnds With(LaneKind kind, LaneEnd end) => kind switch
    {
        LaneKind.LateFloats => this with { LateFloats = end },
        LaneKind.Histograms => this with { Histograms = end },
        LaneKind.LateHistograms => this with { LateHistograms = end },
        _ => this with { Floats = end },
    };
}

/// <summary>A chunk and how much of it is there.</summary>
internal readonly record struct LaneEnd(int Chunk, ushort Used)
{
    public bool IsEmpty => Chunk == 0;
}
