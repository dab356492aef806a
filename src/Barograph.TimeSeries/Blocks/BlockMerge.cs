namespace Barograph.TimeSeries;

/// <summary>
/// Makes one block of several. Series by series and chunk by chunk: besides the output's index it holds one chunk of each
/// source. A chunk that nothing overlaps is copied as it is; the rest is decoded, merged by time and encoded again.
/// </summary>
internal static class BlockMerge
{
    /// <summary>Smaller chunks are not copied but joined: many small ones cost more than encoding them once more.</summary>
    const int MinCopiedSamples = BlockWriter.ChunkSamples / 2;

    /// <summary>Merges blocks of raw samples into a new file.</summary>
    /// <param name="blocks">Pinned by the caller. Where two have a sample at the same time, the one that stands first wins.</param>
    /// <param name="path">Where the new block will be.</param>
    /// <param name="kept">Samples outside are left out, as are those that tombstones cover.</param>
    /// <param name="cancel">Nothing is visible when it is cancelled.</param>
    public static BlockInfo Merge(IReadOnlyList<Block> blocks, string path, BlockMeta meta, TimeRange kept, CancellationToken cancel = default)
    {
        using var writer = new BlockWriter(path, meta);
        var sources = blocks.Select(block => new MergeSource(block, writer, kept)).ToArray();
        var walk = new SeriesWalk(blocks);
        List<MergeSource> sharing = [];
        while (walk.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            sharing.Clear();
            foreach (var (source, series) in walk.Sharing)
            {
                sources[source].Open(series);
                sharing.Add(sources[source]);
            }

            writer.BeginSeries(walk.Key);
            MergeSeries(sharing, writer);
        }

        return writer.Finish();
    }

    static void MergeSeries(List<MergeSource> sources, BlockWriter writer)
    {
        var writtenMs = long.MinValue;
        while (true)
        {
            MergeSource? earliest = null;
            var horizonMs = long.MaxValue; // where the next source has something to say
            foreach (var source in sources)
            {
                if (source.AtEndOfSeries)
                    continue;
                if (earliest is null || source.NextMs < earliest.NextMs)
                {
                    horizonMs = earliest?.NextMs ?? long.MaxValue;
                    earliest = source;
                }
                else
                {
                    horizonMs = Math.Min(horizonMs, source.NextMs);
                }
            }

            if (earliest is null)
                return;
            if (earliest.NextMs > writtenMs && earliest.TryCopyChunk(horizonMs, MinCopiedSamples, out var lastMs))
                writtenMs = lastMs;
            else
                writtenMs = earliest.WriteSamples(writtenMs, horizonMs);
        }
    }
}

/// <summary>One block on its way into another: where a merge stands in it.</summary>
internal sealed class MergeSource
{
    readonly Block _block;
    readonly BlockWriter _writer;
    readonly TimeRange _kept;
    readonly List<ChunkRef> _chunks = [];
    readonly int[] _copiedTimes; // the number of each time column in the new block, plus 1
    readonly int[] _usesOfTimes;
    readonly long[] _times = new long[ChunkCodec.MaxSamples];
    readonly double[] _values = new double[ChunkCodec.MaxSamples];
    int _series, _chunk, _next, _count; // _count is 0 while the chunk is not decoded

    public MergeSource(Block block, BlockWriter writer, TimeRange kept)
    {
        (_block, _writer, _kept) = (block, writer, kept);
        _copiedTimes = new int[block.Index.TimesCount];
        _usesOfTimes = new int[block.Index.TimesCount];
        for (var series = 0; series < block.SeriesCount; series++)
        {
            block.Index.Series.ReadChunks(series, _chunks);
            foreach (var chunk in _chunks)
                _usesOfTimes[chunk.Times]++;
        }
    }

    public bool AtEndOfSeries => _chunk >= _chunks.Count;

    /// <summary>The time of the next sample; of a chunk that is not decoded its first one, kept or not.</summary>
    public long NextMs => _count > 0 ? _times[_next] : Entry.FirstMs;

    TimesEntry Entry => _block.Index.Times(_chunks[_chunk].Times);

    /// <summary>Goes to the beginning of a series.</summary>
    public void Open(int series)
    {
        _series = series;
        _block.Index.Series.ReadChunks(_series, _chunks);
        (_chunk, _next, _count) = (0, 0, 0);
        SkipWhatIsNotKept();
    }

    /// <summary>Copies the next chunk if it may go as it is: before the horizon, all of it kept, not small, not damaged.</summary>
    public bool TryCopyChunk(long horizonMs, int minSamples, out long lastMs)
    {
        var entry = Entry;
        lastMs = entry.LastMs;
        if (_count > 0 || entry.LastMs >= horizonMs || entry.Count < minSamples || !_kept.Contains(entry.FirstMs) || !_kept.Contains(entry.LastMs)
            || Tombstones.Touches(_block.Tombstones.Of(_series), entry.FirstMs, entry.LastMs))
            return false;
        var chunk = _chunks[_chunk];
        ref var times = ref _copiedTimes[chunk.Times];
        if (!_block.TryReadRecord(chunk.OffsetBytes, chunk.SizeBytes, out var payload))
            return false;
        if (times == 0)
        {
            if (!_block.TryReadRecord(entry.OffsetBytes, entry.SizeBytes, out var column))
                return false;
            times = 1 + _writer.CopyTimes(column, entry, shared: _usesOfTimes[chunk.Times] > 1);
        }

        _writer.CopyChunk(times - 1, payload);
        NextChunk();
        return true;
    }

    /// <summary>
    /// Takes one step with the next chunk: decodes it, or skips what was written already, or writes what comes before the
    /// horizon (and one sample at the horizon: at equal times the caller asks the source that wins).
    /// </summary>
    /// <returns>The time of the last sample written.</returns>
    public long WriteSamples(long writtenMs, long horizonMs)
    {
        if (_count == 0)
        {
            Decode(); // now the next time is exact: who comes first is decided anew
            return writtenMs;
        }

        if (_times[_next] <= writtenMs)
        {
            while (_next < _count && _times[_next] <= writtenMs)
                _next++; // another source had a sample at that time
        }
        else
        {
            var end = _next + 1;
            while (end < _count && _times[end] < horizonMs)
                end++;
            _writer.Append(_times.AsSpan(_next..end), _values.AsSpan(_next..end));
            writtenMs = _times[end - 1];
            _next = end;
        }

        if (_next == _count)
            NextChunk();
        return writtenMs;
    }

    void Decode()
    {
        var chunk = _chunks[_chunk];
        if (!_block.TryReadFloats(_series, chunk, _times, _values, out var count))
        {
            NextChunk();
            return;
        }

        var deleted = _block.Tombstones.Of(_series);
        for (var i = 0; i < count; i++)
        {
            if (!_kept.Contains(_times[i]) || Tombstones.Covers(deleted, _times[i]))
                continue;
            _times[_count] = _times[i];
            _values[_count++] = _values[i];
        }

        if (_count == 0)
            NextChunk();
    }

    void NextChunk()
    {
        _chunk++;
        (_next, _count) = (0, 0);
        SkipWhatIsNotKept();
    }

    void SkipWhatIsNotKept()
    {
        while (!AtEndOfSeries && (Entry.LastMs < _kept.StartMs || Entry.FirstMs >= _kept.EndMs))
            _chunk++;
    }
}
