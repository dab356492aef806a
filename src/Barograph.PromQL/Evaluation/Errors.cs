namespace Barograph.PromQL;

/// <summary>An expression is valid, but its data does not allow an answer (many-to-many matches, duplicate results, bad arguments).</summary>
public sealed class QueryException(string message) : InvalidOperationException(message);

/// <summary>A query took longer than its limit.</summary>
public sealed class QueryTimeoutException(TimeSpan limit)
    : TimeoutException($"The query took longer than the limit of {limit.TotalSeconds:0.###} s; narrow its range or its series, or raise the query timeout.")
{
    /// <summary>The limit that was passed.</summary>
    public TimeSpan Limit { get; } = limit;
}
