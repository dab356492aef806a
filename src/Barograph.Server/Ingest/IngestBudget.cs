namespace Barograph.Server.Ingest;

/// <summary>The bytes that all requests together may hold. Taken as they arrive, so that announcing much costs others nothing.</summary>
internal sealed class IngestBudget(IngestLimits limits)
{
    long _taken;

    /// <summary>Bytes held now.</summary>
    public long TakenBytes => Volatile.Read(ref _taken);

    /// <summary>The part of one request; disposing it gives everything back.</summary>
    public Share Open() => new(this);

    bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= limits.QueueBytes)
            return true;
        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    /// <summary>What one request holds. Not thread-safe.</summary>
    public sealed class Share(IngestBudget budget) : IDisposable
    {
        long _bytes;

        /// <summary>Takes more bytes; false when all requests together would hold too many.</summary>
        public bool TryTake(long bytes)
        {
            if (!budget.TryTake(bytes))
                return false;
            _bytes += bytes;
            return true;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Interlocked.Add(ref budget._taken, -_bytes);
            _bytes = 0;
        }
    }
}
