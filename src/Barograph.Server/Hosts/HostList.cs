using Barograph.Server.Collect;
using Barograph.TimeSeries;
using static Barograph.TimeSeries.MatchType;

namespace Barograph.Server.Hosts;

/// <summary>One host that measures itself: the server's own, or one with an agent.</summary>
/// <param name="Instance">The label <c>instance</c> of all its series.</param>
/// <param name="State"><c>live</c>, or <c>silent</c>: nothing newer has come for three of its intervals, and 15 s at least.</param>
/// <param name="LastSeenMs">The time of its newest sample, Unix ms.</param>
/// <param name="IntervalMs">The distance of its newest samples, or null while it has only one.</param>
/// <param name="Os">The family: linux, windows, darwin.</param>
/// <param name="OsDescription">As the system names itself.</param>
/// <param name="Kernel">Its version.</param>
/// <param name="Arch">In OpenTelemetry's words: amd64, arm64 ….</param>
/// <param name="CpuModel">The processor, or "" where it does not say.</param>
/// <param name="Cores">Logical processors, or null when not known.</param>
/// <param name="MemoryBytes">Memory, or null when not known.</param>
internal sealed record HostStatus(
    string Instance, string State, long LastSeenMs, long? IntervalMs, string Os, string OsDescription, string Kernel, string Arch, string CpuModel, double? Cores, double? MemoryBytes);

/// <summary>Finds the hosts by <c>host_info</c>, which every host that is measured sends with every tick.</summary>
internal sealed class HostList(IMetricStore store, TimeProvider clock)
{
    const string Live = "live";
    const string Silent = "silent";
    const long SilentAfterMs = 15_000;
    const int SilentAfterIntervals = 3;

    /// <summary>A host that was not heard of for longer is no host any more.</summary>
    const long ForgottenAfterMs = 30L * 86_400_000;

    /// <summary>How far back to look, step by step: a fleet that lives is found in its last minute, without reading its last month.</summary>
    static readonly long[] LookBackMs = [60_000, 3_600_000, 86_400_000, ForgottenAfterMs];

    /// <summary>The newest samples of a series.</summary>
    readonly record struct Newest(Labels Labels, long TimestampMs, double Value, long IntervalMs);

    /// <summary>All hosts, by name.</summary>
    public IReadOnlyList<HostStatus> Read()
    {
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var infos = ReadNewest(HostMetrics.HostInfo.Name, nowMs);
        var cores = ReadNewest(HostMetrics.CpuCount.Name, nowMs);
        var memory = ReadNewest(HostMetrics.MemoryLimit.Name, nowMs);
        return [.. infos.OrderBy(static info => info.Key, StringComparer.Ordinal).Select(info => Describe(info.Key, info.Value, cores, memory, nowMs))];
    }

    static HostStatus Describe(string instance, Newest info, Dictionary<string, Newest> cores, Dictionary<string, Newest> memory, long nowMs)
    {
        string Label(string name) => info.Labels.Get(name) ?? "";
        double? Value(Dictionary<string, Newest> of) => of.TryGetValue(instance, out var newest) ? newest.Value : null;
        var isLive = nowMs - info.TimestampMs <= Math.Max(SilentAfterMs, SilentAfterIntervals * info.IntervalMs);
        return new HostStatus(
            instance, isLive ? Live : Silent, info.TimestampMs, info.IntervalMs > 0 ? info.IntervalMs : null, Label("os_type"), Label("os_description"), Label("os_version"), Label("host_arch"),
            Label("host_cpu_model_name"), Value(cores), Value(memory));
    }

    /// <summary>The newest sample for each host.</summary>
    Dictionary<string, Newest> ReadNewest(string metric, long nowMs)
    {
        Matcher[] matchers = [new(Equal, Labels.MetricName, metric), new(Equal, "job", "host")];
        var found = new Dictionary<string, Newest>(StringComparer.Ordinal);
        var wanted = store.LabelValues("instance", matchers, new TimeRange(nowMs - ForgottenAfterMs, nowMs + 1)).ToHashSet(StringComparer.Ordinal);
        foreach (var backMs in LookBackMs)
        {
            if (wanted.Count == 0)
                break;
            using var selection = store.Select(matchers, new TimeRange(nowMs - backMs, nowMs + 1));
            foreach (var series in selection.Series)
            {
                if (series.Labels.Get("instance") is { } instance && wanted.Contains(instance) && ReadNewest(series) is { } newest
                    && (!found.TryGetValue(instance, out var known) || known.TimestampMs < newest.TimestampMs))
                    found[instance] = newest; // after an update of its kernel a host has two of them
            }

            wanted.ExceptWith(found.Keys);
        }

        return found;
    }

    /// <summary>The last sample that is no end of the series, and its distance from the one before.</summary>
    static Newest? ReadNewest(Series series)
    {
        Newest? newest = null;
        using var reader = series.OpenReader();
        while (reader.MoveNext())
        {
            for (var i = 0; i < reader.TimestampsMs.Length; i++)
            {
                if (!StaleMarker.Is(reader.Values[i]))
                    newest = new Newest(series.Labels, reader.TimestampsMs[i], reader.Values[i], reader.TimestampsMs[i] - (newest?.TimestampMs ?? reader.TimestampsMs[i]));
            }
        }

        return newest;
    }
}
