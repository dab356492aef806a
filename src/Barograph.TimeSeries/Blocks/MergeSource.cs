namespace Barograph.TimeSeries;

/// <summary>One block on its way into another: where a merge stands in it.</summary>
internal sealed class MergeSource : IDisposable
{
    readonly Block _block;
    readonly BlockWriter _writer;
    readonly TimeRange _kept;
    readonly List<ChunkRef> _chunks = [];
    readonly int[] _copiedTimes; // the number of each time column in the new block, plus 1
    readonly int[] _usesOfTimes;
    readonly DecodedChunk _samples = new(); // empty while the chunk is not decoded
    int _series, _chunk;

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

        block.LetGo(); // all of its index was read
    }

    public bool AtEndOfSeries => _chunk >= _chunks.Count;

    /// <summary>The time of the next sample; of a chunk that is not decoded its first one, kept or not.</summary>
    public long NextMs => _samples.Count > 0 ? _samples.TimestampsMs[0] : Entry.FirstMs;

    TimesEntry Entry => _block.Index.Times(_chunks[_chunk].Times);

    /// <summary>Goes to the beginning of a series.</summary>
    public void Open(int series)
    {
        _series = series;
        _block.Index.Series.ReadChunks(_series, _chunks);
        _chunk = 0;
        _samples.Reset(0, holdsHistograms: false);
        SkipWhatIsNotKept();
    }

    /// <summary>Copies the next chunk if it may go as it is: before the horizon, all of it kept, not small, not damaged.</summary>
    public bool TryCopyChunk(long horizonMs, int minSamples, out long lastMs)
    {
        var entry = Entry;
        lastMs = entry.LastMs;
        if (_samples.Count > 0 || entry.LastMs >= horizonMs || entry.Count < minSamples || !_kept.Contains(entry.FirstMs) || !_kept.Contains(entry.LastMs)
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
        if (_samples.Count == 0)
        {
            if (_block.TryReadSamples(_series, _chunks[_chunk], _samples))
                _samples.Keep(_kept, _block.Tombstones.Of(_series));
        }
        else if (_samples.TimestampsMs[0] <= writtenMs)
        {
            _samples.Skip(CountUntil(writtenMs + 1)); // another source had a sample at that time
        }
        else
        {
            var count = Math.Max(1, CountUntil(horizonMs));
            if (_samples.HoldsHistograms)
                _writer.AppendHistograms(_samples.TimestampsMs[..count], _samples.Histograms[..count]);
            else
                _writer.Append(_samples.TimestampsMs[..count], _samples.Values[..count]);
            writtenMs = _samples.TimestampsMs[count - 1];
            _samples.Skip(count);
        }

        if (_samples.Count == 0)
            NextChunk();
        return writtenMs; // who comes first is decided anew: only now the next time is exact
    }

    public void Dispose() => _samples.Dispose();

    int CountUntil(long timestampMs)
    {
        var found = _samples.TimestampsMs.BinarySearch(timestampMs);
        return found >= 0 ? found : ~found;
    }

    void NextChunk()
    {
        _chunk++;
        _samples.Reset(0, holdsHistograms: false);
        SkipWhatIsNotKept();
    }

    void SkipWhatIsNotKept()
    {
        while (!AtEndOfSeries && (Entry.LastMs < _kept.StartMs || Entry.FirstMs >= _kept.EndMs))
            _chunk++;
    }
}
