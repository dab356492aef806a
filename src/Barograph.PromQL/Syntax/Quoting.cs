using System.Globalization;
using System.Text;

namespace Barograph.PromQL;

/// <summary>
/// Builds a string from characters and bytes. PromQL strings are bytes (a <c>\xff</c> makes one); bytes that do not form UTF-8
/// become the lone surrogates U+DC80 … U+DCFF, so that nothing is lost and no valid text looks the same.
/// </summary>
internal sealed class EscapedText
{
    readonly StringBuilder _text = new();
    readonly List<byte> _bytes = [];

    public static bool IsByte(char c) => c is >= '\uDC80' and <= '\uDCFF';

    public void Add(char c)
    {
        Flush();
        _text.Append(c);
    }

    public void Add(Rune rune)
    {
        Flush();
        _text.Append(rune);
    }

    public void AddByte(byte value) => _bytes.Add(value);

    public override string ToString()
    {
        Flush();
        return _text.ToString();
    }

    void Flush()
    {
        var bytes = _bytes.ToArray().AsSpan();
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == System.Buffers.OperationStatus.Done)
            {
                _text.Append(rune);
                bytes = bytes[length..];
            }
            else
            {
                _text.Append((char)(0xDC00 + bytes[0]));
                bytes = bytes[1..];
            }
        }

        _bytes.Clear();
    }
}

/// <summary>Strings and names as PromQL writes them.</summary>
internal static class Quoting
{
    /// <summary>A string in double quotes.</summary>
    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2).Append('"');
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                _ when char.IsSurrogatePair(value, i) => text.Append(c).Append(value[++i]),
                _ when EscapedText.IsByte(c) => text.Append(CultureInfo.InvariantCulture, $"\\x{c - 0xDC00:x2}"),
                < ' ' or '\x7f' => text.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }

    /// <summary>Whether a label name may stand without quotes.</summary>
    public static bool IsPlainLabel(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>Whether a metric name may stand without quotes, as far as its characters go.</summary>
    public static bool IsPlainMetric(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':');

    /// <summary>Whether a name is one that the data model allows: not empty, valid UTF-8.</summary>
    public static bool IsValidLabel(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogatePair(name, i))
                i++;
            else if (char.IsSurrogate(name[i]))
                return false;
        }

        return name.Length > 0;
    }

    /// <summary>A label name, quoted when it needs to be.</summary>
    public static string Label(string name) => IsPlainLabel(name) ? name : Quote(name);
}
