namespace Barograph.Base;

/// <summary>A regular expression that is none of RE2.</summary>
public sealed class Re2SyntaxException : ArgumentException
{
    const int Excerpt = 60;

    internal Re2SyntaxException(string pattern, int offset, string reason)
        : base($"bad regular expression '{Around(pattern, offset)}': {reason}, at character {offset + 1}") => (Offset, Reason) = (offset, reason);

    /// <summary>Where in the pattern the mistake begins, in UTF-16 units from 0.</summary>
    public int Offset { get; }

    /// <summary>What is wrong there.</summary>
    public string Reason { get; }

    static string Around(string pattern, int offset)
    {
        var start = Math.Max(0, Math.Min(offset - Excerpt / 2, pattern.Length - Excerpt));
        var end = Math.Min(pattern.Length, start + Excerpt);
        return $"{(start > 0 ? "…" : "")}{pattern[start..end]}{(end < pattern.Length ? "…" : "")}";
    }
}
