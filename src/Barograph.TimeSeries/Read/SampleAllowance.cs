namespace Barograph.TimeSeries;

/// <summary>How many samples may be read from one select, whatever its readers and their threads.</summary>
internal sealed class SampleAllowance(long limit)
{
    long _read;

    /// <exception cref="LimitExceededException">Now it is too many.</exception>
    public void Take(int count)
    {
        if (Interlocked.Add(ref _read, count) > limit)
            throw new LimitExceededException(nameof(StoreOptions.SelectSamplesLimit),
                $"More than {limit} samples are read from one select (SelectSamplesLimit). Narrow its range or its series, or raise it.");
    }
}

/// <summary>A reader that counts its runs.</summary>
internal sealed class CountedReader(SampleReader source, SampleAllowance allowance) : SampleReader
{
    public override ReadOnlySpan<long> TimestampsMs => source.TimestampsMs;

    public override ReadOnlySpan<double> Values => source.Values;

    public override ReadOnlySpan<NativeHistogram> Histograms => source.Histograms;

    public override ReadOnlySpan<long> StartTimestampsMs => source.StartTimestampsMs;

    public override bool MoveNext()
    {
        if (!source.MoveNext())
            return false;
        allowance.Take(source.TimestampsMs.Length);
        return true;
    }

    public override void Dispose() => source.Dispose();
}
