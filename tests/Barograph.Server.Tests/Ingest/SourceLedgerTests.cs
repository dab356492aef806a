using Barograph.Server.Measures;
using Barograph.Server.Sources;
using Barograph.Server.Tests.Collect;

namespace Barograph.Server.Tests.Ingest;

public sealed class SourceLedgerTests : IDisposable
{
    readonly ManualClock _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_790_000_000));
    readonly CollectingLog<SourceLedger> _log = new();
    readonly OwnMeasures _measures = new();
    readonly SourceLedger _ledger;

    public void Dispose() => _measures.Dispose();

    public SourceLedgerTests() =>
        _ledger = new SourceLedger(_clock, _measures, _log);

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
        _ledger.Count("Influx", "127.0.0.1", 0, [new(RefusalReason.TooOld, 3, "a"), new(RefusalReason.MalformedPart, 5, "b")]);
        _clock.Advance(1000);
        _ledger.Count("Influx", "127.0.0.1", 0, [new(RefusalReason.TooOld, 1, "c")]);
        var nowMs = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal([new("malformed part", 5, nowMs - 1000, "b"), new("too old", 4, nowMs, "c")], Source.Rejections);
        Assert.Equal((9, nowMs, "c"), (Source.Rejected, Source.LastRejectionMs, Source.LastRejection));
    }

    [Fact]
    public void A_refusal_is_logged_once_for_each_door_sender_and_reason()
    {
        for (var i = 0; i < 3; i++)
        {
            _ledger.Count("Influx", "a", 0, [new(RefusalReason.TooOld, 3, "first"), new(RefusalReason.MalformedPart, 1, "second")]);
            _ledger.Count("Influx", "b", 0, [new(RefusalReason.TooOld, 3, "third")]);
            _ledger.Count("StatsD", "a", 0, [new(RefusalReason.TooOld, 3, "fourth")]);
        }

        Assert.Equal(4, _log.Lines.Count);
        Assert.Contains(_log.Lines, static line => line.StartsWith("Influx, a: too old: first", StringComparison.Ordinal));
    }

    [Fact]
    public void However_many_senders_are_invented_neither_memory_nor_the_log_grow_with_them()
    {
        for (var sender = 0; sender < 3000; sender++)
            _ledger.Count("Influx", $"{sender}", 0, [new(RefusalReason.TooOld, 1, "old")]);
        Assert.InRange(_ledger.All.Count, 1000, 1002);
        Assert.InRange(_log.Lines.Count, 1000, 1002);
        Assert.Equal(3000, _ledger.All.Sum(static source => source.Rejected));
    }

    [Fact]
    public void Every_reason_has_words_and_a_label_of_its_own()
    {
        var reasons = Enum.GetValues<RefusalReason>();
        Assert.Equal(reasons.Length, reasons.Select(static reason => reason.Text()).Distinct().Count());
        Assert.All(reasons, static reason => Assert.Matches("^[a-z_]+$", reason.Label()));
    }

    SourceStatus Source => Assert.Single(_ledger.All);

    SourceStatus Counted(long? lastSampleMs)
    {
        _ledger.Count("statsd", "127.0.0.1", 1, null, lastSampleMs);
        return Source;
    }

    void Count(int samples) => _ledger.Count("statsd", "127.0.0.1", samples);
}
