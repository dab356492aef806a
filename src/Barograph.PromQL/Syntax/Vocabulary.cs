namespace Barograph.PromQL;

/// <summary>The words of the language, for who asks what this engine understands.</summary>
public static class Vocabulary
{
    /// <summary>All functions by name, and whether they need <see cref="QueryOptions.Experimental"/>.</summary>
    public static IEnumerable<(string Name, bool IsExperimental)> Functions =>
        FunctionTable.Names.Select(static name => (name, FunctionTable.Find(name)!.Experimental));

    /// <summary>All operators and aggregations as they are written, and whether they need <see cref="QueryOptions.Experimental"/>.</summary>
    public static IEnumerable<(string Text, bool IsExperimental)> Operators =>
    [
        .. Enum.GetValues<BinaryOperator>().Select(static one => (one.Text(), false)),
        .. Enum.GetValues<AggregationOperator>().Select(static one => (one.Name(), one.IsExperimental())),
    ];
}
