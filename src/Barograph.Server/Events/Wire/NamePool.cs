using System.Text;

namespace Barograph.Server.Events;

/// <summary>
/// Short texts that come again and again (names of fields, types, states), kept once: a table of fixed size in which a newer text takes
/// the place of an older one. Any thread may ask; a race costs a string.
/// </summary>
internal static class NamePool
{
    const int Places = 1 << 12, LongestPooled = 40;

    static readonly string?[] s_texts = new string?[Places];
    static readonly string?[] s_asciiTexts = new string?[Places];

    /// <summary>The text of bytes; null when they are not ASCII, or too many to be kept.</summary>
    public static string? Get(ReadOnlySpan<byte> ascii)
    {
        if (ascii.Length > LongestPooled || !Ascii.IsValid(ascii))
            return null;
        ref var place = ref s_asciiTexts[(int)StableHash.Of(ascii) & Places - 1];
        var known = Volatile.Read(ref place);
        if (known is not null && Ascii.Equals(ascii, known))
            return known;
        var added = Encoding.ASCII.GetString(ascii);
        Volatile.Write(ref place, added);
        return added;
    }

    public static string Get(ReadOnlySpan<char> text)
    {
        if (text.Length > LongestPooled)
            return text.ToString();
        ref var place = ref s_texts[string.GetHashCode(text, StringComparison.Ordinal) & Places - 1];
        var known = Volatile.Read(ref place);
        if (known is not null && text.SequenceEqual(known))
            return known;
        var added = text.ToString();
        Volatile.Write(ref place, added);
        return added;
    }
}
