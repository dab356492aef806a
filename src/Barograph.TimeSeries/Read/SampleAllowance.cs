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
