using System.Text;

namespace Barograph.Base;

/// <summary>Reads a pattern from left to right: code points, escapes, classes.</summary>
internal sealed class PatternReader(string pattern)
{
    /// <summary>The next unit that is read, from 0.</summary>
    public int At { get; set; }

    public bool IsAtEnd => At >= pattern.Length;

    /// <summary>The unit at a distance from here; 0 past the end.</summary>
    public char Peek(int distance = 0) => At + distance < pattern.Length ? pattern[At + distance] : '\0';

    public bool Sees(string text) => string.CompareOrdinal(pattern, At, text, 0, text.Length) == 0;

    public string TextFrom(int start) => pattern[start..At];

    /// <summary>Where a text begins from here on, or -1.</summary>
    public int Find(string text) => pattern.IndexOf(text, At, StringComparison.Ordinal);

    public Re2SyntaxException Mistake(int offset, string reason) => new(pattern, offset, reason);

    /// <summary>Takes the next code point; there must be one.</summary>
    public int Take()
    {
        if (Rune.DecodeFromUtf16(pattern.AsSpan(At), out var rune, out var width) != System.Buffers.OperationStatus.Done)
            throw Mistake(At, "half of a surrogate pair");
        At += width;
        return rune.Value;
    }

    /// <summary>Takes <c>\p{…}</c>, <c>\pL</c>, <c>\d</c> and their like, when there is one.</summary>
    public bool TryTakeClassEscape(bool fold, out RuneSet set)
    {
        set = RuneSet.Empty;
        var letter = Peek(1);
        if (Peek() != '\\')
            return false;
        if (letter is 'p' or 'P')
        {
            set = TakeUnicodeClass(fold);
            return true;
        }

        if (UnicodeClasses.Perl(char.ToLowerInvariant(letter)) is not { } perl)
            return false;
        At += 2;
        set = Signed(perl, fold, negated: char.IsUpper(letter));
        return true;
    }

    RuneSet TakeUnicodeClass(bool fold)
    {
        var start = At;
        var negated = Peek(1) == 'P';
        At += 2;
        if (IsAtEnd)
            throw Mistake(start, $"\\{pattern[^1]} without the name of a class");
        string name;
        if (Peek() == '{')
        {
            var end = Find("}");
            if (end < 0)
                throw Mistake(start, "\\p{ without its }");
            name = pattern[(At + 1)..end];
            At = end + 1;
        }
        else
        {
            name = new Rune(Take()).ToString();
        }

        if (name.StartsWith('^'))
            (name, negated) = (name[1..], !negated);
        return UnicodeClasses.Find(name) is { } found
            ? Signed(found, fold, negated)
            : throw Mistake(start, $"there is no Unicode category or script '{name}'");
    }

    static RuneSet Signed(RuneSet set, bool fold, bool negated)
    {
        var folded = fold ? set.Folded() : set;
        return negated ? folded.Negate() : folded;
    }

    /// <summary>Takes a backslash and what follows, where that is one code point.</summary>
    public int TakeEscape()
    {
        var start = At++;
        if (IsAtEnd)
            throw Mistake(start, "a lone backslash at the end");
        var sign = Take();
        switch (sign)
        {
            case 'a': return '\a';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'v': return '\v';
            case 'x': return TakeHexadecimal(start);
            case '0':
            case >= '1' and <= '7' when Peek() is >= '0' and <= '7':
                var value = sign - '0';
                for (var digits = 1; digits < 3 && Peek() is >= '0' and <= '7'; digits++)
                    value = value * 8 + Take() - '0';
                return value;
            case >= '1' and <= '9':
                throw Mistake(start, "RE2 has no references to groups");
            case < 128 when !char.IsAsciiLetterOrDigit((char)sign):
                return sign;
            default:
                throw Mistake(start, $"RE2 has no escape '{TextFrom(start)}'");
        }
    }

    int TakeHexadecimal(int start)
    {
        var braced = Peek() == '{';
        var first = braced ? ++At : At;
        var value = 0;
        while (char.IsAsciiHexDigit(Peek()) && (braced || At < first + 2))
        {
            value = value * 16 + Convert.ToInt32(Peek().ToString(), 16);
            At++;
            if (value > RuneSet.Last)
                throw Mistake(start, "a code point beyond 10FFFF");
        }

        if (braced ? At == first || Peek() != '}' : At < first + 2)
            throw Mistake(start, @"a code point is written \x41 or \x{41}");
        At += braced ? 1 : 0;
        return value;
    }

    /// <summary>Takes a class from its <c>[</c> to its <c>]</c>.</summary>
    public RuneSet TakeClass(bool fold)
    {
        var start = At++;
        var negated = Peek() == '^';
        At += negated ? 1 : 0;
        var ranges = new List<(int, int)>();
        for (var isFirst = true; isFirst || Peek() != ']'; isFirst = false)
        {
            if (IsAtEnd)
                throw Mistake(start, "a '[' without its ']'");
            if (TryTakeAsciiClass(fold, out var set) || TryTakeClassEscape(fold, out set))
                set.AddTo(ranges);
            else
                ranges.Add(TakeRange(start));
        }

        At++;
        var members = RuneSet.Of(ranges);
        return Signed(members, fold, negated);
    }

    (int First, int Last) TakeRange(int start)
    {
        var from = At;
        var first = TakeMember();
        if (Peek() != '-' || Peek(1) is ']' or '\0')
            return (first, first);
        At++;
        var last = TakeMember();
        return first <= last ? (first, last) : throw Mistake(from, $"the range '{TextFrom(from)}' ends before it begins");

        int TakeMember() => Peek() == '\\' ? TakeEscape() : IsAtEnd ? throw Mistake(start, "a '[' without its ']'") : Take();
    }

    bool TryTakeAsciiClass(bool fold, out RuneSet set)
    {
        set = RuneSet.Empty;
        if (!Sees("[:"))
            return false;
        var end = pattern.IndexOf(":]", At + 2, StringComparison.Ordinal);
        if (end < 0)
            return false;
        var name = pattern[(At + 2)..end];
        var negated = name.StartsWith('^');
        var found = UnicodeClasses.FindAscii(negated ? name[1..] : name) ?? throw Mistake(At, $"there is no class [:{name}:]");
        set = Signed(found, fold, negated);
        At = end + 2;
        return true;
    }
}
