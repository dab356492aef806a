using System.Globalization;

namespace Barograph.Base;

/// <summary>The sets of code points that have a name: Unicode's categories and scripts, ASCII classes. Read at first use.</summary>
internal static class UnicodeClasses
{
    // By the number of UnicodeCategory; unassigned has no name in RE2.
    static readonly string[] Categories =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
        "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
    ];

    static readonly Lazy<Dictionary<string, RuneSet>> Named = new(static () => new(ReadCategories().Concat(ReadScripts())));

    static readonly Dictionary<string, RuneSet> AsciiNamed = new()
    {
        ["alnum"] = Ranges("09AZaz"),
        ["alpha"] = Ranges("AZaz"),
        ["ascii"] = Ranges("\0\x7F"),
        ["blank"] = Ranges("\t\t  "),
        ["cntrl"] = Ranges("\0\x1F\x7F\x7F"),
        ["digit"] = Ranges("09"),
        ["graph"] = Ranges("!~"),
        ["lower"] = Ranges("az"),
        ["print"] = Ranges(" ~"),
        ["punct"] = Ranges("!/:@[`{~"),
        ["space"] = Ranges("\t\r  "),
        ["upper"] = Ranges("AZ"),
        ["word"] = RuneSet.Word,
        ["xdigit"] = Ranges("09AFaf"),
    };

    static readonly RuneSet PerlSpace = Ranges("\t\n\f\r  ");

    /// <summary>A category (<c>L</c>, <c>Lu</c>), a script (<c>Greek</c>), or <c>Any</c>; null when there is none of that name.</summary>
    public static RuneSet? Find(string name) => name == "Any" ? RuneSet.All : Named.Value.GetValueOrDefault(name);

    /// <summary>What stands between <c>[:</c> and <c>:]</c>, without a <c>^</c>; null when there is no such class.</summary>
    public static RuneSet? FindAscii(string name) => AsciiNamed.GetValueOrDefault(name);

    /// <summary>The class of <c>\d</c>, <c>\s</c> or <c>\w</c>; null for any other letter.</summary>
    public static RuneSet? Perl(int letter) => letter switch
    {
        'd' => AsciiNamed["digit"],
        's' => PerlSpace,
        'w' => RuneSet.Word,
        _ => null,
    };

    static RuneSet Ranges(string bounds)
    {
        var ranges = new List<(int, int)>();
        for (var i = 0; i < bounds.Length; i += 2)
            ranges.Add((bounds[i], bounds[i + 1]));
        return RuneSet.Of(ranges);
    }

    static IEnumerable<KeyValuePair<string, RuneSet>> ReadCategories()
    {
        var ranges = Categories.Select(static _ => new List<(int First, int Last)>()).ToArray();
        for (var rune = 0; rune <= RuneSet.Last; rune++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory(rune);
            var first = rune;
            while (rune < RuneSet.Last && CharUnicodeInfo.GetUnicodeCategory(rune + 1) == category)
                rune++;
            if (category != UnicodeCategory.OtherNotAssigned)
                ranges[(int)category].Add((first, rune));
        }

        for (var i = 0; i < Categories.Length; i++)
            yield return new(Categories[i], RuneSet.Of(ranges[i]));
        foreach (var major in Categories.Select(static (name, number) => (name, number)).GroupBy(static category => category.name[..1]))
            yield return new(major.Key, RuneSet.Of([.. major.SelectMany(category => ranges[category.number])]));
    }

    static IEnumerable<KeyValuePair<string, RuneSet>> ReadScripts()
    {
        var (name, last) = ("", 0);
        var ranges = new List<(int, int)>();
        foreach (var word in UnicodeData.Scripts.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (word[^1] == ':')
            {
                if (name.Length > 0)
                    yield return new(name, RuneSet.Of(ranges));
                (name, last, ranges) = (word[..^1], 0, []);
                continue;
            }

            var plus = word.IndexOf('+');
            var first = last + Hex(plus < 0 ? word : word.AsSpan(0, plus));
            last = first + (plus < 0 ? 0 : Hex(word.AsSpan(plus + 1)));
            ranges.Add((first, last));
        }

        yield return new(name, RuneSet.Of(ranges));
    }

    static int Hex(ReadOnlySpan<char> text) => int.Parse(text, NumberStyles.HexNumber);
}
