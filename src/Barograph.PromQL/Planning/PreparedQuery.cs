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

    internal Plan Plan { get; }

    internal Matcher[] MatchersOf(VectorSelector selector) => _matchers[selector];
}
