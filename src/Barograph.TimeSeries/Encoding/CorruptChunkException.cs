using System.Diagnostics.CodeAnalysis;

namespace Barograph.TimeSeries;

/// <summary>Bytes that should be an encoded chunk (or a column of one) are not what an encoder of ours writes.</summary>
public sealed class CorruptChunkException(string message) : IOException(message)
{
    [DoesNotReturn]
    internal static void Throw(string found) => throw new CorruptChunkException($"Not a chunk: {found}.");
}
