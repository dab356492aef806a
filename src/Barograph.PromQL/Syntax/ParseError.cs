namespace Barograph.PromQL;

/// <summary>What is wrong with a text that should be PromQL, and where.</summary>
/// <param name="Position">Index of the first wrong character (UTF-16 units).</param>
/// <param name="Length">How many characters are wrong; 0 at the end of the text.</param>
/// <param name="Line">Line of the position, from 1.</param>
/// <param name="Column">Column of the position, from 1.</param>
/// <param name="Message">A sentence: what was expected and what was found.</param>
/// <param name="Suggestion">A word that was probably meant, or null.</param>
public sealed record ParseError(int Position, int Length, int Line, int Column, string Message, string? Suggestion)
{
    internal static ParseError At(string text, SourceSpan span, string message, string? suggestion)
    {
        var (line, column) = LineAndColumn(text, span.Start);
        return new ParseError(span.Start, span.End - span.Start, line, column, message, suggestion);
    }

    internal static (int Line, int Column) LineAndColumn(string text, int position)
    {
        var before = text.AsSpan(0, Math.Min(position, text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }

    /// <summary>As upstream writes it: <c>1:5: parse error: …</c></summary>
    public override string ToString() =>
        $"{Line}:{Column}: parse error: {Message}{(Suggestion is null ? "" : $" (did you mean \"{Suggestion}\"?)")}";
}

/// <summary>A text is not PromQL; <see cref="Error"/> says why and where.</summary>
public sealed class PromQLSyntaxException(ParseError error) : FormatException(error.ToString())
{
    /// <summary>What is wrong, and where.</summary>
    public ParseError Error { get; } = error;
}
