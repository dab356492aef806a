namespace Barograph.TimeSeries;

/// <summary>Finds series in the rollup blocks of a resolution.</summary>
internal static class RollupSearch
{
    public static RollupSelection? Open(Timeline timeline, DamageLog damage, IReadOnlyList<Matcher> matchers, TimeRange range, TimeSpan step)
    {
        if (PinnedRollups.Open(timeline, step, range) is not { } pinned)
            return null;
        var found = new Dictionary<byte[], List<(Block, int)>>(KeyBytes.Comparer);
        var key = new GrowingBytes();
        foreach (var block in pinned.Blocks)
        {
            try
            {
                foreach (var series in block.Find(matchers))
                {
                    block.ReadKey(series, key);
                    var bytes = key.Written.ToArray();
                    if (!found.TryGetValue(bytes, out var sources))
                        found.Add(bytes, sources = []);
                    sources.Add((block, series));
                }
            }
            catch (CorruptBlockException cause)
            {
                damage.Add(new Damage(Path.GetFileName(block.Path), $"cannot be read: {cause.Message}"));
            }
        }

        var sorted = found.ToArray();
        Array.Sort(sorted, static (left, right) => SeriesKey.Compare(left.Key, right.Key));
        return new RollupSelection([.. sorted.Select(entry => new RollupSeries(SeriesKey.Decode(entry.Key), entry.Value, range))], pinned.Set.EndMs, pinned);
    }
}
