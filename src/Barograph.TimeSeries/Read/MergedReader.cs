using System.Runtime.InteropServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Reads several sources of one series as one. Where they do not overlap their runs pass through untouched; where they do,
/// samples are merged by time, and of several at one time the one of the first source stays.
/// </summary>
internal sealed class MergedReader : SampleReader
{
    const int MergedRunSamples = 512;

    readonly List<Cursor> _cursors = []; // those of earlier sources are kept and used again
    readonly SampleBuffer _merged = new(0); // mostly runs pass through, and it stays empty
    readonly List<NativeHistogram> _mergedHistograms = []; // as many as samples, or none
    Cursor? _passing; // its current run is what this reader shows, from Next on
    int _count; // of the cursors in use
    long _lastMs;

    /// <summary>A reader to be opened.</summary>
    public MergedReader()
    {
    }

    /// <inheritdoc cref="Open"/>
    public MergedReader(IReadOnlyList<SampleReader> sources) => Open(sources);

    /// <summary>Takes over readers of the same range, the one whose samples win first. May be called again for others.</summary>
    public void Open(IReadOnlyList<SampleReader> sources)
    {
        (_passing, _lastMs, _count) = (null, long.MinValue, sources.Count);
        for (var i = 0; i < _count; i++)
        {
            if (i == _cursors.Count)
                _cursors.Add(new Cursor());
            _cursors[i].Open(sources[i]);
        }
    }

    public override ReadOnlySpan<long> TimestampsMs =>
        _passing is { } run ? run.Source.TimestampsMs[run.Next..] : _merged.TimestampsMs[.._merged.Count];

    public override ReadOnlySpan<double> Values =>
        _passing is { } run ? run.Source.Values[run.Next..] : _merged.Values[.._merged.Count];

    public override ReadOnlySpan<NativeHistogram> Histograms =>
        _passing is not { } run ? CollectionsMarshal.AsSpan(_mergedHistograms)
        : run.HoldsHistograms ? run.Source.Histograms[run.Next..]
        : default;

    public override bool MoveNext()
    {
        _passing?.Skip();
        _passing = null;
        _merged.Count = 0;
        _mergedHistograms.Clear();
        while (_merged.Count < MergedRunSamples && FindFirst(out var first, out var limitMs))
        {
            if (_lastMs >= first.TimeMs)
            {
                first.Step(); // a time that an earlier source has given already
                continue;
            }

            if (first.LastMs < limitMs)
            {
                if (_merged.Count > 0)
                    return true; // the whole run passes through next time
                _lastMs = first.LastMs;
                _passing = first;
                return true;
            }

            if (_merged.Count > 0 && first.HoldsHistograms != _mergedHistograms.Count > 0)
                return true; // a run never mixes
            if (first.HoldsHistograms)
                _mergedHistograms.Add(first.Source.Histograms[first.Next]);
            _lastMs = first.TimeMs;
            _merged.EnsureCapacity(MergedRunSamples);
            _merged.Add(first.TimeMs, first.Source.Values[first.Next]);
            first.Step();
        }

        return _merged.Count > 0;
    }

    public override void Dispose()
    {
        for (var i = 0; i < _count; i++)
            _cursors[i].Source.Dispose();
        _count = 0;
        _merged.Dispose();
    }

    /// <summary>The cursor at the least time (the first of equals), and the least time of the others.</summary>
    bool FindFirst(out Cursor first, out long limitMs)
    {
        first = null!;
        limitMs = long.MaxValue;
        for (var i = 0; i < _count; i++)
        {
            var cursor = _cursors[i];
            if (!cursor.HasSample)
                continue;
            if (first is null)
            {
                first = cursor;
            }
            else if (cursor.TimeMs < first.TimeMs)
            {
                limitMs = first.TimeMs;
                first = cursor;
            }
            else
            {
                limitMs = Math.Min(limitMs, cursor.TimeMs);
            }
        }

        return first is not null;
    }

    sealed class Cursor
    {
        public SampleReader Source { get; private set; } = null!;

        public int Next { get; private set; }

        public bool HasSample { get; private set; }

        public bool HoldsHistograms => !Source.Histograms.IsEmpty;

        public long TimeMs => Source.TimestampsMs[Next];

        public long LastMs => Source.TimestampsMs[^1];

        public void Open(SampleReader source)
        {
            Source = source;
            Skip();
        }

        public void Step()
        {
            if (++Next == Source.TimestampsMs.Length)
                Skip();
        }

        public void Skip()
        {
            Next = 0;
            do
                HasSample = Source.MoveNext();
            while (HasSample && Source.TimestampsMs.IsEmpty);
        }
    }
}
