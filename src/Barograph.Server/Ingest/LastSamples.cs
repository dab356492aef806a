using Barograph.TimeSeries;

namespace Barograph.Server.Ingest;

/// <summary>
/// Finds the sample that a batch has of a series at a time already, for protocols in which the last of several counts. An open hash
/// table of the samples' numbers; its memory is kept from request to request.
/// </summary>
internal sealed class LastSamples(SampleBatch batch)
{
    int[] _numbers = []; // of a sample, counted from 1; 0 is free
    int _count;

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        if (_count == 0)
            return;
        Array.Clear(_numbers);
        _count = 0;
    }

    /// <summary>Gives the sample of that series and time, or a negative number and takes note that the next one will be it.</summary>
    public int FindOrNote(int series, long timestampMs)
    {
        if (2 * (_count + 1) > _numbers.Length)
            Grow();
        for (var slot = SlotOf(series, timestampMs); ; slot = (slot + 1) & (_numbers.Length - 1))
        {
            var sample = _numbers[slot] - 1;
            if (sample < 0)
            {
                _numbers[slot] = batch.SampleCount + 1;
                _count++;
                return -1;
            }

            if (batch.TimestampsMs[sample] == timestampMs && batch.Key(batch.SampleSeries[sample]).SequenceEqual(batch.Key(series)))
                return sample;
        }
    }

    void Grow()
    {
        var old = _numbers;
        _numbers = new int[Math.Max(256, old.Length * 2)];
        foreach (var number in old)
        {
            if (number == 0)
                continue;
            var slot = SlotOf(batch.SampleSeries[number - 1], batch.TimestampsMs[number - 1]);
            while (_numbers[slot] != 0)
                slot = (slot + 1) & (_numbers.Length - 1);
            _numbers[slot] = number;
        }
    }

    int SlotOf(int series, long timestampMs)
    {
        var hash = new HashCode();
        hash.AddBytes(batch.Key(series));
        hash.Add(timestampMs);
        return hash.ToHashCode() & (_numbers.Length - 1);
    }
}
