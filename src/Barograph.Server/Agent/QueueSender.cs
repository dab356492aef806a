using System.Net;
using System.Net.Http.Headers;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Processes;

namespace Barograph.Server.Agent;

/// <summary>
/// Sends the queue to the server, oldest first: the server takes what is an hour older than the newest of its series for too
/// late, so what is fresh must not overtake. A backlog goes out in large requests, thousands of times faster than it came.
/// </summary>
internal sealed class QueueSender(
    AgentOptions options, SampleQueue queue, AgentStatistics statistics, TimeProvider clock, Workers workers, ILogger<QueueSender> log)
    : SupervisedService("agent-sender", workers)
{
    const int RequestBytes = 4 << 20; // decompressed: some 20,000 samples
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    static readonly TimeSpan MetadataInterval = TimeSpan.FromMinutes(10);

    readonly HttpClient _client = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    readonly Uri _address = new($"{options.Server!.ToString().TrimEnd('/')}/api/v1/write");
    readonly SnappyEncoder _snappy = new();
    readonly RentedBytes _bodies = new();
    readonly Backoff _backoff = new(Random.Shared);
    int _requestBytes = RequestBytes;
    byte[] _compressed = [];
    long? _metadataSentAt;
    bool _isFailing, _isDropTold, _isRefused;
    long _droppedBefore;

    /// <summary>What to do with a request after it was answered.</summary>
    enum Verdict
    {
        Taken,
        PartlyRefused,
        TooLarge,
        Again,
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        while (true)
            await SendAsync(await queue.NextAsync(_requestBytes, stopping), stopping); // what is left goes out after the next start
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _client.Dispose();
        _bodies.Dispose();
        base.Dispose();
    }

    async Task SendAsync(IReadOnlyList<SampleQueue.Entry> entries, CancellationToken stopping)
    {
        var samples = Prepare(entries, out var withMetadata);
        var (verdict, retryAfter, reason) = samples == 0 ? (Verdict.Taken, null, "") : await PostAsync(stopping);
        switch (verdict)
        {
            case Verdict.Again:
                statistics.CountRetry();
                TellTrouble(reason);
                await Task.Delay(_backoff.Next(retryAfter), clock, stopping);
                return;
            case Verdict.TooLarge when entries.Count > 1:
                _requestBytes = Math.Max(1, _requestBytes / 2);
                return;
            case Verdict.TooLarge or Verdict.PartlyRefused:
                statistics.CountRefused();
                if (!_isRefused)
                    AgentLog.Refused(log, reason);
                break;
        }

        _isRefused = verdict != Verdict.Taken; // told once until all is taken again

        if (verdict != Verdict.TooLarge)
            statistics.CountSent(samples);
        if (withMetadata)
            _metadataSentAt = clock.GetTimestamp();
        if (_isFailing)
            AgentLog.SendsAgain(log, queue.DroppedSamples - _droppedBefore);
        _isFailing = false;
        _backoff.Reset();
        Finish(entries);
    }

    /// <summary>Says once of each outage that it began, and once that the queue did not last.</summary>
    void TellTrouble(string reason)
    {
        if (!_isFailing)
        {
            AgentLog.SendFailed(log, reason);
            (_isFailing, _isDropTold, _droppedBefore) = (true, false, queue.DroppedSamples);
        }
        else if (!_isDropTold && queue.DroppedSamples > _droppedBefore)
        {
            AgentLog.Dropping(log, options.QueueBytes);
            _isDropTold = true;
        }
    }

    /// <summary>Puts the bodies of the records into one.</summary>
    /// <returns>How many samples it has.</returns>
    int Prepare(IReadOnlyList<SampleQueue.Entry> entries, out bool withMetadata)
    {
        _bodies.Clear();
        var samples = 0;
        foreach (var entry in entries)
        {
            if (queue.TryReadBody(entry, _bodies))
                samples += entry.Samples;
            else
                queue.CountLost(entry.Samples);
        }

        withMetadata = _metadataSentAt is not { } sentAt || clock.GetElapsedTime(sentAt) > MetadataInterval;
        if (withMetadata)
        {
            var metadata = RemoteWriteMessage.Write(queue.Metadata);
            metadata.CopyTo(_bodies.Room(metadata.Length));
            _bodies.Advance(metadata.Length);
        }

        return samples;
    }

    async Task<(Verdict Verdict, TimeSpan? RetryAfter, string Reason)> PostAsync(CancellationToken stopping)
    {
        if (_compressed.Length < SnappyEncoder.MaxLength(_bodies.Length))
            _compressed = new byte[SnappyEncoder.MaxLength(_bodies.Length)];
        var length = _snappy.Encode(_bodies.Written, _compressed);
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ByteArrayContent(_compressed, 0, length) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        request.Content.Headers.ContentEncoding.Add("snappy");
        request.Headers.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
        request.Headers.TryAddWithoutValidation("User-Agent", $"barograph-agent ({options.Instance})");
        if (options.Token is { } token)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        patience.CancelAfter(Patience);
        try
        {
            using var answer = await _client.SendAsync(request, patience.Token);
            var text = answer.IsSuccessStatusCode ? "" : (await answer.Content.ReadAsStringAsync(patience.Token)).Trim();
            return (Judge(answer.StatusCode), RetryAfter(answer), $"{(int)answer.StatusCode}: {(text.Length > 300 ? text[..300] : text)}");
        }
        catch (HttpRequestException failure)
        {
            return (Verdict.Again, null, failure.Message);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return (Verdict.Again, null, $"no answer within {Patience.TotalSeconds} s");
        }
    }

    /// <summary>
    /// Only what will never be different is final. A wrong token or address (401, 403, 404, a redirect) is mended by a person, and
    /// then nothing should be missing.
    /// </summary>
    static Verdict Judge(HttpStatusCode status) => status switch
    {
        >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => Verdict.Taken,
        HttpStatusCode.BadRequest => Verdict.PartlyRefused, // what was right in it is written
        HttpStatusCode.RequestEntityTooLarge => Verdict.TooLarge,
        _ => Verdict.Again,
    };

    TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - clock.GetUtcNow(),
        _ => null,
    };

    void Finish(IReadOnlyList<SampleQueue.Entry> entries)
    {
        try
        {
            queue.Remove(entries);
        }
        catch (IOException failure)
        {
            AgentLog.BookmarkFailed(log, failure.Message);
        }
    }
}

/// <summary>How long to wait before the next try: twice as long each time, spread over the whole span, so that a fleet does not come at once.</summary>
internal sealed class Backoff(Random random)
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    static readonly TimeSpan LongestAsked = TimeSpan.FromMinutes(10);

    TimeSpan _span = First;

    /// <summary>The next wait.</summary>
    /// <param name="asked">What the server asked for: waited at least, and spread by a tenth.</param>
    public TimeSpan Next(TimeSpan? asked)
    {
        var wait = _span * (0.5 + 0.5 * random.NextDouble());
        _span = _span * 2 < Longest ? _span * 2 : Longest;
        if (asked is not { } least || least <= TimeSpan.Zero)
            return wait;
        return (least < LongestAsked ? least : LongestAsked) * (1 + 0.1 * random.NextDouble());
    }

    /// <summary>Something went well.</summary>
    public void Reset() => _span = First;
}

internal static partial class AgentLog
{
    [LoggerMessage(LogLevel.Warning, "The server takes nothing for now; samples are kept and sent later: {Reason}")]
    public static partial void SendFailed(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "The server takes samples again; {Dropped} were given up meanwhile.")]
    public static partial void SendsAgain(ILogger logger, long dropped);

    [LoggerMessage(LogLevel.Warning, "The queue has reached its {Bytes} bytes: the oldest samples are given up and counted.")]
    public static partial void Dropping(ILogger logger, long bytes);

    [LoggerMessage(LogLevel.Warning, "The server refused a part of what was sent: {Reason}")]
    public static partial void Refused(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "Cannot note on disk what was sent; it may be sent twice after a restart, which does no harm: {Reason}")]
    public static partial void BookmarkFailed(ILogger logger, string reason);
}
