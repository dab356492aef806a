using System.Globalization;
using System.Text;

namespace Barograph.PromQL;

internal enum TokenKind
{
    End,
    Identifier,
    Number,
    Duration,
    String,
    Symbol,
}

/// <summary>A word of the language. <see cref="Text"/> is the identifier, the symbol, or the string's content.</summary>
internal readonly record struct Token(TokenKind Kind, SourceSpan Span, string Text, double Value = 0)
{
    public bool Is(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public bool IsWord(string keyword) => Kind == TokenKind.Identifier && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => Kind switch
    {
        TokenKind.End => "end of the expression",
        TokenKind.String => "a string",
        _ => $"\"{Text}\"",
    };
}

/// <summary>Cuts a text into tokens. One pass, linear.</summary>
internal sealed class Lexer(string text)
{
    static readonly string[] LongSymbols = ["==", "!=", "=~", "!~", "<=", ">=", "</", ">/"];
    const string ShortSymbols = "(){}[],:=+-*/%^<>@";

    readonly List<Token> _tokens = [];
    int _position;

    // Colons belong to metric names, except in brackets, where they part the range of a subquery from its step.
    int _brackets;

    public static List<Token> Read(string text)
    {
        var lexer = new Lexer(text);
        while (lexer.Next())
        {
        }

        lexer.Add(TokenKind.End, text.Length, "");
        return lexer._tokens;
    }

    bool Next()
    {
        SkipSpaceAndComments();
        if (_position >= text.Length)
            return false;
        var c = text[_position];
        if (c is '"' or '\'' or '`')
            ReadString(c);
        else if (char.IsAsciiDigit(c) || (c == '.' && _position + 1 < text.Length && char.IsAsciiDigit(text[_position + 1])))
            ReadNumber();
        else if (IsWordStart(c))
            ReadWord();
        else
            ReadSymbol();
        return true;
    }

    void SkipSpaceAndComments()
    {
        while (_position < text.Length)
        {
            if (text[_position] == '#')
            {
                var end = text.IndexOf('\n', _position);
                _position = end < 0 ? text.Length : end;
            }
            else if (text[_position] is ' ' or '\t' or '\n' or '\r')
            {
                _position++;
            }
            else
            {
                return;
            }
        }
    }

    bool IsWordStart(char c) => char.IsAsciiLetter(c) || c == '_' || (c == ':' && _brackets == 0);

    void ReadWord()
    {
        var start = _position;
        while (_position < text.Length && (IsWordStart(text[_position]) || char.IsAsciiDigit(text[_position])))
            _position++;
        Add(TokenKind.Identifier, start, text[start.._position]);
    }

    void ReadSymbol()
    {
        var start = _position;
        foreach (var symbol in LongSymbols)
        {
            if (string.CompareOrdinal(text, start, symbol, 0, 2) == 0)
            {
                _position += 2;
                Add(TokenKind.Symbol, start, symbol);
                return;
            }
        }

        var index = ShortSymbols.IndexOf(text[start], StringComparison.Ordinal);
        if (index < 0)
        {
            var length = char.IsHighSurrogate(text[start]) && start + 1 < text.Length ? 2 : 1;
            throw Fail(start, start + length, $"unexpected character {Quoting.Quote(text.Substring(start, length))}");
        }

        _position++;
        _brackets += text[start] switch { '[' => 1, ']' => -1, _ => 0 };
        Add(TokenKind.Symbol, start, ShortSymbols.Substring(index, 1));
    }

    void ReadNumber()
    {
        var start = _position;
        while (_position < text.Length && IsNumberPart(start))
            _position++;
        var span = text.AsSpan(start, _position - start);
        if (Durations.TryParse(span, out var milliseconds))
            Add(TokenKind.Duration, start, span.ToString(), milliseconds / 1000.0);
        else if (Numbers.TryParse(span, out var value))
            Add(TokenKind.Number, start, span.ToString(), value);
        else
            throw Fail(start, _position, $"bad number or duration {Quoting.Quote(span.ToString())}: expected a number such as 1.5, 1e3, "
                + "0x1F or a duration such as 1h30m");
    }

    bool IsNumberPart(int start)
    {
        var c = text[_position];
        if (char.IsAsciiLetterOrDigit(c) || c is '.' or '_')
            return true;

        // The sign of an exponent; in a hexadecimal number, E is a digit.
        return c is '+' or '-' && _position - start > 0 && text[_position - 1] is 'e' or 'E' && !IsHexadecimal(start) && IsExponent(start);
    }

    bool IsHexadecimal(int start) => _position - start >= 2 && text[start] == '0' && text[start + 1] is 'x' or 'X';

    bool IsExponent(int start)
    {
        for (var i = start; i < _position - 1; i++)
        {
            if (!char.IsAsciiDigit(text[i]) && text[i] is not ('.' or '_'))
                return false;
        }

        return true;
    }

    void ReadString(char quote)
    {
        var start = _position++;
        if (quote == '`')
        {
            var close = text.IndexOf('`', _position);
            if (close < 0)
                throw Fail(start, text.Length, "unterminated raw string: expected a closing `");
            var raw = text[_position..close];
            _position = close + 1;
            AddString(start, raw);
            return;
        }

        var content = new EscapedText();
        while (true)
        {
            if (_position >= text.Length || text[_position] == '\n')
                throw Fail(start, _position, $"unterminated string: expected a closing {quote}");
            var c = text[_position++];
            if (c == quote)
                break;
            if (c == '\\')
                ReadEscape(quote, content);
            else
                content.Add(c);
        }

        AddString(start, content.ToString());
    }

    void AddString(int start, string content)
    {
        for (var i = 0; i < content.Length; i++)
        {
            if (char.IsSurrogatePair(content, i))
                i++;
            else if (char.IsSurrogate(content[i]) && !EscapedText.IsByte(content[i]))
                throw Fail(start, _position, "the string is not valid Unicode");
            if (i >= content.Length - 1)
                break;
        }

        Add(TokenKind.String, start, content);
    }

    void ReadEscape(char quote, EscapedText content)
    {
        var start = _position - 1;
        var c = _position < text.Length ? text[_position++] : '\0';
        switch (c)
        {
            case 'a': content.Add('\a'); break;
            case 'b': content.Add('\b'); break;
            case 'f': content.Add('\f'); break;
            case 'n': content.Add('\n'); break;
            case 'r': content.Add('\r'); break;
            case 't': content.Add('\t'); break;
            case 'v': content.Add('\v'); break;
            case '\\': content.Add('\\'); break;
            case '\'' or '"' when c == quote: content.Add(c); break;
            case 'x': content.AddByte((byte)ReadDigits(start, 2, 16)); break;
            case 'u': AddRune(start, ReadDigits(start, 4, 16), content); break;
            case 'U': AddRune(start, ReadDigits(start, 8, 16), content); break;
            case >= '0' and <= '7':
                _position--;
                var value = ReadDigits(start, 3, 8);
                if (value > 255)
                    throw Fail(start, _position, "bad escape: an octal escape goes up to \\377");
                content.AddByte((byte)value);
                break;
            default:
                throw Fail(start, _position, "unknown escape sequence: expected \\n, \\t, \\\\, \\\", \\xHH, \\uHHHH or the like");
        }
    }

    long ReadDigits(int start, int count, int radix)
    {
        long value = 0;
        for (var i = 0; i < count; i++)
        {
            var digit = _position < text.Length && char.IsAsciiHexDigit(text[_position])
                ? Convert.ToInt32(text[_position].ToString(), 16) : radix;
            if (digit >= radix)
                throw Fail(start, _position, $"bad escape: expected {count} digits of base {radix}");
            value = value * radix + digit;
            _position++;
        }

        return value;
    }

    void AddRune(int start, long value, EscapedText content)
    {
        if (value > int.MaxValue || !Rune.IsValid((int)value))
            throw Fail(start, _position, "bad escape: not a Unicode code point");
        content.Add(new Rune((int)value));
    }

    void Add(TokenKind kind, int start, string content, double value = 0) =>
        _tokens.Add(new Token(kind, new SourceSpan(start, Math.Min(Math.Max(_position, start), text.Length)), content, value));

    PromQLSyntaxException Fail(int start, int end, string message) =>
        new(ParseError.At(text, new SourceSpan(start, end), message, null));
}

/// <summary>Numbers as PromQL writes them.</summary>
internal static class Numbers
{
    public static bool TryParse(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            var digits = WithoutUnderscores(text[2..], char.IsAsciiHexDigit);
            if (digits is null || !ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var whole))
                return false;
            value = whole;
            return true;
        }

        var plain = WithoutUnderscores(text, char.IsAsciiDigit);
        return plain is not null && plain[0] != '+' && plain[0] != '-'
            && double.TryParse(plain, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
    }

    // An underscore stands between two digits.
    static string? WithoutUnderscores(ReadOnlySpan<char> text, Func<char, bool> isDigit)
    {
        if (text.IsEmpty)
            return null;
        if (!text.Contains('_'))
            return text.ToString();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '_' && (i == 0 || i == text.Length - 1 || !isDigit(text[i - 1]) || !isDigit(text[i + 1])))
                return null;
        }

        return text.ToString().Replace("_", "");
    }
}
