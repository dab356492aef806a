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
    public static BlockReport Verify(string path)
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
            for (var series = 0; series < block.SeriesCount; series++)
            {
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
