namespace Barograph.TimeSeries;

/// <summary>What a store consists of at a moment. Immutable; replaced as a whole.</summary>
/// <param name="Head">The window that is written.</param>
/// <param name="Frozen">The window before it, while it is not in a block yet.</param>
/// <param name="Blocks">All older samples.</param>
internal sealed record StoreView(HeadWindow Head, HeadWindow? Frozen, BlockSet Blocks)
{
    /// <summary>The windows in memory, the older one first.</summary>
    public IEnumerable<HeadWindow> Windows => Frozen is null ? [Head] : [Frozen, Head];

    /// <summary>The newest time of any sample, or <see cref="long.MinValue"/>.</summary>
    public long LastMs => Math.Max(Math.Max(Head.Bounds.MaxMs, Frozen?.Bounds.MaxMs ?? long.MinValue), Blocks.LastMs);

    /// <summary>The oldest time of any sample, or <see cref="long.MaxValue"/>.</summary>
    public long FirstMs => Math.Min(Math.Min(Head.Bounds.MinMs, Frozen?.Bounds.MinMs ?? long.MaxValue), Blocks.FirstMs);
}

/// <summary>
/// The moments of a store: commits are numbered, and readers see everything up to one number. The log's thread moves it on;
/// whoever replaces the view holds <see cref="Applying"/>.
/// </summary>
internal sealed class Timeline(StoreView view, long commit)
{
    StoreView _view = view;
    long _commit = commit;

    /// <summary>
    /// Held while a group of appends is written into the window, and while the view is replaced. Readers take it only if
    /// they keep being overtaken.
    /// </summary>
    public Lock Applying { get; } = new();

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
