namespace Barograph.TimeSeries.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    bool _kept;

    public string Path { get; } = Directory.CreateTempSubdirectory("barograph-store-").FullName;

    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Leaves the folder for whoever wants to look at it.</summary>
    public string Keep()
    {
        _kept = true;
        return Path;
    }

    public void Dispose()
    {
        if (!_kept && Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }
}
