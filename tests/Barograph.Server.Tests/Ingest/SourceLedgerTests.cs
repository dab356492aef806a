using Barograph.Server.Ingest;
using Barograph.Server.Tests.Collect;

namespace Barograph.Server.Tests.Ingest;

public sealed class SourceLedgerTests
{
    readonly ManualClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    readonly SourceLedger _ledger;

    public SourceLedgerTests() => _ledger = new SourceLedger(_clock);

    [Fact]
    public void A_steady_sender_has_its_rate_from_the_first_minute_on()
    {
        for (var second = 0; second < 10; second++, _clock.Advance(1000))
            Count(samples: 500);
        Assert.InRange(Source.SamplesPerSecond, 450, 550);
        for (var second = 0; second < 300; second++, _clock.Advance(1000))
            Count(samples: 500);
        Assert.InRange(Source.SamplesPerSecond, 490, 510);
    }

    [Fact]
    public void The_rate_of_a_sender_that_stopped_fades()
    {
        for (var second = 0; second < 60; second++, _clock.Advance(1000))
            Count(samples: 500);
        _clock.Advance(600_000);
        Assert.InRange(Source.SamplesPerSecond, 0, 1);
    }

    [Fact]
    public void A_clock_that_went_back_makes_no_rate_that_is_not_a_number()
    {
        Count(samples: 500);
        _clock.Step(-3_600_000);
        Count(samples: 500);
        Assert.True(double.IsFinite(Source.SamplesPerSecond));
    }

    [Fact]
    public void Lag_is_the_age_of_the_last_sample_and_stays_when_a_request_says_nothing_of_it()
    {
        Assert.Null(Counted(lastSampleMs: null).LagSeconds);
        Assert.Equal(2.5, Counted(_clock.GetUtcNow().ToUnixTimeMilliseconds() - 2500).LagSeconds);
        Assert.Equal(2.5, Counted(lastSampleMs: null).LagSeconds);
    }

    [Fact]
    public void Refusals_are_counted_by_their_reason_with_the_last_example_of_each()
    {
        _ledger.Count("Influx", ("127.0.0.1", ""), 0, 3, ("too old", "a"));
        _ledger.Count("Influx", ("127.0.0.1", ""), 0, 5, ("malformed part", "b"));
        _clock.Advance(1000);
        _ledger.Count("Influx", ("127.0.0.1", ""), 0, 1, ("too old", "c"));
        var nowMs = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal([new("malformed part", 5, nowMs - 1000, "b"), new("too old", 4, nowMs, "c")], Source.Rejections);
        Assert.Equal((9, nowMs, "c"), (Source.Rejected, Source.LastRejectionMs, Source.LastRejection));
    }

    SourceStatus Source => Assert.Single(_ledger.All);

    SourceStatus Counted(long? lastSampleMs)
    {
        _ledger.Count("statsd", ("127.0.0.1", ""), 1, 0, null, lastSampleMs);
        return Source;
    }

    void Count(int samples) => _ledger.Count("statsd", ("127.0.0.1", ""), samples, 0, null);
}
