namespace Barograph.TimeSeries;

/// <summary>How a <see cref="Matcher"/> compares.</summary>
public enum MatchType
{
    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>=~</c>, anchored at both ends</summary>
    Regex,

    /// <summary><c>!~</c>, anchored at both ends</summary>
    NotRegex,
}

/// <summary>
/// A condition on one label. A series without the label is compared as if the value were empty. Regular expressions are
/// RE2's (<see cref="Re2"/>), anchored.
/// </summary>
public sealed class Matcher
{
    /// <summary>Builds a matcher.</summary>
    /// <exception cref="Re2SyntaxException">The regular expression is not valid; the message says why and where.</exception>
    public Matcher(MatchType type, string name, string value)
    {
        (Type, Name, Value) = (type, name, value);
        Pattern = type is MatchType.Regex or MatchType.NotRegex ? Re2.Parse(value) : Re2.Literal(value);
    }

    /// <summary>How the value is compared.</summary>
    public MatchType Type { get; }

    /// <summary>The label that is looked at.</summary>
    public string Name { get; }

    /// <summary>The literal or the regular expression.</summary>
    public string Value { get; }

    /// <summary>Whether values that fit the pattern are the ones that fail.</summary>
    internal bool IsNegative => Type is MatchType.NotEqual or MatchType.NotRegex;

    /// <summary>What the value is compared with, whatever the sign.</summary>
    internal Re2 Pattern { get; }

    /// <summary>Whether a label with this value passes; "" stands for "no such label".</summary>
    public bool Matches(string value) => Pattern.IsMatch(value) != IsNegative;

    /// <summary>As <see cref="Matches(string)"/>, of UTF-8.</summary>
    internal bool Matches(ReadOnlySpan<byte> value) => Pattern.IsMatch(value) != IsNegative;

    /// <summary>As PromQL writes it: <c>job=~"a|b"</c>.</summary>
    public override string ToString()
    {
        var sign = Type switch { MatchType.Equal => "=", MatchType.NotEqual => "!=", MatchType.Regex => "=~", _ => "!~" };
        return $"{Name}{sign}\"{Value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
    }
}
