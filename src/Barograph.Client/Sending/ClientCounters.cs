using System.Diagnostics.Metrics;

namespace Barograph.Client;

/// <summary>Why an event was given up before the server had it.</summary>
internal enum DropReason
{
    /// <summary>Newer ones came while the server could not be reached, or was slower than the application.</summary>
    BufferFull,

    /// <summary>It has more than the 64 KiB that the server takes.</summary>
    TooLarge,

    /// <summary>One of its values could not be written.</summary>
    Unwritable,

    /// <summary>The application ended, and the deadline for sending what waited passed.</summary>
    Shutdown,

    /// <summary>It came after the end.</summary>
    Closed,
}

/// <summary>What became of the events, counted once, read by <see cref="BarographStatistics"/> and as metrics of the meter <c>Barograph.Client</c>.</summary>
internal sealed class ClientCounters
{
    static readonly string[] ReasonNames = ["buffer_full", "too_large", "unwritable", "shutdown", "closed"];

    readonly long[] _dropped = new long[ReasonNames.Length];
    long _tracked;
    long _accepted;
    long _duplicates;
    long _rejected;
    long _retries;

    public ClientCounters(Meter meter)
    {
        Counter("barograph.client.events.tracked", "Events that the application told.", () => Volatile.Read(ref _tracked));
        Counter("barograph.client.events.accepted", "Events that the server has on disk.", () => Volatile.Read(ref _accepted));
        Counter("barograph.client.events.duplicates", "Events that the server had already, sent again after a lost answer.", () => Volatile.Read(ref _duplicates));
        Counter("barograph.client.events.rejected", "Events that the server refused for good.", () => Volatile.Read(ref _rejected));
        Counter("barograph.client.retries", "Requests that were repeated.", () => Volatile.Read(ref _retries));
        meter.CreateObservableCounter("barograph.client.events.dropped", DroppedByReason, description: "Events that were given up before the server had them.");
        meter.CreateObservableUpDownCounter("barograph.client.events.waiting", () => Read().Waiting, description: "Events in the buffer and on the way.");

        void Counter(string name, string description, Func<long> value) => meter.CreateObservableCounter(name, value, description: description);
    }

    public void Track() => Interlocked.Increment(ref _tracked);

    public void Settle(int accepted, int duplicates, int rejected)
    {
        Interlocked.Add(ref _accepted, accepted);
        Interlocked.Add(ref _duplicates, duplicates);
        Interlocked.Add(ref _rejected, rejected);
    }

    public void Drop(DropReason reason, int count = 1)
    {
        if (count > 0)
            Interlocked.Add(ref _dropped[(int)reason], count);
    }

    public void Retry() => Interlocked.Increment(ref _retries);

    public long Dropped(DropReason reason) => Volatile.Read(ref _dropped[(int)reason]);

    public BarographStatistics Read()
    {
        // What became of events is read before how many there were, so that none seems to have an end before its beginning.
        long accepted = Volatile.Read(ref _accepted), duplicates = Volatile.Read(ref _duplicates), rejected = Volatile.Read(ref _rejected);
        long dropped = 0;
        for (var reason = 0; reason < _dropped.Length; reason++)
            dropped += Volatile.Read(ref _dropped[reason]);
        var tracked = Volatile.Read(ref _tracked);
        return new(tracked, accepted, duplicates, rejected, dropped, tracked - accepted - duplicates - rejected - dropped, Volatile.Read(ref _retries));
    }

    IEnumerable<Measurement<long>> DroppedByReason()
    {
        for (var reason = 0; reason < _dropped.Length; reason++)
            yield return new(Volatile.Read(ref _dropped[reason]), new KeyValuePair<string, object?>("reason", ReasonNames[reason]));
    }
}
