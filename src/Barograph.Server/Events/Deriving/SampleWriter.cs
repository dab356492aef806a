using System.Text;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>Makes the samples of what came together since the last flush, each at a free place of its second.</summary>
internal sealed class SampleWriter(IMetricStore store)
{
    /// <summary>The places of a second: its milliseconds from 1 on. Its first one belongs to windows that end there.</summary>
    public const int Places = 999;

    /// <summary>Which places are taken is remembered so long; for older seconds the store is asked.</summary>
    const long RememberedMs = 120_000;

    /// <summary>So many places of a label set are remembered of seconds for which the store can be asked.</summary>
    const int RememberedMax = 1000;

    /// <summary>Seconds whose neighbours are farther away are looked up by themselves.</summary>
    const long GapMs = 600_000;

    /// <summary>Up to here an earlier process may have written.</summary>
    public long HorizonMs { get; set; }

    /// <summary>Before it, places are not remembered.</summary>
    public long ForgottenBeforeMs { get; private set; }

    /// <summary>The latest second that was written.</summary>
    public long LatestMs { get; private set; }

    /// <summary>Writes what is pending of a label set.</summary>
    public void Write(DerivedSpec spec, LabelSet set, SampleBatch batch)
    {
        if (spec.Kind == DerivedKind.Value)
        {
            var series = batch.AddSeries(set.Key(0));
            foreach (var (timeMs, cell) in set.Cells)
                batch.Add(series, timeMs, cell.Sum);
            return;
        }

        FindPlaces(set);
        Span<int> parts = stackalloc int[set.CountPart + 2]; // the series of each part in this batch; 0: not added
        foreach (var (second, cell) in set.Cells)
        {
            var timeMs = Place(set, second);
            if (spec.Kind == DerivedKind.Distribution)
                WriteDistribution(spec, set, batch, parts, timeMs, cell);
            else
                Add(set, batch, parts, 0, timeMs, cell.Sum);
        }

        if (set.Places.Count > RememberedMax)
            Forget(set);
    }

    /// <summary>Forgets places of seconds that are long gone.</summary>
    public void Forget(IEnumerable<LabelSet> sets, long nowMs)
    {
        ForgottenBeforeMs = Math.Max(ForgottenBeforeMs, nowMs - RememberedMs);
        foreach (var set in sets)
            Forget(set);
    }

    void Forget(LabelSet set)
    {
        foreach (var second in set.Places.Keys)
        {
            if (second < ForgottenBeforeMs)
                set.Places.Remove(second); // removing is allowed while it is walked
        }

        if (set.Places.EnsureCapacity(0) > 2 * RememberedMax && set.Places.Count <= RememberedMax)
            set.Places.TrimExcess();
    }

    static void WriteDistribution(DerivedSpec spec, LabelSet set, SampleBatch batch, Span<int> parts, long timeMs, Cell cell)
    {
        double sum = 0;
        for (var bucket = 0; bucket < spec.Ladder.Count; bucket++)
        {
            sum += cell.Buckets![bucket];
            if (sum != 0)
                Add(set, batch, parts, bucket, timeMs, sum);
        }

        Add(set, batch, parts, set.CountPart, timeMs, sum);
        Add(set, batch, parts, set.CountPart + 1, timeMs, cell.Sum);
    }

    static void Add(LabelSet set, SampleBatch batch, Span<int> parts, int part, long timeMs, double value)
    {
        if (parts[part] == 0)
            parts[part] = 1 + batch.AddSeries(set.Key(part));
        batch.Add(parts[part] - 1, timeMs, value);
    }

    long Place(LabelSet set, long second)
    {
        LatestMs = Math.Max(LatestMs, second);
        var place = set.Places.GetValueOrDefault(second, 1);
        // A second that was corrected 999 times passes the next correction on to the one after it.
        while (place > Places)
        {
            second += 1000;
            if (!set.Places.ContainsKey(second))
                FindPlaces(set, second, second + 1000);
            place = set.Places.GetValueOrDefault(second, 1);
        }

        set.Places[second] = place + 1;
        return second + place;
    }

    /// <summary>Asks the store for the places that nobody here remembers.</summary>
    void FindPlaces(LabelSet set)
    {
        List<long>? unknown = null;
        foreach (var second in set.Cells.Keys)
        {
            if ((second <= HorizonMs || second < ForgottenBeforeMs) && !set.Places.ContainsKey(second))
                (unknown ??= []).Add(second);
        }

        if (unknown is null)
            return;
        unknown.Sort();
        var from = 0;
        for (var i = 1; i <= unknown.Count; i++)
        {
            if (i < unknown.Count && unknown[i] - unknown[i - 1] <= GapMs)
                continue;
            FindPlaces(set, unknown[from], unknown[i - 1] + 1000);
            from = i;
        }
    }

    void FindPlaces(LabelSet set, long startMs, long endMs)
    {
        var matchers = set.LabelsOf(set.CountPart).Select(static label => new Matcher(TimeSeries.MatchType.Equal, label.Name, label.Value)).ToArray();
        var wanted = set.LabelsOf(set.CountPart);
        using var selection = store.Select(matchers, new TimeRange(startMs, endMs));
        foreach (var series in selection.Series)
        {
            if (!series.Labels.Equals(wanted))
                continue; // has labels besides
            using var reader = series.OpenReader();
            while (reader.MoveNext())
            {
                foreach (var timeMs in reader.TimestampsMs)
                {
                    var second = timeMs - timeMs % 1000;
                    set.Places[second] = Math.Max(set.Places.GetValueOrDefault(second, 1), (int)(timeMs % 1000) + 1);
                }
            }
        }
    }
}

/// <summary>
/// The last batch of derived samples with the place in the log up to which it goes: written before the batch is appended, read at the next
/// start and appended again.
/// </summary>
internal sealed record Redo(RecordPlace Place, long HorizonMs, SampleBatch Batch)
{
    const int Version = 1, SampleBytes = sizeof(int) + sizeof(long) + sizeof(double);

    public byte[] Encode()
    {
        using var memory = new MemoryStream(64 + Batch.SampleCount * SampleBytes + Batch.SeriesCount * 128);
        using var writer = new BinaryWriter(memory, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(Place.Segment);
        writer.Write(Place.OffsetBytes);
        writer.Write(HorizonMs);
        writer.Write(Batch.SeriesCount);
        for (var series = 0; series < Batch.SeriesCount; series++)
        {
            writer.Write(Batch.Key(series).Length);
            writer.Write(Batch.Key(series));
        }

        writer.Write(Batch.SampleCount);
        for (var i = 0; i < Batch.SampleCount; i++)
        {
            writer.Write(Batch.SampleSeries[i]);
            writer.Write(Batch.TimestampsMs[i]);
            writer.Write(Batch.Values[i]);
        }

        writer.Write(StableHash.Of(memory.GetBuffer().AsSpan(0, (int)memory.Length)));
        return memory.ToArray();
    }

    /// <summary>Reads it; null when there is none, another version wrote it, or it is damaged.</summary>
    public static Redo? Read(string path, out bool isDamaged)
    {
        isDamaged = false;
        if (!File.Exists(path))
            return null;
        var bytes = File.ReadAllBytes(path);
        isDamaged = bytes.Length < 12 || BitConverter.ToUInt64(bytes, bytes.Length - 8) != StableHash.Of(bytes.AsSpan(0, bytes.Length - 8));
        if (isDamaged)
            return null;
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        if (reader.ReadInt32() != Version)
            return null;
        var batch = new SampleBatch { TakesAnyAge = true };
        var redo = new Redo(new RecordPlace(reader.ReadInt64(), reader.ReadInt64()), reader.ReadInt64(), batch);
        for (var series = reader.ReadInt32(); series > 0; series--)
            batch.AddSeries(reader.ReadBytes(reader.ReadInt32()));
        for (var samples = reader.ReadInt32(); samples > 0; samples--)
            batch.Add(reader.ReadInt32(), reader.ReadInt64(), reader.ReadDouble());
        return redo;
    }
}
