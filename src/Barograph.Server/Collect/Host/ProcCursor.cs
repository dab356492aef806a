using System.Diagnostics.CodeAnalysis;

namespace Barograph.Server.Collect.Host;

/// <summary>Walks over the text of a /proc file: lines of words parted by blanks.</summary>
/// <param name="text">The file.</param>
/// <param name="path">Its path, for error messages.</param>
internal ref struct ProcCursor(ReadOnlySpan<byte> text, string path)
{
    readonly ReadOnlySpan<byte> _text = text;
    int _at;

    /// <summary>Whether the text is used up.</summary>
    public readonly bool AtEnd => _at >= _text.Length;

    /// <summary>The next word of this line; empty at the end of the line.</summary>
    public ReadOnlySpan<byte> Word()
    {
        SkipBlanks();
        var start = _at;
        while (_at < _text.Length && _text[_at] is not ((byte)' ' or (byte)'\t' or (byte)'\n'))
            _at++;
        return _text[start.._at];
    }

    /// <summary>What stands on this line before the last such mark, without blanks around it; goes on behind the mark.</summary>
    /// <exception cref="InvalidDataException">The line has no such mark.</exception>
    public ReadOnlySpan<byte> NameBefore(byte mark)
    {
        SkipBlanks();
        var rest = _text[_at..];
        var feed = rest.IndexOf((byte)'\n');
        var name = rest[..Math.Max(0, (feed < 0 ? rest : rest[..feed]).LastIndexOf(mark))];
        if (name.IsEmpty)
            Fail($"a name and '{(char)mark}'");
        _at += name.Length + 1;
        return name;
    }

    /// <summary>Passes over words of this line.</summary>
    public void SkipWords(int count)
    {
        for (var i = 0; i < count; i++)
            Word();
    }

    /// <summary>Goes on behind the next such byte of this line.</summary>
    /// <returns>False, and nothing passed, when the line has none.</returns>
    public bool SkipPast(byte mark)
    {
        var rest = _text[_at..];
        var found = rest.IndexOfAny(mark, (byte)'\n');
        if (found < 0 || rest[found] != mark)
            return false;
        _at += found + 1;
        return true;
    }

    /// <summary>Passes over the text if it stands here.</summary>
    public bool TrySkip(ReadOnlySpan<byte> expected)
    {
        if (!_text[_at..].StartsWith(expected))
            return false;
        _at += expected.Length;
        return true;
    }

    /// <summary>Passes over the rest of this line.</summary>
    public void NextLine()
    {
        var feed = _text[_at..].IndexOf((byte)'\n');
        _at = feed < 0 ? _text.Length : _at + feed + 1;
    }

    /// <summary>The whole number that comes next.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public ulong Number()
    {
        if (!TryNumber(out var number))
            Fail("a number");
        return number;
    }

    /// <summary>The whole number that comes next on this line. One larger than 64 bits wraps, as the kernel's own counters do.</summary>
    public bool TryNumber(out ulong number)
    {
        SkipBlanks();
        var start = _at;
        number = 0;
        for (; _at < _text.Length && (uint)(_text[_at] - '0') <= 9; _at++)
            number = unchecked(number * 10 + (uint)(_text[_at] - '0'));
        return _at > start;
    }

    /// <summary>The decimal fraction that comes next, such as "0.25".</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public double Fraction()
    {
        double number = Number();
        if (!TrySkip("."u8))
            return number;
        var scale = 1.0;
        for (; _at < _text.Length && (uint)(_text[_at] - '0') <= 9; _at++)
        {
            number = number * 10 + (_text[_at] - '0');
            scale *= 10;
        }

        return number / scale;
    }

    /// <summary>Says that the file is not what it should be.</summary>
    [DoesNotReturn]
    public readonly void Fail(string expected) => throw new InvalidDataException($"{path}, byte {_at}: expected {expected}.");

    void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\t')
            _at++;
    }
}
