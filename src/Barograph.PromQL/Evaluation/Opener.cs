namespace Barograph.PromQL;

/// <summary>Turns the parts of an expression into nodes, each on the grid of times that its surroundings ask for.</summary>
internal sealed class Opener(QueryRun run)
{
    readonly Dictionary<(int SharedId, StepGrid Grid), HeldNode> _held = [];

    public QueryRun Run => run;

    public VectorNode Vector(Expression expression, StepGrid grid) => (VectorNode)Open(expression, grid);

    public ScalarNode Scalar(Expression expression, StepGrid grid) => (ScalarNode)Open(expression, grid);

    public RangeNode Range(Expression expression, StepGrid grid, string function = "") => expression.Unwrapped switch
    {
        _ when grid.Count > 1 && run.Query.Plan.IsFixed(expression) => new FixedRangeNode(Range(expression, grid with { Count = 1 }, function)),
        RangeSelector selector => RangeSelectorNode.Open(run, selector, grid, function),
        Subquery subquery => SubqueryNode.Open(this, subquery, grid),
        _ => throw new InvalidOperationException($"{expression} is no range vector."),
    };

    public Node Open(Expression expression, StepGrid grid)
    {
        if (grid.Count > 1 && run.Query.Plan.IsFixed(expression))
        {
            return Open(expression, grid with { Count = 1 }) switch
            {
                VectorNode vector => new BroadcastNode(vector),
                ScalarNode scalar => new ScalarNode(scalar[0]),
                var other => other,
            };
        }

        var sharedId = run.Query.Plan.SharedId(expression);
        if (sharedId < 0)
            return OpenPart(expression, grid);
        if (!_held.TryGetValue((sharedId, grid), out var held))
            _held.Add((sharedId, grid), held = run.Hold((VectorNode)OpenPart(expression, grid), grid.Count));
        return held;
    }

    Node OpenPart(Expression expression, StepGrid grid) => expression switch
    {
        NumberLiteral number => new ScalarNode(number.Value),
        StringLiteral text => new StringNode(text.Value),
        Parenthesized wrapped => Open(wrapped.Inner, grid),
        Unary unary => OpenUnary(unary, grid),
        Binary binary => OpenBinary(binary, grid),
        Call call => FunctionTable.Find(call.Function)!.Open(new CallSite(this, call, grid)),
        Aggregation aggregation => Aggregations.Open(this, aggregation, grid),
        VectorSelector { Edges: RangeEdges.Plain } selector when run.Rollups is not null && FromRollups(selector, grid) is { } summed => summed,
        VectorSelector selector => selector.Edges == RangeEdges.Smoothed
            ? SmoothedSelectorNode.Open(run, selector, grid) : SelectorNode.Open(run, selector, grid),
        _ => throw new InvalidOperationException($"{expression} cannot stand here."),
    };

    /// <summary>The newest sample within the lookback is the last one of that window.</summary>
    VectorNode? FromRollups(VectorSelector selector, StepGrid grid)
    {
        var request = new RollupNode.Request(run.Query.MatchersOf(selector), TimeShift.Of(run, selector.Timing, grid), run.Options.LookbackMs, "last_over_time");
        if (RollupNode.TryOpen(run, request, null, keepsName: true, out var steps) is not { } early)
            return null;
        return steps == grid.Count
            ? early
            : new TimeSplitNode(early, SelectorNode.Open(run, selector, grid with { StartMs = grid.TimeMs(steps), Count = grid.Count - steps }), steps);
    }

    Node OpenUnary(Unary unary, StepGrid grid)
    {
        var operand = Open(unary.Operand, grid);
        if (!unary.Negates)
            return operand;
        return operand is ScalarNode scalar
            ? scalar.IsConstant ? new ScalarNode(-scalar[0]) : ScalarNode.PerStep(grid.Count, step => -scalar[step])
            : MergedNode.Over(run, new NegatedNode(run, (VectorNode)operand));
    }

    Node OpenBinary(Binary binary, StepGrid grid)
    {
        var (left, right) = (Open(binary.Left, grid), Open(binary.Right, grid));
        return (left, right) switch
        {
            (ScalarNode a, ScalarNode b) => a.IsConstant && b.IsConstant
                ? new ScalarNode(Arithmetic.Apply(binary.Operator, a[0], b[0]))
                : ScalarNode.PerStep(grid.Count, step => Arithmetic.Apply(binary.Operator, a[step], b[step])),
            (VectorNode a, ScalarNode b) => MergedNode.Over(run, new VectorScalarNode(run, binary, a, b, scalarIsLeft: false)),
            (ScalarNode a, VectorNode b) => MergedNode.Over(run, new VectorScalarNode(run, binary, b, a, scalarIsLeft: true)),
            (VectorNode a, VectorNode b) when binary.Operator.IsSet() => SetOperation.Open(run, binary, a, b, grid),
            (VectorNode a, VectorNode b) => MergedNode.Over(run, VectorMatchNode.Open(run, binary, a, b, grid)),
            _ => throw new InvalidOperationException($"{binary} has operands of the wrong type."),
        };
    }
}
