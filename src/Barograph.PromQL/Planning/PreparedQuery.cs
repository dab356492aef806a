using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// A query that is parsed, checked and planned, to be evaluated any number of times, also at once. Immutable.
/// </summary>
public sealed class PreparedQuery
{
    readonly Dictionary<VectorSelector, Matcher[]> _matchers = new(ReferenceEqualityComparer.Instance);

    internal PreparedQuery(string text, Expression expression, bool experimental)
    {
        (Text, Expression) = (text, expression);
        Plan = new Plan(expression);
        foreach (var selector in Plan.Selectors)
            _matchers.Add(selector, [.. selector.AllMatchers.Select(static matcher => new Matcher(matcher.Match, matcher.Name, matcher.Value))]);
        if (!experimental)
            ExperimentalParts.Refuse(text, expression);
    }

    /// <summary>The text it was made from.</summary>
    public string Text { get; }

    /// <summary>The parsed expression.</summary>
    public Expression Expression { get; }

    /// <summary>The selectors in it, in the order of the text.</summary>
    public IEnumerable<VectorSelector> Selectors => Plan.Selectors;

    /// <summary>How it is answered.</summary>
    public PlanStep Explain() => PlanStep.Of(this, Expression);

    /// <summary>
    /// How far behind a step the samples may lie that its value depends on, in milliseconds (negative offsets). Null when a value depends
    /// on more than its step: on the query's start or end, on a fixed time, or on which other series there are.
    /// </summary>
    /// <param name="stepMs">The query's step, which durations may be calculated from.</param>
    public long? ReachMs(long stepMs) => TimeReach.Of(Expression, stepMs);

    internal Plan Plan { get; }

    internal Matcher[] MatchersOf(VectorSelector selector) => _matchers[selector];
}
