namespace Barograph.Client;

/// <summary>Wakes the one who waits. A call while nobody waits is kept; several are one.</summary>
internal sealed class Wake
{
    volatile TaskCompletionSource _next = New();

    public void Call() => _next.TrySetResult();

    /// <summary>Returns when it was called, when so much time passed, or when <paramref name="cancel"/> is; what it was is seen from the state that the caller looks at.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancel)
    {
        var next = _next;
        await next.Task.WaitAsync(atMost, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (next.Task.IsCompleted)
            _next = New();
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
