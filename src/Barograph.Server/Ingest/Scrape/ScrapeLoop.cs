using System.Buffers;
using System.Diagnostics;
using System.Net;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Processes;
using Barograph.Server.Sources;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>Why a page could not be had.</summary>
internal sealed class ScrapeFailedException(string message) : Exception(message);

/// <summary>Scrapes one target, again and again, at its own moment within the interval, so that not all come at once.</summary>
/// <param name="target">Which.</param>
/// <param name="clients">The HTTP client of its job.</param>
/// <param name="obstacle">Why it is not to be scraped now, or null.</param>
/// <param name="desk">Where the samples go.</param>
/// <param name="clock">The time.</param>
/// <param name="workers">Gets what nobody expected of a scrape.</param>
internal sealed class ScrapeLoop(
    ScrapeTarget target, ScrapeClients clients, Func<string?> obstacle, IngestDesk desk, TimeProvider clock, Workers workers)
{
    const string Door = "scrape";
    const string Accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    /// <summary>All loops among the workers.</summary>
    const string Worker = "scrape-loops";

    readonly ScrapedSeries _series = new(target);
    long _plannedMs;

    public ScrapeTarget Target => target;

    /// <summary>Under what it stands among the senders.</summary>
    string Sender => $"{target.Job.Name} {target.Address}";

    /// <summary>Runs until it is told to end; then its series end, unless the whole server stops.</summary>
    /// <param name="removed">The target is gone.</param>
    /// <param name="stopping">The server stops.</param>
    public async Task RunAsync(CancellationToken removed, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(removed, stopping);
        try
        {
            while (true)
                await TryScrapeAsync(await NextTimeAsync(either.Token), either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // ends
        }

        if (!stopping.IsCancellationRequested)
            await TryEndAsync(stopping);
    }

    /// <summary>Whatever one scrape does, the target is down with that sentence, and is scraped again.</summary>
    async Task TryScrapeAsync(long timestampMs, CancellationToken ending)
    {
        try
        {
            await ScrapeAsync(timestampMs, ending);
        }
#pragma warning disable CA1031 // the edge of a target's loop
        catch (Exception failure) when (failure is not OperationCanceledException || !ending.IsCancellationRequested)
#pragma warning restore CA1031
        {
            workers.Survived(Worker, failure);
            desk.Note(Door, Sender, new Outcome(0, [new Refused(RefusalReason.ServerFailure, 1, failure.Message)], null));
            target.Health = new ScrapeHealth(false, failure.Message, DateTimeOffset.FromUnixTimeMilliseconds(timestampMs), TimeSpan.Zero);
        }
    }

    /// <summary>Waits for the next moment of this target.</summary>
    /// <returns>What the samples are stamped with: the moment as planned, so that intervals are regular.</returns>
    async ValueTask<long> NextTimeAsync(CancellationToken ending)
    {
        var intervalMs = (long)target.Interval.TotalMilliseconds;
        var offsetMs = target.Identity.Aggregate(17u, static (hash, letter) => hash * 31 + letter) % intervalMs;
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        _plannedMs = NextMs(nowMs, _plannedMs, intervalMs, offsetMs);
        await Task.Delay(TimeSpan.FromMilliseconds(_plannedMs - nowMs), clock, ending);
        return _plannedMs;
    }

    /// <summary>The next moment. A timer may fire a moment too early: the moment just done does not come again.</summary>
    /// <param name="nowMs">Unix milliseconds, as all here.</param>
    /// <param name="lastMs">The moment before; further ahead than an interval it is that of a clock that was set back.</param>
    /// <param name="intervalMs">From moment to moment.</param>
    /// <param name="offsetMs">Within the interval.</param>
    internal static long NextMs(long nowMs, long lastMs, long intervalMs, long offsetMs)
    {
        var fromMs = lastMs > nowMs && lastMs - nowMs <= intervalMs ? lastMs : nowMs;
        return fromMs - (fromMs - offsetMs) % intervalMs + intervalMs;
    }

    async Task ScrapeAsync(long timestampMs, CancellationToken ending)
    {
        var began = Stopwatch.GetTimestamp();
        var decoded = desk.Rent();
        try
        {
            _series.Begin(decoded, timestampMs);
            var error = await TryReadAsync(decoded, ending);
            var took = Stopwatch.GetElapsedTime(began);
            _series.EndMissing();
            Report(error is null, took);
            var outcome = await desk.WriteAsync(decoded, ending);
            if (error is not null && outcome.Failure is null)
                outcome = outcome with { Refused = [new Refused(RefusalReason.ScrapeFailed, 1, error), .. outcome.Refused] };
            desk.Note(Door, Sender, outcome);
            var trouble = error ?? outcome.Failure?.Text ?? (outcome.Rejected > 0 ? outcome.PartialText : "");
            target.Health = new ScrapeHealth(error is null && outcome.Failure is null, trouble, DateTimeOffset.FromUnixTimeMilliseconds(timestampMs), took);
        }
        finally
        {
            desk.Return(decoded);
        }
    }

    void Report(bool isUp, TimeSpan took)
    {
        _series.Report("up", isUp ? 1 : 0);
        _series.Report("scrape_duration_seconds", took.TotalSeconds);
        _series.Report("scrape_samples_scraped", _series.Scraped);
        _series.Report("scrape_samples_post_metric_relabeling", _series.Kept);
        _series.Report("scrape_series_added", _series.Added);
    }

    /// <returns>Null, or why there is no page.</returns>
    async Task<string?> TryReadAsync(DecodedRequest decoded, CancellationToken ending)
    {
        using var page = desk.OpenBody();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ending);
        patience.CancelAfter(target.Timeout);
        try
        {
            if (obstacle() is { } why)
                throw new ScrapeFailedException(why);
            var isOpenMetrics = await FetchAsync(page, patience.Token);
            ExpositionText.Read(page.Bytes, isOpenMetrics, decoded.Key, decoded.ExemplarKey, _series);
            return null;
        }
        catch (Exception failure) when (Explain(failure, ending) is { } why)
        {
            _series.Discard();
            return why;
        }
    }

    string? Explain(Exception failure, CancellationToken ending) => failure switch
    {
        OperationCanceledException when !ending.IsCancellationRequested => $"no answer within {target.Timeout.TotalSeconds} s",
        MalformedRequestException or RequestTooLargeException or ScrapeFailedException => failure.Message,
        OperationCanceledException => null,
        _ => failure.InnerException?.Message ?? failure.Message, // whatever a target does, it is scraped again
    };

    /// <returns>Whether the page is OpenMetrics.</returns>
    async Task<bool> FetchAsync(RequestBody page, CancellationToken patience)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.Address);
        request.Headers.TryAddWithoutValidation("Accept", Accept);
        request.Headers.TryAddWithoutValidation("User-Agent", "Barograph");
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", target.Timeout.TotalSeconds.ToString());
        if (target.Job.Authorization is { } authorization)
            request.Headers.TryAddWithoutValidation("Authorization", authorization());
        using var answer = await clients.For(target.Job).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new ScrapeFailedException($"the target answered {(int)answer.StatusCode}");
        await using var body = await answer.Content.ReadAsStreamAsync(patience);
        var chunk = new byte[16 << 10];
        for (long total = 0; await body.ReadAsync(chunk, patience) is > 0 and var read;)
        {
            total += read;
            if (total > target.Job.BodySizeLimit)
                throw new ScrapeFailedException($"the page has more than {target.Job.BodySizeLimit} bytes; raise body_size_limit or let the target show less");
            if (page.Take(new ReadOnlySequence<byte>(chunk, 0, read), BodyEncoding.None) is { } refusal)
                throw new ScrapeFailedException(refusal.Text);
        }

        return answer.Content.Headers.ContentType?.MediaType == "application/openmetrics-text";
    }

    /// <summary>A target that is gone has no series any more.</summary>
    async Task TryEndAsync(CancellationToken stopping)
    {
        var decoded = desk.Rent();
        try
        {
            await EndAsync(decoded, stopping);
        }
#pragma warning disable CA1031 // the edge of a target's loop: it ends, and its series end by themselves after a while
        catch (Exception failure) when (failure is not OperationCanceledException || !stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            workers.Survived(Worker, failure);
        }
        finally
        {
            desk.Return(decoded);
        }
    }

    async Task EndAsync(DecodedRequest decoded, CancellationToken stopping)
    {
        _series.Begin(decoded, clock.GetUtcNow().ToUnixTimeMilliseconds());
        _series.EndMissing();
        foreach (var metric in new[] { "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added" })
            _series.Report(metric, Barograph.TimeSeries.StaleMarker.Value);
        desk.Note(Door, Sender, await desk.WriteAsync(decoded, stopping));
    }
}
