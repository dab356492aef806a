namespace Barograph.Server.Tests.Collect;

/// <summary>A clock that tests move: time that passes, and steps of the wall clock alone.</summary>
internal sealed class ManualClock(DateTimeOffset start) : TimeProvider
{
    readonly Lock _gate = new(); // guards all fields
    readonly List<ManualTimer> _timers = [];
    DateTimeOffset _now = start;
    long _monotonicTicks = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that wait to be fired.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate)
                return _timers.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return _monotonicTicks;
    }

    /// <summary>Time passes; timers fire.</summary>
    public void Advance(double milliseconds)
    {
        ManualTimer[] due;
        lock (_gate)
        {
            _now += TimeSpan.FromMilliseconds(milliseconds);
            _monotonicTicks += TimeSpan.FromMilliseconds(milliseconds).Ticks;
            due = [.. _timers.Where(timer => timer.DueTicks <= _monotonicTicks)];
            foreach (var timer in due)
                _timers.Remove(timer);
        }

        foreach (var timer in due)
            timer.Fire();
    }

    /// <summary>Somebody sets the clock (or the host slept, for which no timer runs).</summary>
    public void Step(double milliseconds)
    {
        lock (_gate)
            _now += TimeSpan.FromMilliseconds(milliseconds);
    }

    /// <summary>Waits until so many timers wait: what is under test has gone to sleep.</summary>
    public void WaitForTimers(int count) => Assert.True(SpinWait.SpinUntil(() => WaitingCount >= count, TimeSpan.FromMinutes(2)));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        public long DueTicks { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                DueTicks = clock._monotonicTicks + dueTime.Ticks;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    clock._timers.Add(this);
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
