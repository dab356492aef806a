namespace Barograph.Server.Collect;

/// <summary>Reads one part of the host. Not thread-safe; a tick reads each source at most once.</summary>
internal interface ISource : IDisposable
{
    /// <summary>Its name in <c>barograph_collect_source_*</c>.</summary>
    string Name { get; }

    /// <summary>Its series, whose values a read sets.</summary>
    SourceSeries Series { get; }

    /// <summary>Reads; allocates nothing unless what there is to measure has changed.</summary>
    /// <exception cref="SourceUnavailableException">This host does not have it.</exception>
    void Read(Tick tick);

    /// <summary>Metrics outside of the catalogue (<see cref="HostMetrics"/>) that it has begun to give since it was asked last.</summary>
    IReadOnlyList<MetricDefinition> TakeNewMetrics() => [];
}

/// <summary>This host does not have what a source reads (an old kernel, a container, another system). Looked for again later.</summary>
internal sealed class SourceUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
