namespace Barograph.TimeSeries;

/// <summary>
/// One kind of upkeep. When its disk refuses it is tried again the next time; when it fails by a bug it is not run any more, for it
/// would only fail again, and the other kinds go on.
/// </summary>
/// <param name="lack">What there is not while it fails, as the beginning of a sentence.</param>
/// <param name="work">Does what is due.</param>
/// <param name="reportBug">Gets what a bug threw.</param>
internal sealed class UpkeepTask(string lack, Action<CancellationToken> work, Action<Exception> reportBug)
{
    volatile string? _failure;
    bool _isBroken;

    /// <summary>Why it failed the last time, in a sentence, or null.</summary>
    public string? Failure => _failure;

    /// <summary>Does what is due, if it can.</summary>
    /// <exception cref="OperationCanceledException">The store is being closed.</exception>
    public void Run(CancellationToken stopping)
    {
        if (_isBroken)
            return;
        try
        {
            work(stopping);
            _failure = null;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw; // the log still has what was not written
        }
        catch (Exception cause) when (DiskFault.Is(cause))
        {
            _failure = $"{lack}: {DiskFault.Explain(cause)}";
        }
#pragma warning disable CA1031 // the edge of a worker: whatever it was, the status says so, and the rest goes on
        catch (Exception bug)
        {
            _isBroken = true;
            _failure = $"{lack}, because of an internal error: {bug.Message} It is not tried again before the program is restarted.";
            reportBug(bug);
        }
#pragma warning restore CA1031
    }
}
