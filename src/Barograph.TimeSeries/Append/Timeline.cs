namespace Barograph.TimeSeries;

/// <summary>What a store consists of at a moment. Immutable; replaced as a whole.</summary>
/// <param name="Head">The window that is written.</param>
/// <param name="Frozen">The window before it, while it is not in a block yet.</param>
/// <param name="Blocks">All older samples.</param>
internal sealed record StoreView(HeadWindow Head, HeadWindow? Frozen, BlockSet Blocks)
{
    /// <summary>The windows in memory, the older one first.</summary>
    public IEnumerable<HeadWindow> Windows => Frozen is null ? [Head] : [Frozen, Head];

    /// <summary>Keeps in place what a query of a range reads; null when some of it has gone: take the newer view.</summary>
    public PinnedView? TryPin(TimeRange range)
    {
        if (Blocks.TryPin(range) is not { } blocks)
            return null;
        if (Frozen is not null && !Frozen.TryPin())
        {
            PinnedView.Unpin(blocks);
            return null;
        }

        if (Head.TryPin())
            return new PinnedView(this, blocks);
        PinnedView.Unpin(blocks);
        Frozen?.Unpin();
        return null;
    }

    /// <summary>The newest time of any sample, or <see cref="long.MinValue"/>.</summary>
    public long LastMs => Math.Max(Math.Max(Head.Bounds.MaxMs, Frozen?.Bounds.MaxMs ?? long.MinValue), Blocks.LastMs);

    /// <summary>The oldest time of any sample, or <see cref="long.MaxValue"/>.</summary>
    public long FirstMs => Math.Min(Math.Min(Head.Bounds.MinMs, Frozen?.Bounds.MinMs ?? long.MaxValue), Blocks.FirstMs);
}

/// <summary>A view whose windows, and whose blocks of a range, stay until it is disposed.</summary>
internal sealed class PinnedView(StoreView view, IReadOnlyList<Block> blocks) : IDisposable
{
    bool _disposed;

    public StoreView View => view;

    /// <summary>The blocks of the range, the older windows first.</summary>
    public IReadOnlyList<Block> Blocks => blocks;

    public static PinnedView Open(Timeline timeline, TimeRange range)
    {
        while (true)
        {
            timeline.ThrowIfClosed(); // its blocks are gone, and no newer view comes
            if (timeline.View.TryPin(range) is { } pinned)
                return pinned;
        }
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Unpin(blocks);
        view.Frozen?.Unpin();
        view.Head.Unpin();
    }

    internal static void Unpin(IReadOnlyList<Block> blocks)
    {
        foreach (var block in blocks)
            block.Unpin();
    }
}

/// <summary>
/// The moments of a store: commits are numbered, and readers see everything up to one number. The log's thread moves it on;
/// whoever replaces the view holds <see cref="Applying"/>.
/// </summary>
internal sealed class Timeline(StoreView view, long commit)
{
    StoreView _view = view;
    long _commit = commit;
    volatile bool _isClosed;

    /// <summary>
    /// Held while a group of appends is written into the window, and while the view is replaced. Readers take it only if
    /// they keep being overtaken.
    /// </summary>
    public Lock Applying { get; } = new();

    /// <summary>The store lets its blocks go: nothing can be pinned any more.</summary>
    public void Close() => _isClosed = true;

    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public void ThrowIfClosed() => ObjectDisposedException.ThrowIf(_isClosed, typeof(MetricStore));

    public StoreView View
    {
        get => Volatile.Read(ref _view);
        set => Volatile.Write(ref _view, value);
    }

    /// <summary>The last commit that readers may see.</summary>
    public long Commit
    {
        get => Volatile.Read(ref _commit);
        set => Volatile.Write(ref _commit, value);
    }
}
