namespace Barograph.PromQL;

/// <summary>A function of the language: its signature, and how a call of it is opened.</summary>
/// <param name="Name">As written; case matters.</param>
/// <param name="Parameters">The types of all parameters, optional ones last.</param>
/// <param name="Returns">The type of a call.</param>
/// <param name="Open">Makes the node of a call.</param>
internal sealed record FunctionDefinition(
    string Name, Sequence<ExpressionType> Parameters, ExpressionType Returns, Func<CallSite, Node> Open)
{
    /// <summary>How many of the last parameters may be left out.</summary>
    public int Optional { get; init; }

    public int Required => Parameters.Count - Optional;

    /// <summary>Whether the last parameter may be given any number of times.</summary>
    public bool Repeats { get; init; }

    public int? MaxArguments { get; init; }

    public bool Experimental { get; init; }

    /// <summary>Whether it gives something else at another step, even when its arguments do not.</summary>
    public bool DependsOnTime { get; init; }
}

/// <summary>All functions, each family in a file of its own.</summary>
internal static class FunctionTable
{
    static readonly Dictionary<string, FunctionDefinition> ByName = new(
        ((IEnumerable<FunctionDefinition>[])
        [
            MathFunctions.Rows, TimeFunctions.Rows, ConversionFunctions.Rows, LabelFunctions.Rows, SortFunctions.Rows, PresenceFunctions.Rows,
            RateFunctions.Rows, OverTimeFunctions.Rows, RegressionFunctions.Rows, HistogramFunctions.Rows, InfoFunction.Rows,
        ])
        .SelectMany(static rows => rows)
        .Select(static row => KeyValuePair.Create(row.Name, row)), StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys;

    public static FunctionDefinition? Find(string name) => ByName.GetValueOrDefault(name);
}

/// <summary>A call that is being opened: its arguments, on the grid of the call.</summary>
internal sealed class CallSite(Opener opener, Call call, StepGrid grid)
{
    public Opener Opener => opener;

    public QueryRun Run => opener.Run;

    public StepGrid Grid => grid;

    public Call Call => call;

    public int Count => call.Arguments.Count;

    public SourceSpan SpanOf(int argument) => call.Arguments[argument].Span;

    public VectorNode Vector(int argument) => opener.Vector(call.Arguments[argument], grid);

    public ScalarNode Scalar(int argument) => opener.Scalar(call.Arguments[argument], grid);

    public ScalarNode ScalarOr(int argument, double missing) => argument < Count ? Scalar(argument) : new ScalarNode(missing);

    public RangeNode Range(int argument) => opener.Range(call.Arguments[argument], grid, call.Function);

    public string Text(int argument) => ((StringLiteral)call.Arguments[argument].Unwrapped).Value;

    /// <summary>A vector without the names of the argument's, made one when that makes two series the same.</summary>
    public VectorNode Merged(VectorNode result) => MergedNode.Over(Run, result);
}
