namespace Barograph.Server.Collect;

/// <summary>A source and how it fares.</summary>
internal sealed class SourceState(ISource source, TimeProvider clock, ILogger log) : IDisposable
{
    /// <summary>How long a source is left alone that this host does not have; and at most when it does not answer again and again.</summary>
    public const long PauseMs = 60_000;

    /// <summary>
    /// A source that was silent for a tick once is read in the next one as if nothing had been. From the second tick in a row on it is
    /// left alone, for so long and then twice as long each time, since every try keeps the others waiting.
    /// </summary>
    const long FirstPauseMs = 2000;

    /// <summary>From when on it is said that a source does not answer.</summary>
    const long ToldAfterMs = 5000;

    int _isReading, _silentTicks;
    long _beganMonotonicMs;
    long _errorCount;
    long _readAgainAtMonotonicMs = long.MinValue;
    bool _isFailing, _isSilenceTold;

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
        {
            Volatile.Write(ref _beganMonotonicMs, tick.MonotonicMs);
            return true;
        }

        if (!_isSilenceTold && SilentMs(tick) >= ToldAfterMs)
        {
            _isSilenceTold = true;
            log.SourceSilent(source.Name, ToldAfterMs / 1000);
        }

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
            if (_isFailing || _isSilenceTold)
                log.SourceRecovered(source.Name);
            _isFailing = _isSilenceTold = false;
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
        if (++_silentTicks == 1)
            return;
        var pauseMs = Math.Min(PauseMs, FirstPauseMs << Math.Min(_silentTicks - 2, 10));
        Volatile.Write(ref _readAgainAtMonotonicMs, tick.MonotonicMs + pauseMs);
        log.SourceSlow(source.Name, _silentTicks, pauseMs / 1000);
    }

    /// <summary>It has answered before its tick was stored.</summary>
    public void AnsweredInTime() => _silentTicks = 0;

    /// <summary>For how long it has not answered the read that it is in; 0 when it is in none.</summary>
    public long SilentMs(Tick tick) => Volatile.Read(ref _isReading) == 0 ? 0 : tick.MonotonicMs - Volatile.Read(ref _beganMonotonicMs);

    public void Dispose() => source.Dispose();
}
