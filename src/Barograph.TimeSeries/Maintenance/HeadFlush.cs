namespace Barograph.TimeSeries;

/// <summary>Writes a head window that takes no more samples into a block.</summary>
internal static class HeadFlush
{
    /// <returns>Whether there was anything to write.</returns>
    /// <exception cref="IOException">The disk did not take it; nothing is visible.</exception>
    public static bool Write(HeadWindow head, string path, Disk disk, CancellationToken stopping)
    {
        if (head.SampleCount == 0)
            return false;
        var (minMs, maxMs) = head.Bounds;
        var labels = new HeadLabels(head.Index);
        using var writer = new BlockWriter(path, new BlockMeta(new TimeRange(minMs, maxMs + 1)), labels, head.Index.Count, disk);
        // In the order of labels: what is asked for together lies together, and merges read their sources from front to back.
        foreach (var series in head.Index.Ranks.Order(head.Index.Count))
        {
            stopping.ThrowIfCancellationRequested();
            var complete = head.TryReadEnds(series, long.MaxValue - 1, out var ends);
            Invariant.Holds(complete); // nobody writes it any more
            if (ends.IsEmpty)
                continue;
            writer.BeginSeries(labels.Of(series));
            using var reader = SampleSource.In(head, series, ends).OpenReader(TimeRange.All);
            while (reader.MoveNext())
            {
                if (reader.Histograms.IsEmpty)
                    writer.Append(reader.TimestampsMs, reader.Values);
                else
                    writer.AppendHistograms(reader.TimestampsMs, reader.Histograms);
            }
        }

        writer.Finish();
        return true;
    }
}
