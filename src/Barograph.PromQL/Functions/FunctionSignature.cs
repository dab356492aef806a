namespace Barograph.PromQL;

/// <summary>What an editor or a client may know of a function.</summary>
/// <param name="Name">As written; case matters.</param>
/// <param name="Parameters">The types of its parameters, optional ones last.</param>
/// <param name="Required">How many of them must be given.</param>
/// <param name="Repeats">Whether the last one may be given any number of times.</param>
/// <param name="MaxArguments">How many there may be when the last one repeats, or null for any number.</param>
/// <param name="Returns">The type of a call.</param>
/// <param name="Experimental">Whether it needs <see cref="QueryOptions.Experimental"/>.</param>
public sealed record FunctionSignature(
    string Name, Sequence<ExpressionType> Parameters, int Required, bool Repeats, int? MaxArguments, ExpressionType Returns, bool Experimental)
{
    /// <summary>All functions, by name.</summary>
    public static IReadOnlyList<FunctionSignature> All { get; } =
    [
        .. FunctionTable.Names.Order(StringComparer.Ordinal).Select(static name => FunctionTable.Find(name)!).Select(static function => new FunctionSignature(
            function.Name, function.Parameters, function.Required, function.Repeats, function.MaxArguments, function.Returns, function.Experimental)),
    ];
}
