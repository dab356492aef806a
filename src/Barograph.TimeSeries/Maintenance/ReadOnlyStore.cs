namespace Barograph.TimeSeries;

/// <summary>
/// A store opened only to be looked at: no byte of its folder changes. It sees what a store that is opened would show, the log's
/// samples too. Others may look at the same time; nobody can open it to write meanwhile.
/// </summary>
public sealed class ReadOnlyStore : IDisposable
{
    readonly StoreFolder _folder;
    readonly DamageLog _damage = new();
    readonly MetadataFile _metadata;
    readonly ExemplarRing _exemplars = new(int.MaxValue);
    readonly Timeline _timeline;

    ReadOnlyStore(StoreFolder folder)
    {
        _folder = folder;
        _metadata = new MetadataFile(folder.In(MetadataFile.Name), TimeProvider.System, folder.Disk);
        if (_metadata.Load() is { } lost)
            _damage.Add(lost);
        if (new ExemplarFile(folder.In(ExemplarFile.Name), _exemplars, folder.Disk).Load() is { } lostExemplars)
            _damage.Add(lostExemplars);
        _timeline = StoreOpening.Read(folder, new StoreOptions { Retention = null }, _exemplars, _damage).Timeline;
    }

    /// <summary>What was found not to be as it had been written, so far.</summary>
    public IReadOnlyList<Damage> Damage => _damage.Found;

    /// <summary>What is known of all metrics, by name.</summary>
    public IReadOnlyDictionary<string, MetricMetadata> Metadata => _metadata.All;

    internal StoreFolder Folder => _folder;

    internal StoreView View => _timeline.View;

    /// <summary>Opens a store to read it.</summary>
    /// <exception cref="StoreUnavailableException">It is no store, another process has it open, or its format is newer; the message says which.</exception>
    public static ReadOnlyStore Open(string folder)
    {
        var taken = StoreFolder.OpenToRead(folder);
        try
        {
            return new ReadOnlyStore(taken);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Finds series and opens their samples in a range, whatever any retention says.</summary>
    /// <param name="matchers">All must hold. None selects every series.</param>
    /// <param name="range">Half-open.</param>
    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range) =>
        StoreSelection.Open(_timeline, _damage, matchers, range, int.MaxValue, samplesLimit: null, memory: null);

    /// <summary>The exemplars of the series that match, series sorted by labels.</summary>
    /// <param name="matchers">All must hold. None selects every series.</param>
    /// <param name="range">Half-open.</param>
    public IReadOnlyList<SeriesExemplars> SelectExemplars(IReadOnlyList<Matcher> matchers, TimeRange range) => _exemplars.Select(matchers, range);

    /// <inheritdoc/>
    public void Dispose()
    {
        _metadata.Dispose();
        foreach (var (_, block) in _timeline.View.Blocks.Blocks)
            block.Dispose();
        _folder.Dispose();
    }
}
