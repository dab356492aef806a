using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Barograph.PromQL;
using Barograph.Server.Storage;
using Barograph.TimeSeries;

namespace Barograph.Server.Live;

/// <summary>One viewer's socket: reads its subscriptions, computes their histories, sends what the ticker offers.</summary>
internal sealed class LiveConnection(WebSocket socket, LiveTicker ticker, LiveHistory history, OpenedStore opened, QueryOptions options, TimeProvider clock, ILogger log)
{
    const int MaxSubscriptions = 512;
    const int MaxMessageBytes = 64 * 1024;
    const int MaxMessagesPerSecond = 200;

    static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(5);
    static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(15);
    static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    // Histories wait while this much is still to be sent.
    const long MaxPendingBytes = 4 * 1024 * 1024;

    readonly Lock _gate = new(); // guards the subscriptions, the flags and the order of what is queued
    readonly Dictionary<int, LiveSubscription> _subscriptions = [];
    readonly Outbox _outbox = new(clock);
    readonly Channel<HistoryRequest> _histories = Channel.CreateUnbounded<HistoryRequest>(new UnboundedChannelOptions { SingleReader = true });
    readonly ArrayBufferWriter<byte> _frame = new();
    bool _paused;
    bool? _writable;
    long _writableSinceMs;
    string? _clockTrouble;

    sealed record HistoryRequest(LiveSubscription Subscription, LiveExpression Expression, LiveWindow Window);

    /// <summary>Serves the socket until it closes.</summary>
    public async Task RunAsync(HelloMessage hello, CancellationToken hungUp)
    {
        Send(hello, LiveJson.Default.HelloMessage);
        if (opened.Current is null)
            Send(new StatusMessage("starting", "The store is being opened."), LiveJson.Default.StatusMessage);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(hungUp);
        ticker.Add(this);
        try
        {
            Task[] halves = [SendAsync(over.Token), SendHistoriesAsync(over.Token), ReceiveAsync(over.Token)];
            await await Task.WhenAny(halves);
            await over.CancelAsync();
            await Task.WhenAll(halves).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception gone) when (gone is OperationCanceledException or WebSocketException or IOException)
        {
            // The viewer left, the program stops, or the network broke: all the same to us.
        }
        finally
        {
            await over.CancelAsync();
            lock (_gate)
            {
                ticker.Remove(this, _subscriptions.Values.Select(static subscription => subscription.Query).OfType<LiveQuery>());
                _subscriptions.Clear();
            }
        }
    }

    /// <summary>Queues what is new of a tick. Called by the ticker.</summary>
    public void Offer(long tickMs, StoreStatus status)
    {
        lock (_gate)
        {
            if (_writable != status.Writable || _clockTrouble != status.ClockTrouble)
                OfferStatus(status, tickMs);
            if (_paused)
                return;
            _frame.ResetWrittenCount();
            var segments = 0;
            foreach (var subscription in _subscriptions.Values)
            {
                if (subscription.NewTrouble() is { } trouble)
                    Send(new ErrorMessage(subscription.Id, trouble.Code, trouble.Message), LiveJson.Default.ErrorMessage);
                if (subscription.Take(tickMs) is { } result)
                    AddSegment(subscription, result, ref segments);
            }

            FinishTick(segments);
        }
    }

    /// <summary>Time jumped: the next frame tells the client to ask again.</summary>
    public void MarkGap() => _outbox.MarkGap();

    /// <summary>Ends the connection at once.</summary>
    public void Abort() => socket.Abort();

    void OfferStatus(StoreStatus status, long nowMs)
    {
        // The first look only speaks up when something is wrong: a healthy server needs no message.
        var message = new StatusMessage("ok", Clock: status.ClockTrouble);
        if (_writable != status.Writable)
            _writableSinceMs = nowMs;
        if (!status.Writable)
            Send(message with { Storage = "read_only", Message = status.Trouble ?? "The store takes no writes.", SinceMs = _writableSinceMs }, LiveJson.Default.StatusMessage);
        else if (_writable is not null || opened.Current is not null)
            Send(message, LiveJson.Default.StatusMessage);
        (_writable, _clockTrouble) = (status.Writable, status.ClockTrouble);
    }

    void AddSegment(LiveSubscription subscription, LiveResult result, ref int segments)
    {
        if (subscription.StartsGeneration(result))
            _outbox.Text(LiveQuery.SeriesText(subscription.Id, subscription.Generation, result.Series));
        if (segments++ == 0)
            LiveFrames.StartTick(_frame, result.TickMs);
        LiveFrames.AddSegment(_frame, subscription.Id, subscription.Generation, result.Values);
    }

    void FinishTick(int segments)
    {
        if (segments == 0)
            return;
        var frame = _frame.WrittenSpan.ToArray();
        LiveFrames.FinishTick(frame, segments);
        _outbox.Tick(frame);
    }

    async Task SendAsync(CancellationToken over)
    {
        while (true)
        {
            var next = await _outbox.NextAsync(HeartbeatEvery, over);
            var message = next?.Message ?? LiveFrames.Heartbeat(clock.GetUtcNow().ToUnixTimeMilliseconds());
            var type = next is { IsText: true } ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
            using var patience = new CancellationTokenSource(SendPatience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(over, patience.Token);
            try
            {
                await socket.SendAsync(message, type, WebSocketMessageFlags.EndOfMessage | WebSocketMessageFlags.DisableCompression, either.Token);
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested)
            {
                LiveLog.SlowViewer(log, SendPatience.TotalSeconds);
                socket.Abort(); // a close frame would wait behind what the viewer does not take
                return;
            }
        }
    }

    async Task ReceiveAsync(CancellationToken over)
    {
        var buffer = new byte[4096];
        var message = new ArrayBufferWriter<byte>();
        var (second, count) = (0L, 0);
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), over);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await CloseAsync(WebSocketCloseStatus.NormalClosure, "", over);
                return;
            }

            if (part.MessageType == WebSocketMessageType.Binary)
            {
                await CloseAsync(WebSocketCloseStatus.InvalidMessageType, "send JSON text messages", over);
                return;
            }

            if (message.WrittenCount + part.Count > MaxMessageBytes)
            {
                await CloseAsync(WebSocketCloseStatus.MessageTooBig, $"a message is at most {MaxMessageBytes} bytes", over);
                return;
            }

            message.Write(buffer.AsSpan(0, part.Count));
            if (!part.EndOfMessage)
                continue;
            var now = clock.GetUtcNow().ToUnixTimeSeconds();
            (second, count) = now == second ? (second, count + 1) : (now, 1);
            if (count > MaxMessagesPerSecond)
            {
                await CloseAsync(WebSocketCloseStatus.PolicyViolation, $"at most {MaxMessagesPerSecond} messages a second", over);
                return;
            }

            if (Understand(message.WrittenSpan) is { } complaint)
            {
                await CloseAsync(WebSocketCloseStatus.PolicyViolation, complaint, over);
                return;
            }

            message.ResetWrittenCount();
        }
    }

    /// <summary>Does what a message asks; a complaint ends the connection.</summary>
    string? Understand(ReadOnlySpan<byte> text)
    {
        ClientMessage? message;
        try
        {
            message = JsonSerializer.Deserialize(text, LiveJson.Default.ClientMessage);
        }
        catch (JsonException)
        {
            return "a message is a JSON object with a type";
        }

        switch (message?.Type)
        {
            case "subscribe":
                return Subscribe(message);
            case "unsubscribe":
                Unsubscribe(message.Id);
                return null;
            case "pause":
                lock (_gate)
                    _paused = true;
                return null;
            case "resume":
                lock (_gate)
                    _paused = false;
                _outbox.MarkGap();
                return null;
            default:
                return "type is one of subscribe, unsubscribe, pause, resume";
        }
    }

    string? Subscribe(ClientMessage message)
    {
        if (message.Id < 1)
            return "id is a whole number from 1";
        Unsubscribe(message.Id);
        if (!LiveWindow.TryRead(message, ticker.SettledMs(), out var window, out var mistake))
        {
            Send(new ErrorMessage(message.Id, "bad_request", mistake), LiveJson.Default.ErrorMessage);
            return null;
        }

        LiveExpression expression;
        try
        {
            expression = LiveExpression.Parse(message.Expr ?? "", options, message.LookbackMs ?? LiveExpression.DefaultLookbackMs);
        }
        catch (LiveTroubleException failure)
        {
            Send(new ErrorMessage(message.Id, failure.Trouble.Code, failure.Trouble.Message), LiveJson.Default.ErrorMessage);
            return null;
        }

        lock (_gate)
        {
            if (_subscriptions.Count >= MaxSubscriptions)
                return $"at most {MaxSubscriptions} subscriptions";
            LiveSubscription subscription;
            if (window.IsLive)
            {
                var (query, lastTickMs) = ticker.Watch(expression, window.StepMs);
                subscription = new LiveSubscription(message.Id, query, lastTickMs);
                window = window.UpTo(lastTickMs);
            }
            else
            {
                subscription = new LiveSubscription(message.Id, null, long.MaxValue);
            }

            _subscriptions[message.Id] = subscription;
            _histories.Writer.TryWrite(new HistoryRequest(subscription, expression, window));
        }

        return null;
    }

    void Unsubscribe(int id)
    {
        lock (_gate)
        {
            if (_subscriptions.Remove(id, out var subscription) && subscription.Query is { } query)
                ticker.Unwatch(query);
        }
    }

    async Task SendHistoriesAsync(CancellationToken over)
    {
        var store = await opened.Task.WaitAsync(over);
        await foreach (var request in _histories.Reader.ReadAllAsync(over))
        {
            await _outbox.WaitUntilBelowAsync(MaxPendingBytes, over);
            if (!IsCurrent(request.Subscription))
                continue;
            var finished = await history.ComputeAsync(request.Expression, store, request.Window, over);
            var unfinished = request.Window.Unfinished is { } last && finished.Trouble is null
                ? await history.ComputeAsync(request.Expression, store, last, over) : null;
            lock (_gate)
            {
                if (IsCurrent(request.Subscription))
                    SendHistory(request, finished, unfinished);
            }
        }
    }

    void SendHistory(HistoryRequest request, LiveHistory.Answer finished, LiveHistory.Answer? unfinished)
    {
        var (subscription, window) = (request.Subscription, request.Window);
        if ((finished.Trouble ?? unfinished?.Trouble) is { } trouble)
            Send(new ErrorMessage(subscription.Id, trouble.Code, trouble.Message), LiveJson.Default.ErrorMessage);
        var generation = subscription.StartHistory();
        _outbox.Text(LiveQuery.SeriesText(subscription.Id, generation, finished.Series));
        _outbox.Binary(LiveFrames.History(subscription.Id, generation, window, finished.Columns, unfinished is not null));
        if (unfinished is not null)
            SendUnfinished(subscription, window.UnfinishedMs!.Value, unfinished);
        foreach (var held in subscription.FinishHistory())
        {
            _frame.ResetWrittenCount();
            var segments = 0;
            AddSegment(subscription, held, ref segments);
            FinishTick(segments);
        }
    }

    /// <summary>Not as a tick of its own, which may be dropped for a later one: the history has promised it.</summary>
    void SendUnfinished(LiveSubscription subscription, long atMs, LiveHistory.Answer unfinished)
    {
        var generation = subscription.StartHistory();
        _outbox.Text(LiveQuery.SeriesText(subscription.Id, generation, unfinished.Series));
        _frame.ResetWrittenCount();
        LiveFrames.StartTick(_frame, atMs);
        LiveFrames.AddSegment(_frame, subscription.Id, generation, [.. unfinished.Columns.Select(static column => column[0])]);
        var frame = _frame.WrittenSpan.ToArray();
        LiveFrames.FinishTick(frame, 1);
        _outbox.Binary(frame);
    }

    bool IsCurrent(LiveSubscription subscription)
    {
        lock (_gate)
            return _subscriptions.TryGetValue(subscription.Id, out var current) && ReferenceEquals(current, subscription);
    }

    void Send<T>(T message, JsonTypeInfo<T> type) => _outbox.Text(JsonSerializer.SerializeToUtf8Bytes(message, type));

    /// <summary>
    /// Closes and reads on until the other side has closed too: ending at once would reset the connection, and a client that is
    /// still sending would never see why.
    /// </summary>
    async Task CloseAsync(WebSocketCloseStatus status, string reason, CancellationToken over)
    {
        using var patience = new CancellationTokenSource(ClosePatience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over, patience.Token);
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await socket.CloseAsync(status, reason, either.Token);
    }
}
