namespace Barograph.Server.Collect;

/// <summary>A source and how it fares.</summary>
internal sealed class SourceState(ISource source, TimeProvider clock, ILogger log) : IDisposable
{
    /// <summary>How long a source is left alone that this host does not have, or that hung.</summary>
    public const long PauseMs = 60_000;

    int _isReading;
    long _errorCount;
    long _readAgainAtMonotonicMs = long.MinValue;
    bool _isFailing;

    public ISource Source => source;

    /// <summary>Ticks that this source has lost.</summary>
    public long ErrorCount => Volatile.Read(ref _errorCount);

    /// <summary>How long the last read took.</summary>
    public double DurationSeconds { get; private set; }

    /// <summary>Whether this host has it, as far as known.</summary>
    public bool IsAvailable { get; private set; } = true;

    /// <summary>The tick whose values the series hold; written by the pass under its lock, read by the collector afterwards.</summary>
    public long CompletedTimestampMs { get; set; } = long.MinValue;

    /// <summary>Whether this source is to be read in this tick: not while an earlier read of it hangs, nor while it is left alone.</summary>
    public bool TryBegin(Tick tick)
    {
        if (tick.MonotonicMs >= Volatile.Read(ref _readAgainAtMonotonicMs) && Interlocked.CompareExchange(ref _isReading, 1, 0) == 0)
            return true;
        if (IsAvailable)
            Interlocked.Increment(ref _errorCount);
        return false;
    }

    /// <summary>Reads, and takes note of how it went.</summary>
    /// <returns>Whether the values are good.</returns>
    public bool Read(Tick tick)
    {
        var began = clock.GetTimestamp();
        try
        {
            source.Series.Begin();
            source.Read(tick);
            IsAvailable = true;
            if (_isFailing)
                log.SourceRecovered(source.Name);
            _isFailing = false;
            return true;
        }
        catch (SourceUnavailableException unavailable)
        {
            if (IsAvailable)
                log.SourceUnavailable(source.Name, unavailable.Message);
            IsAvailable = false;
            Volatile.Write(ref _readAgainAtMonotonicMs, tick.MonotonicMs + PauseMs);
            return false;
        }
#pragma warning disable CA1031 // The edge of a worker: whatever a source does, the others go on. It is counted, and logged once.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _errorCount);
            if (!_isFailing)
                log.SourceFailed(source.Name, failure);
            _isFailing = true;
            return false;
        }
        finally
        {
            DurationSeconds = clock.GetElapsedTime(began).TotalSeconds;
            Volatile.Write(ref _isReading, 0);
        }
    }

    /// <summary>The pass goes on without this source, which has not returned.</summary>
    public void GiveUp(Tick tick)
    {
        Interlocked.Increment(ref _errorCount);
        Volatile.Write(ref _readAgainAtMonotonicMs, tick.MonotonicMs + PauseMs);
        log.SourceHangs(source.Name, PauseMs / 1000);
    }

    public void Dispose() => source.Dispose();
}
