namespace Barograph.Client;

/// <summary>
/// How long to wait before the next try: 250 ms, then twice as long each time, at most <paramref name="delayMax"/>; between a half and the whole of it, by chance, so that
/// many applications do not come back in the same moment. What the server asks for wins, and is never shortened.
/// </summary>
internal sealed class RetryDelay(TimeSpan delayMax, Random random)
{
    static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    static readonly TimeSpan LongestAsked = TimeSpan.FromMinutes(5); // a server that asks for a week is wrong

    int _failures;

    public TimeSpan Next(TimeSpan? retryAfter)
    {
        var doublings = Math.Min(_failures++, 30);
        var whole = Math.Min(First.TotalMilliseconds * Math.Pow(2, doublings), delayMax.TotalMilliseconds);
        var own = TimeSpan.FromMilliseconds(whole * (0.5 + random.NextDouble() / 2));
        return retryAfter is { } asked && asked > own ? (asked < LongestAsked ? asked : LongestAsked) : own;
    }

    public void Reset() => _failures = 0;
}
