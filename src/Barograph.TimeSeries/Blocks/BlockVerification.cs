namespace Barograph.TimeSeries;

/// <summary>What a check of every byte of a block found.</summary>
/// <param name="Info">What the block holds, or null when it cannot be opened.</param>
/// <param name="Damage">Each damage, exactly; empty when all is as it was written.</param>
internal sealed record BlockReport(BlockInfo? Info, IReadOnlyList<BlockDamage> Damage)
{
    public long LostSamples => Damage.Sum(static damage => (long)damage.SampleCount);
}

/// <summary>Reads all of a block and says what is damaged, and what that costs.</summary>
internal static class BlockVerification
{
    public static BlockReport Verify(string path, CancellationToken cancel = default)
    {
        List<BlockDamage> damage = [];
        try
        {
            using var block = Block.Open(path, found =>
            {
                lock (damage)
                    damage.Add(found);
            });
            if (block.Index is not null && !block.HasSpare)
                damage.Add(new BlockDamage(path, null, default, 0, "the spare copy of the index is damaged; nothing is lost yet"));
            CheckIndex(block, damage);
            for (var series = 0; series < block.SeriesCount; series++)
            {
                cancel.ThrowIfCancellationRequested();
                if (block.Info.Meta.ResolutionMs > 0)
                    ReadRollup(block, series, damage);
                else
                    ReadSamples(block, series, damage);
            }

            return new BlockReport(block.Info, damage);
        }
        catch (CorruptBlockException unreadable)
        {
            damage.Add(new BlockDamage(path, null, TimeRange.All, 0, unreadable.Message));
            return new BlockReport(null, damage);
        }
    }

    /// <summary>What checksums cannot tell: whether the parts of the index say the same.</summary>
    static void CheckIndex(Block block, List<BlockDamage> damage)
    {
        long samples = 0, chunkCount = 0;
        var (key, before) = (new GrowingBytes(), Array.Empty<byte>());
        List<ChunkRef> chunks = [];
        for (var series = 0; series < block.SeriesCount; series++)
        {
            block.ReadKey(series, key);
            if (series > 0 && SeriesKey.Compare(before, key.Written) >= 0)
                damage.Add(new BlockDamage(block.Path, block.ReadLabels(series), default, 0, "the series do not ascend: a bug wrote this block"));
            before = key.Written.ToArray();
            block.Index.Series.ReadChunks(series, chunks);
            chunkCount += chunks.Count;
            samples += chunks.Sum(chunk => (long)block.Index.Times(chunk.Times).Count);
        }

        if (samples != block.Info.SampleCount || chunkCount != block.Info.ChunkCount)
            damage.Add(new BlockDamage(block.Path, null, default, 0,
                $"the footer tells of {block.Info.SampleCount} samples in {block.Info.ChunkCount} chunks, the index of {samples} in {chunkCount}: a bug wrote this block"));
        if (!block.Index.PostingsAgree())
            damage.Add(new BlockDamage(block.Path, null, default, 0, "the postings are not those of the series: a bug wrote this block"));
    }

    static void ReadSamples(Block block, int series, List<BlockDamage> damage)
    {
        using var reader = block.OpenReader(series, TimeRange.All);
        while (reader.MoveNext())
            CheckOrder(reader.TimestampsMs, block.Path, damage);
    }

    static void ReadRollup(Block block, int series, List<BlockDamage> damage)
    {
        var reader = new RollupReader(block, series, TimeRange.All);
        while (reader.MoveNext())
            CheckOrder(reader.Windows.StartsMs, block.Path, damage);
    }

    static void CheckOrder(ReadOnlySpan<long> timestampsMs, string path, List<BlockDamage> damage)
    {
        for (var i = 1; i < timestampsMs.Length; i++)
        {
            if (timestampsMs[i] <= timestampsMs[i - 1])
                damage.Add(new BlockDamage(path, null, default, 0, $"times do not ascend at {timestampsMs[i]}: a bug wrote this block"));
        }
    }
}
