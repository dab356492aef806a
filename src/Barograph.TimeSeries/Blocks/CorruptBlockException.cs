namespace Barograph.TimeSeries;

/// <summary>A block cannot be read at all: neither its index nor the spare copy of it is whole, or it is not a block.</summary>
public sealed class CorruptBlockException(string path, string found) : IOException($"{path}: {found}.")
{
    /// <summary>The file.</summary>
    public string Path { get; } = path;
}
