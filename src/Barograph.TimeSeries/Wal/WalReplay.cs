namespace Barograph.TimeSeries;

/// <summary>Reads the log into a head window when a store is opened.</summary>
internal sealed class WalReplay(string folder, HeadWindow head, ExemplarRing exemplars, DamageLog damage)
{
    readonly int[] _series = new int[SampleRecord.MaxSamples];
    readonly long[] _timestampsMs = new long[SampleRecord.MaxSamples];
    readonly double[] _values = new double[SampleRecord.MaxSamples];
    int[] _numbers = []; // of the scope's numbers, the index's
    ulong _salt;
    long _unknown;

    /// <summary>Reads segments in their order; all samples become part of one commit.</summary>
    public void Read(IReadOnlyList<WalSegmentName> segments, long commit)
    {
        for (var i = 0; i < segments.Count; i++)
            Read(segments[i], isLastOfProcess: i + 1 == segments.Count || segments[i + 1].Salt != segments[i].Salt, commit);
    }

    void Read(WalSegmentName segment, bool isLastOfProcess, long commit)
    {
        if (segment.Salt != _salt)
            (_salt, _numbers) = (segment.Salt, []);
        var file = $"wal/{segment.FileName}";
        var content = File.ReadAllBytes(Path.Combine(folder, segment.FileName));
        _unknown = 0;
        var tail = WalReader.Read(content, segment.Salt,
            (_, type, payload) => Take(type, payload, commit),
            (offset, length) => damage.Add(new Damage(file, $"{length} damaged bytes at byte {offset} were skipped; the records that were there are lost.")));
        if (tail > 0 && !WalReader.BeginsWhole(content))
            damage.Add(new Damage(file, $"its beginning and its last {tail} bytes are damaged; the records that were there are lost."));
        else if (tail > 0)
            damage.Add(new Damage(file, $"the last {tail} bytes are no whole record; nothing acknowledged is lost, if the process was killed while it wrote.", isLastOfProcess));
        if (_unknown > 0)
            damage.Add(new Damage(file, $"{_unknown} samples are lost because the keys of their series are damaged."));
    }

    void Take(WalRecordType type, ReadOnlySpan<byte> payload, long commit)
    {
        switch (type)
        {
            case WalRecordType.Series:
                SeriesRecord.Read(payload, AddSeries);
                break;
            case WalRecordType.Samples:
                AddSamples(payload, commit);
                break;
            case WalRecordType.Histograms:
                AddHistograms(payload, commit);
                break;
            case WalRecordType.Exemplars:
                ExemplarRecord.Read(payload, (series, timestampMs, value, labels) => exemplars.Add(series, timestampMs, value, labels));
                break;
            default:
                throw new StoreUnavailableException($"The log holds a record of type {(byte)type}: it was written by a newer program.");
        }
    }

    void AddSeries(int number, ReadOnlySpan<byte> key)
    {
        if (number >= _numbers.Length)
        {
            var known = _numbers.Length;
            Array.Resize(ref _numbers, Math.Max(number + 1, known * 2));
            _numbers.AsSpan(known).Fill(-1);
        }

        if (_numbers[number] < 0)
            _numbers[number] = head.Index.Add(key);
    }

    void AddSamples(ReadOnlySpan<byte> payload, long commit)
    {
        var count = SampleRecord.Read(payload, _series, _timestampsMs, _values);
        for (var i = 0; i < count; i++)
        {
            if (SeriesOf(_series[i]) is >= 0 and var series)
                head.Append(series, _timestampsMs[i], _values[i], commit); // a refusal is the same as it was then
        }
    }

    void AddHistograms(ReadOnlySpan<byte> payload, long commit) =>
        HistogramRecord.Read(payload, (number, timestampMs, histogram) =>
        {
            if (SeriesOf(number) is >= 0 and var series)
                head.Append(series, timestampMs, histogram, commit); // likewise
        });

    /// <summary>The index's number of a series of the scope, or -1: its key is lost, and so is the sample.</summary>
    int SeriesOf(int number)
    {
        var series = number < _numbers.Length ? _numbers[number] : -1;
        if (series < 0)
            _unknown++;
        return series;
    }
}
