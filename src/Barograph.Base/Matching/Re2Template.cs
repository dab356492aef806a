using System.Globalization;
using System.Text;

namespace Barograph.Base;

/// <summary>
/// What a match becomes: a text in which <c>$1</c>, <c>${1}</c>, <c>$name</c> and <c>${name}</c> stand for groups and <c>$$</c> for a dollar, as Go's regexp
/// expands it. A group that there is not, or that took no part, is empty.
/// </summary>
public sealed class Re2Template
{
    readonly Re2 _pattern;
    readonly List<(string Text, int[]? Groups)> _parts = [];

    /// <param name="pattern">What values are matched with.</param>
    /// <param name="template">The text; a dollar that begins nothing known is itself.</param>
    public Re2Template(Re2 pattern, string template)
    {
        _pattern = pattern;
        var at = 0;
        while (template.IndexOf('$', at) is >= 0 and var dollar)
        {
            AddText(template[at..dollar]);
            at = Read(template, dollar + 1);
        }

        AddText(template[at..]);
    }

    /// <summary>The text for a value, or null when the pattern does not match it.</summary>
    public string? Expand(string value)
    {
        if (!_parts.Exists(static part => part.Groups is not null))
            return _pattern.IsMatch(value) ? string.Concat(_parts.Select(static part => part.Text)) : null;
        var bytes = Encoding.UTF8.GetBytes(value);
        var found = _pattern.FindGroups(bytes);
        if (found.Length == 0)
            return null;
        var text = new StringBuilder();
        foreach (var (literal, groups) in _parts)
        {
            text.Append(literal);
            if (groups is not null && groups.FirstOrDefault(group => found[group * 2] >= 0, -1) is >= 0 and var one)
                text.Append(Encoding.UTF8.GetString(bytes, found[one * 2], found[one * 2 + 1] - found[one * 2]));
        }

        return text.ToString();
    }

    void AddText(string text)
    {
        if (text.Length > 0)
            _parts.Add((text, null));
    }

    /// <returns>Where the text goes on.</returns>
    int Read(string template, int start)
    {
        if (start < template.Length && template[start] == '$')
        {
            AddText("$");
            return start + 1;
        }

        var braced = start < template.Length && template[start] == '{';
        var nameStart = start + (braced ? 1 : 0);
        var end = nameStart;
        while (end < template.Length && Rune.TryGetRuneAt(template, end, out var rune)
            && (Rune.IsLetter(rune) || Rune.IsDigit(rune) || rune.Value == '_'))
            end += rune.Utf16SequenceLength;
        if (end == nameStart || (braced && (end == template.Length || template[end] != '}')))
        {
            AddText("$");
            return start;
        }

        _parts.Add(("", GroupsOf(template[nameStart..end])));
        return braced ? end + 1 : end;
    }

    // Several groups may have one name: the first that took part is meant.
    int[] GroupsOf(string name)
    {
        if (name.All(char.IsAsciiDigit) && (name.Length == 1 || name[0] != '0'))
            return int.TryParse(name, NumberStyles.None, null, out var number) && number < _pattern.Groups.Count ? [number] : [];
        return [.. Enumerable.Range(1, _pattern.Groups.Count - 1).Where(group => _pattern.Groups[group] == name)];
    }
}
