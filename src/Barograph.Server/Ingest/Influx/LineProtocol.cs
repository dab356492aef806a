using System.Buffers.Text;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Influx;

/// <summary>
/// Decodes InfluxDB's line protocol: <c>measurement,tag=value field=1.5,other=2i timestamp</c>. The rule of names: a field is a
/// series <c>measurement_field</c> with the tags as labels; the field named <c>value</c> is just <c>measurement</c>. What is not
/// a letter, digit or underscore becomes an underscore. Truth is 1 or 0; text is not kept, since a sample is a number.
/// </summary>
/// <remarks>
/// Backslashes are read as InfluxDB reads them. No client doubles one: it is itself unless it stands before what it hides. In the
/// measurement, the tags and the names of fields whatever follows a backslash is hidden, even behind two of them; in a text two are one.
/// </remarks>
internal ref struct LineProtocol
{
    readonly DecodedRequest _decoded;
    readonly SeriesKeyBuilder _labels;
    readonly string _database;
    readonly long _nowMs;
    readonly TimestampUnit _unit;
    ReadOnlySpan<byte> _rest;
    int _line;

    LineProtocol(ReadOnlySpan<byte> text, string database, TimestampUnit unit, long nowMs, DecodedRequest decoded)
    {
        (_decoded, _labels, _database, _nowMs, _unit) = (decoded, decoded.Key, database, nowMs, unit);
        _rest = text;
    }

    /// <summary>Decodes all lines. A line that is wrong is counted as refused, with its number; the others are taken.</summary>
    /// <param name="text">The body.</param>
    /// <param name="database">The database or bucket, which becomes the label <c>db</c>; "" for none.</param>
    /// <param name="unit">What a timestamp counts.</param>
    /// <param name="nowMs">For lines without one.</param>
    /// <param name="decoded">Gets the samples.</param>
    /// <exception cref="RequestTooLargeException">Too many samples, or bytes of labels.</exception>
    public static void Decode(ReadOnlySpan<byte> text, string database, TimestampUnit unit, long nowMs, DecodedRequest decoded)
    {
        var lines = new LineProtocol(text, database, unit, nowMs, decoded);
        while (lines.TryTakeLine(out var line))
        {
            if (!line.IsEmpty && line[0] != '#' && lines.DecodeLine(line) is { } problem)
                decoded.Refuse(1, $"line {lines._line}: {problem}");
        }
    }

    /// <summary>Takes the bytes up to the next line feed that does not lie within a quoted text.</summary>
    bool TryTakeLine(out ReadOnlySpan<byte> line)
    {
        line = default;
        if (_rest.IsEmpty)
            return false;
        _line++;
        var end = _rest.IndexOf((byte)'\n');
        if (end < 0)
            end = _rest.Length;
        if (_rest[..end].Contains((byte)'"'))
            end = EndOfQuotedLine(_rest);
        line = _rest[..end].TrimEnd((byte)'\r').TrimStart((byte)' ');
        _rest = _rest[Math.Min(end + 1, _rest.Length)..];
        return true;
    }

    /// <summary>Quotes mean something only in the fields, after the first space. One that is never closed costs its line only.</summary>
    static int EndOfQuotedLine(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\n');
        var line = end < 0 ? text : text[..end];
        var head = EndOfPart(line, " "u8);
        var fields = EndOutsideQuotes(text[head..], (byte)'\n', out var isOpen);
        return isOpen ? line.Length : head + fields;
    }

    /// <returns>Null, or what is wrong with the line.</returns>
    readonly string? DecodeLine(ReadOnlySpan<byte> line)
    {
        var head = line[..EndOfPart(line, " "u8)];
        var fields = line[head.Length..].TrimStart((byte)' ');
        fields = fields[..EndOutsideQuotes(fields, (byte)' ')];
        var tail = line[head.Length..].TrimStart((byte)' ')[fields.Length..].Trim((byte)' ');
        if (fields.IsEmpty)
            return "no fields; expected 'measurement,tag=value field=1 timestamp'";
        if (!TryReadTime(tail, out var timestampMs))
            return $"'{SeriesKeyBuilder.Printable(tail)}' is not a timestamp";

        Span<byte> name = stackalloc byte[1024];
        var measurement = head[..EndOfPart(head, ","u8)];
        if (measurement.IsEmpty)
            return "no measurement";
        var nameLength = Unescape(measurement[..Math.Min(measurement.Length, 500)], ", "u8, name);
        Sanitize(name[..nameLength]);
        _labels.Clear();
        if (AddTags(head[measurement.Length..]) is { } problem)
            return problem;
        if (!_labels.Contains("db"u8))
            _labels.Add("db", _database);
        return AddFields(fields, name, nameLength, timestampMs);
    }

    readonly string? AddTags(ReadOnlySpan<byte> tags)
    {
        Span<byte> name = stackalloc byte[1024];
        Span<byte> value = stackalloc byte[8192];
        while (!tags.IsEmpty)
        {
            tags = tags[1..]; // the comma
            var tag = tags[..EndOfPart(tags, ","u8)];
            tags = tags[tag.Length..];
            var equals = EndOfPart(tag, "="u8);
            if (equals == 0 || equals >= tag.Length - 1 || EndOfPart(tag[(equals + 2)..], "="u8) < tag.Length - equals - 2)
                return $"the tag '{SeriesKeyBuilder.Printable(tag)}' is not of the form name=value";
            if (equals > name.Length || tag.Length - equals > value.Length)
                return $"the tag '{SeriesKeyBuilder.Printable(tag)}' is longer than {name.Length} bytes of name and {value.Length} of value";
            var nameLength = Unescape(tag[..equals], ",= "u8, name);
            Sanitize(name[..nameLength]);
            _labels.Add(name[..nameLength], value[..Unescape(tag[(equals + 1)..], ",= "u8, value)]);
        }

        return null;
    }

    readonly string? AddFields(ReadOnlySpan<byte> fields, Span<byte> name, int nameLength, long timestampMs)
    {
        var tagCount = _labels.Count;
        string? problem = null;
        while (!fields.IsEmpty)
        {
            var equals = EndOfPart(fields, "="u8);
            if (equals == 0 || equals == fields.Length)
                return problem ?? $"the field '{SeriesKeyBuilder.Printable(fields)}' is not of the form name=value";
            var key = fields[..equals];
            var text = fields[(equals + 1)..];
            text = text[..EndOutsideQuotes(text, (byte)',')];
            fields = fields[(equals + 1 + text.Length)..];
            if (fields.Length == 1)
                problem ??= "a field is expected behind the last comma";
            fields = fields[Math.Min(fields.Length, 1)..];
            if (text is [(byte)'"', ..])
            {
                if (!IsClosed(text))
                    problem ??= $"the text of the field '{SeriesKeyBuilder.Printable(key)}' has no closing quote";
                continue; // text is not kept
            }

            if (FieldNumber.Read(text, out var number) is { } wrong)
            {
                problem ??= $"the field '{SeriesKeyBuilder.Printable(key)}': '{SeriesKeyBuilder.Printable(text)}' {wrong}";
                continue;
            }

            var length = nameLength + (key.SequenceEqual("value"u8) ? 0 : AppendField(key, name[nameLength..]));
            _labels.Truncate(tagCount);
            _labels.Add("__name__"u8, name[..length]);
            if (_decoded.AddKeyedSeries() is >= 0 and var series)
                _decoded.AddLast(series, timestampMs, number);
        }

        return problem;
    }

    static int AppendField(ReadOnlySpan<byte> key, Span<byte> room)
    {
        room[0] = (byte)'_';
        var length = 1 + Unescape(key[..Math.Min(key.Length, room.Length - 1)], ",=\" "u8, room[1..]);
        Sanitize(room[..length]);
        return length;
    }

    /// <summary>Where the first such byte is with no backslash right before it; the length when there is none.</summary>
    static int EndOfPart(ReadOnlySpan<byte> text, ReadOnlySpan<byte> letter)
    {
        for (var from = 0; text[from..].IndexOf(letter) is >= 0 and var found; from += found + 1)
        {
            if (from + found == 0 || text[from + found - 1] != '\\')
                return from + found;
        }

        return text.Length;
    }

    /// <summary>The same, with text between quotes passed over; a quote opens only where a value starts.</summary>
    static int EndOutsideQuotes(ReadOnlySpan<byte> text, byte letter) => EndOutsideQuotes(text, letter, out _);

    static int EndOutsideQuotes(ReadOnlySpan<byte> text, byte letter, out bool isQuoted)
    {
        isQuoted = false;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\')
                at++;
            else if (text[at] == '"' && (isQuoted || at == 0 || text[at - 1] == '='))
                isQuoted = !isQuoted;
            else if (text[at] == letter && !isQuoted)
                return at;
        }

        return text.Length;
    }

    /// <summary>Whether a text ends with the quote that closes it.</summary>
    static bool IsClosed(ReadOnlySpan<byte> text)
    {
        for (var at = 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
                at++;
            else if (text[at] == '"')
                return at == text.Length - 1;
        }

        return false;
    }

    static int Unescape(ReadOnlySpan<byte> text, ReadOnlySpan<byte> escapable, Span<byte> plain)
    {
        var length = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length && escapable.Contains(text[at + 1]))
                at++;
            plain[length++] = text[at];
        }

        return length;
    }

    static void Sanitize(Span<byte> name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit((char)name[i]) || (i == 0 && char.IsAsciiDigit((char)name[i])))
                name[i] = (byte)'_';
        }
    }

    readonly bool TryReadTime(ReadOnlySpan<byte> text, out long timestampMs)
    {
        timestampMs = _nowMs;
        if (text.IsEmpty)
            return true;
        if (!Utf8Parser.TryParse(text, out long time, out var length) || length != text.Length)
            return false;
        timestampMs = _unit.ToMilliseconds(time);
        return true;
    }
}
