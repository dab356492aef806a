namespace Barograph.Server.Data;

/// <summary>
/// A part of the data folder: which files are its own, and what becomes of them in a backup. A file that belongs to no room is copied all the same; a test fails for it.
/// </summary>
/// <param name="Name">One word, for the manifest of a backup.</param>
/// <param name="Holds">What it keeps, for people.</param>
/// <param name="Paths">Its files, and its folders with a slash at the end, within the data folder.</param>
internal sealed record DataRoom(string Name, string Holds, params string[] Paths)
{
    /// <summary>Ends the name of a file that is being written.</summary>
    const string TemporarySuffix = ".new";

    /// <summary>Names of files in it, or extensions with their dot, that are no part of a backup: a start makes them again.</summary>
    public string[] Remade { get; init; } = [];

    /// <summary>Files and folders that somebody else puts into a backup, because they belong to a moment; nobody copies them while the server runs.</summary>
    public string[] OfTheMoment { get; init; } = [];

    /// <summary>Whether a file is its own.</summary>
    /// <param name="path">Within the data folder, with slashes.</param>
    public bool Owns(string path) => Lies(path, Paths);

    /// <summary>Whether a file is no part of a backup.</summary>
    public bool IsRemade(string path) =>
        Path.GetExtension(path) == TemporarySuffix || Remade.Contains(Path.GetExtension(path)) || Remade.Contains(Path.GetFileName(path));

    /// <summary>Whether a file must not be copied by itself while the server runs.</summary>
    public bool IsOfTheMoment(string path) => Lies(path, OfTheMoment);

    static bool Lies(string path, string[] places) =>
        places.Any(place => place.EndsWith('/') ? path.StartsWith(place, StringComparison.Ordinal) : path == place);
}

/// <summary>What has a part in a backup that is made while it runs.</summary>
internal interface IBackupPart
{
    /// <summary>
    /// Stands still as soon as what it derived is in the store, and until the result is disposed or the work is cancelled; the copy of the store has all of it, then, and
    /// nothing more. Who derives nothing has no need to.
    /// </summary>
    /// <exception cref="TimeSeries.StoreUnavailableException">It is being stopped.</exception>
    Task<StandStill> StandStillAsync(CancellationToken cancel) => Task.FromResult(new StandStill(new Dictionary<string, byte[]>(StringComparer.Ordinal)));

    /// <summary>Files that are written all the time, and up to where their bytes are on disk. Others are replaced whole.</summary>
    IEnumerable<(string Path, long SizeBytes)> GrowingFiles { get; }
}

/// <summary>Somebody stands still until it is disposed.</summary>
/// <param name="files">Files as they belong to this moment: full path and content.</param>
internal sealed class StandStill(IReadOnlyDictionary<string, byte[]> files) : IDisposable
{
    readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyDictionary<string, byte[]> Files => files;

    /// <summary>Waits until it is over.</summary>
    public void Wait(CancellationToken cancel)
    {
        try
        {
            _over.Task.Wait(cancel);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has gone.
        }
    }

    public void Dispose() => _over.TrySetResult();
}
