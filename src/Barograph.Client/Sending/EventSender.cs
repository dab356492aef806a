using Microsoft.Extensions.Logging;

namespace Barograph.Client;

/// <summary>
/// Takes batches out of the buffer and sends each until the server has answered for it. An event that was sent and not answered is sent again as it was, with its id,
/// so that it counts once. One loop, one request at a time: order is kept, and a slow server is not pressed.
/// </summary>
internal sealed class EventSender : IDisposable
{
    const long BatchBytesMax = 1 << 20;

    readonly BarographOptions _options;
    readonly EventBuffer _buffer;
    readonly ClientCounters _counters;
    readonly EventPost _post;
    readonly RetryDelay _delay;
    readonly SenderLog _log;
    readonly TimeProvider _clock;
    readonly Wake _wake = new();
    readonly CancellationTokenSource _stopping = new();
    readonly CancellationTokenSource _deadline = new();
    readonly Lock _flushLock = new(); // guards _flushes
    readonly List<(long Place, TaskCompletionSource Done)> _flushes = [];
    readonly Task _loop;
    int _onTheWay;

    public EventSender(BarographOptions options, EventBuffer buffer, ClientCounters counters, HttpClient http, ILogger logger, TimeProvider clock, Random random)
    {
        (_options, _buffer, _counters, _clock) = (options, buffer, counters, clock);
        _post = new EventPost(http, options.Endpoint, options.RequestTimeout, clock);
        _delay = new RetryDelay(options.RetryDelayMax, random);
        _log = new SenderLog(logger, options.Endpoint, counters, clock);
        using (ExecutionContext.SuppressFlow()) // the loop belongs to no task, request or trace of the application
            _loop = Task.Run(RunAsync);
    }

    bool IsFlushing
    {
        get
        {
            lock (_flushLock)
                return _flushes.Count > 0;
        }
    }

    /// <summary>Called with the number of events that wait, after each that came.</summary>
    public void Arrived(int waiting)
    {
        if (waiting == 1 || waiting == _options.BatchEventsMax)
            _wake.Call();
    }

    /// <summary>Done when everything that was added before has been answered for or dropped.</summary>
    public Task FlushAsync(CancellationToken cancel)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_flushLock)
            _flushes.Add((_buffer.Added, done));
        if (_loop.IsCompleted)
            AnswerFlushes();
        _wake.Call();
        return done.Task.WaitAsync(cancel);
    }

    /// <summary>Sends what waits, for so long at most; what is left is dropped. Once.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        await using var timer = _clock.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _deadline, patience, Timeout.InfiniteTimeSpan);
        await _stopping.CancelAsync();
        await _loop;
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _deadline.Dispose();
    }

    async Task RunAsync()
    {
        try
        {
            var batch = new List<byte[]>();
            while (await BatchIsDueAsync())
            {
                _buffer.Take(batch, _options.BatchEventsMax, BatchBytesMax);
                _onTheWay = batch.Count;
                await DeliverAsync(batch);
                batch.Clear();
                AnswerFlushes();
            }
        }
        catch (OperationCanceledException) when (_deadline.IsCancellationRequested)
        {
            // What was on the way may have arrived. Nobody knows, so it counts as dropped.
        }
        finally
        {
            var left = _buffer.Close() + _onTheWay;
            _counters.Drop(DropReason.Shutdown, left);
            _log.Ended(left);
            AnswerFlushes();
        }
    }

    /// <summary>Waits for events, and a little longer for more of them. False when the application ends and none waits.</summary>
    async Task<bool> BatchIsDueAsync()
    {
        while (_buffer.Count == 0)
        {
            if (_stopping.IsCancellationRequested)
                return false;
            AnswerFlushes();
            await _wake.WaitAsync(Timeout.InfiniteTimeSpan, _clock, _stopping.Token);
        }

        var first = _clock.GetTimestamp();
        while (_buffer.Count < _options.BatchEventsMax && !IsFlushing && !_stopping.IsCancellationRequested)
        {
            var left = _options.BatchDelay - _clock.GetElapsedTime(first);
            if (left <= TimeSpan.Zero)
                break;
            await _wake.WaitAsync(left, _clock, _stopping.Token);
        }

        return true;
    }

    async Task DeliverAsync(IReadOnlyList<byte[]> events)
    {
        while (true)
        {
            switch (await _post.SendAsync(events, _deadline.Token))
            {
                case EventAnswer.Settled settled:
                    Settle(settled, events.Count);
                    return;
                case EventAnswer.TooLarge when events.Count == 1:
                    Settle(new(0, 0, 1, "the event was too large for the server"), 1);
                    return;
                case EventAnswer.TooLarge:
                    await DeliverAsync([.. events.Take(events.Count / 2)]);
                    await DeliverAsync([.. events.Skip(events.Count / 2)]);
                    return;
                case EventAnswer.PlainOnly:
                    break;
                case EventAnswer.Later later:
                    _log.Trouble(later.Trouble);
                    _counters.Retry();
                    await PauseAsync(_delay.Next(later.RetryAfter));
                    break;
            }
        }
    }

    void Settle(EventAnswer.Settled settled, int count)
    {
        _delay.Reset();
        _log.Answered();
        if (settled.Rejected > 0)
            _log.Rejected(settled.Rejected, settled.FirstRejection);
        // The server's counts, held to the number that was sent: the sum of what became of events must be what there was.
        var accepted = Math.Clamp(settled.Accepted, 0, count);
        var duplicates = Math.Clamp(settled.Duplicates, 0, count - accepted);
        _counters.Settle(accepted, duplicates, count - accepted - duplicates);
        _onTheWay -= count;
    }

    /// <summary>The end of the application cuts a pause short, once: the server may be there again, and there is no later.</summary>
    async Task PauseAsync(TimeSpan pause)
    {
        var cut = _stopping.IsCancellationRequested ? _deadline.Token : _stopping.Token;
        await Task.Delay(pause, _clock, cut).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _deadline.Token.ThrowIfCancellationRequested();
    }

    void AnswerFlushes()
    {
        var removed = _buffer.Removed;
        lock (_flushLock)
        {
            _flushes.RemoveAll(flush =>
            {
                if (flush.Place > removed)
                    return false;
                flush.Done.SetResult();
                return true;
            });
        }
    }
}
