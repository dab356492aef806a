namespace Barograph.PromQL;

/// <summary>What can be said of an expression before it is run: which parts are the same at every step, and which occur twice.</summary>
internal sealed class Plan
{
    // Looking for equal parts costs the square of the depth; expressions this large are machine-made and not looked through.
    const int MaxShareable = 2000;

    readonly HashSet<Expression> _fixed = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<Expression, int> _shared = new(ReferenceEqualityComparer.Instance);
    readonly List<VectorSelector> _selectors = [];
    readonly HashSet<VectorSelector> _ofTotals = new(ReferenceEqualityComparer.Instance);
    int _size;

    public Plan(Expression expression)
    {
        FindSelectors(expression, ofTotals: false);
        FindFixed(expression);
        if (_size <= MaxShareable)
            FindShared(expression);
    }

    public IReadOnlyList<VectorSelector> Selectors => _selectors;

    /// <summary>Whether a part gives the same at every step (all its selectors are pinned by <c>@</c>), so that one step is enough.</summary>
    public bool IsFixed(Expression expression) => _fixed.Contains(expression);

    /// <summary>A number that a part shares with its equals, or -1 when it occurs once.</summary>
    public int SharedId(Expression expression) => _shared.GetValueOrDefault(expression, -1);

    /// <summary>Whether only totals of the selector's histograms are asked for, see <see cref="ResetHints"/>.</summary>
    public bool FindsResets(VectorSelector selector) => _ofTotals.Contains(selector);

    void FindSelectors(Expression expression, bool ofTotals)
    {
        _size++;
        var selector = expression as VectorSelector ?? (expression as RangeSelector)?.Selector;
        if (selector is not null)
        {
            _selectors.Add(selector);
            if (ofTotals)
                _ofTotals.Add(selector);
        }

        ofTotals = expression switch
        {
            Call { Function: "histogram_count" or "histogram_sum" or "histogram_avg" } => true,
            Call call when call.Function.StartsWith("histogram_", StringComparison.Ordinal) => false,
            Subquery => false,
            _ => ofTotals,
        };
        foreach (var child in expression.Children)
            FindSelectors(child, ofTotals);
    }

    bool FindFixed(Expression expression)
    {
        var childrenFixed = true;
        foreach (var child in expression.Children)
            childrenFixed &= FindFixed(child);
        var isFixed = expression switch
        {
            VectorSelector selector => selector.Timing.At is not null,
            RangeSelector range => range.Selector.Timing.At is not null,
            Subquery subquery => subquery.Timing.At is not null,
            Call call => childrenFixed && !(FunctionTable.Find(call.Function)?.DependsOnTime ?? true),
            _ => childrenFixed,
        };
        if (isFixed && expression is not (NumberLiteral or StringLiteral))
            _fixed.Add(expression);
        return isFixed;
    }

    void FindShared(Expression root)
    {
        var seen = new Dictionary<Expression, Expression>();
        Visit(root);

        // The parts of a part that was seen before are not counted: they are evaluated with it, once.
        void Visit(Expression expression)
        {
            if (expression is VectorSelector or Call or Aggregation or Binary && expression.Type == ExpressionType.InstantVector
                && !seen.TryAdd(expression, expression))
            {
                var first = seen[expression];
                if (!_shared.TryGetValue(first, out var id))
                    _shared.Add(first, id = _shared.Count);
                _shared.Add(expression, id);
                return;
            }

            foreach (var child in expression.Children)
                Visit(child);
        }
    }
}
