namespace Barograph.PromQL;

/// <summary>
/// Where a piece of an expression stands in its text: [Start, End) in UTF-16 units. Two spans always compare as equal, so that
/// two expressions are equal when they say the same, wherever they were written.
/// </summary>
public readonly struct SourceSpan(int start, int end) : IEquatable<SourceSpan>
{
    /// <summary>Index of the first character.</summary>
    public int Start { get; } = start;

    /// <summary>Index after the last character.</summary>
    public int End { get; } = end;

    /// <summary>From the start of this span to the end of another.</summary>
    public SourceSpan To(SourceSpan last) => new(Start, last.End);

    /// <inheritdoc/>
    public bool Equals(SourceSpan other) => true;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SourceSpan;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;

    public static bool operator ==(SourceSpan left, SourceSpan right) => left.Equals(right);

    public static bool operator !=(SourceSpan left, SourceSpan right) => !left.Equals(right);
}
