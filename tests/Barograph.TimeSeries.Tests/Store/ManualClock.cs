namespace Barograph.TimeSeries.Tests;

/// <summary>A clock that the test moves; timers fire while it moves. It can be set as well, of which timers and elapsed time know nothing.</summary>
internal sealed class ManualClock : TimeProvider
{
    readonly Lock _gate = new();
    readonly List<Timer> _timers = [];
    DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    TimeSpan _elapsed;

    public long NowMs => GetUtcNow().ToUnixTimeMilliseconds();

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override long GetTimestamp() => Elapsed.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
                return _elapsed;
        }
    }

    /// <summary>Somebody sets the clock.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate)
            _now += by;
    }

    public void Advance(TimeSpan by)
    {
        Timer[] due;
        lock (_gate)
        {
            _now += by;
            _elapsed += by;
            due = [.. _timers.Where(timer => timer.DueAt <= _elapsed)];
        }

        foreach (var timer in due)
            timer.Fire();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_gate)
            _timers.Add(timer);
        return timer;
    }

    sealed class Timer(ManualClock clock, Action callback) : ITimer
    {
        TimeSpan _period;

        public TimeSpan DueAt { get; private set; } = TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            DueAt = dueTime == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : clock.Elapsed + dueTime;
            return true;
        }

        public void Fire()
        {
            DueAt = _period == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : clock.Elapsed + _period;
            callback();
        }

        public void Dispose()
        {
            lock (clock._gate)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
