namespace Barograph.Server.Events;

/// <summary>
/// Short texts that come again and again (names of fields, types, states), kept once: a table of fixed size in which a newer text takes
/// the place of an older one. Any thread may ask; a race costs a string.
/// </summary>
internal static class NamePool
{
    const int Places = 1 << 12, LongestPooled = 40;

    static readonly string?[] s_texts = new string?[Places];

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
