using Barograph.Server.Collect;

namespace Barograph.Server.Agent;

/// <summary>What the agent counts of its sending. Any thread may read.</summary>
internal sealed class AgentStatistics
{
    long _sent, _refused, _retries;

    public long SentSamples => Volatile.Read(ref _sent);

    public long RefusedRequests => Volatile.Read(ref _refused);

    public long Retries => Volatile.Read(ref _retries);

    public void CountSent(int samples) => Interlocked.Add(ref _sent, samples);

    public void CountRefused() => Interlocked.Increment(ref _refused);

    public void CountRetry() => Interlocked.Increment(ref _retries);
}

/// <summary>The agent's own metrics.</summary>
internal sealed class AgentSource(SourceSeries series, SampleQueue queue, AgentStatistics statistics) : ISource
{
    readonly int _bytes = series.Add(HostMetrics.AgentQueueBytes);
    readonly int _age = series.Add(HostMetrics.AgentQueueAge);
    readonly int _sent = series.Add(HostMetrics.AgentSent);
    readonly int _dropped = series.Add(HostMetrics.AgentDropped);
    readonly int _refused = series.Add(HostMetrics.AgentRefused);
    readonly int _retries = series.Add(HostMetrics.AgentRetries);

    public string Name => "agent";

    public SourceSeries Series => series;

    public void Read(Tick tick)
    {
        series.Set(_bytes, queue.Bytes);
        series.Set(_age, queue.OldestMs is { } oldestMs ? Math.Max(0, tick.TimestampMs - oldestMs) / 1000.0 : 0);
        series.Set(_sent, statistics.SentSamples);
        series.Set(_dropped, queue.DroppedSamples);
        series.Set(_refused, statistics.RefusedRequests);
        series.Set(_retries, statistics.Retries);
    }

    public void Dispose()
    {
    }
}
