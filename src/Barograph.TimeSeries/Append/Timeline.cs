namespace Barograph.TimeSeries;

/// <summary>What a store consists of at a moment. Immutable; replaced as a whole.</summary>
/// <param name="Head">The newest window (it names the one before it, if that is not in a block yet).</param>
internal sealed record StoreView(HeadWindow Head);

/// <summary>
/// The moments of a store: commits are numbered, and readers see everything up to one number. Only the log's thread moves it
/// on.
/// </summary>
internal sealed class Timeline(StoreView view, long commit)
{
    StoreView _view = view;
    long _commit = commit;

    /// <summary>Held while a group of appends is written into the window. Readers take it only if they keep being overtaken.</summary>
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
