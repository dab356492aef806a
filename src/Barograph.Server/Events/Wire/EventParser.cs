using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Barograph.Server.Events;

/// <summary>What is wrong with an event; caught where the event is made a rejection.</summary>
internal sealed class BadEventException(string field, string? value, string rule) : Exception(rule)
{
    public string Field { get; } = field;

    public string? Value { get; } = value;
}

/// <summary>
/// Makes one event of one JSON object: reads its fields, checks the limits and the rules of its type, and writes it as it will be kept.
/// Not thread-safe; reused from event to event.
/// </summary>
internal sealed class EventParser(IdentityHash? identities)
{
    static readonly SearchValues<byte> s_blanks = SearchValues.Create(" \t\r\n"u8);

    [ThreadStatic]
    static EventParser? s_restoring;

    readonly List<Field> _fields = [];
    readonly List<Member> _members = [];
    readonly ArrayBufferWriter<byte> _json = new(1024);

    int _fieldsMax = EventLimits.Fields;

    /// <summary>A member of the event: its name, and where its value is in the JSON; or the number that it has instead.</summary>
    readonly record struct Member(string Name, int Start, int End, double? Number = null);

    /// <summary>The id that the sender gave, for a rejection; set by <see cref="Parse"/>.</summary>
    public string? Id { get; private set; }

    /// <summary>The type, for a rejection.</summary>
    public string Type { get; private set; } = "";

    /// <summary>Makes the event.</summary>
    /// <param name="json">One JSON value.</param>
    /// <param name="arrivedMs">When the request came, for events without a time.</param>
    /// <param name="oldestMs">Events before it are too old.</param>
    /// <exception cref="BadEventException">It breaks a rule.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public EventRecord Parse(ReadOnlySpan<byte> json, long arrivedMs, long oldestMs)
    {
        _fields.Clear();
        _members.Clear();
        (Id, Type) = (null, "");
        ReadMembers(json);
        var explicitId = ReadId();
        var type = ReadType();
        if (json.Length > EventLimits.EventBytes)
            throw new BadEventException("", null, $"must have at most {EventLimits.EventBytes} bytes, and has {json.Length}");
        var known = EventTypes.Find(type);
        if (known is not null)
        {
            Translate(known);
            Check(known);
        }

        var timeMs = ReadTime(type, arrivedMs, oldestMs, out var timeIsGiven);
        Remove("id");
        Remove("type");
        Remove("time");
        identities?.Replace(_fields);
        var fields = _fields.ToArray();
        var id = NameOf(known, explicitId, fields, timeMs, out var isOurs);
        Id = isOurs ? null : id;
        return new EventRecord
        {
            Id = id,
            IdHash = isOurs ? 0 : StableHash.Of(id) | 1,
            ContentHash = ContentHash(type, timeIsGiven ? timeMs : null, fields),
            Type = type,
            TimeMs = timeMs,
            Fields = fields,
            Json = Write(json, id, type, timeMs),
        };
    }

    /// <summary>Reads an event back as it was kept.</summary>
    /// <exception cref="JsonException">It is none that this program knows.</exception>
    /// <exception cref="BadEventException">It breaks a limit that it cannot be read without.</exception>
    public static EventRecord Restore(ReadOnlyMemory<byte> json, long timeMs, ulong idHash, ulong contentHash)
    {
        var parser = s_restoring ??= new EventParser(null) { _fieldsMax = int.MaxValue }; // what we added to a kept event counts for nothing
        parser._fields.Clear();
        parser._members.Clear();
        parser.ReadMembers(json.Span);
        return parser._fields is [{ Path: "id", Value.Text: { } id }, { Path: "type", Value.Text: { } type }, { Path: "time" }, ..]
            ? new EventRecord { Id = id, IdHash = idHash, ContentHash = contentHash, Type = type, TimeMs = timeMs, Fields = CollectionsMarshal.AsSpan(parser._fields)[3..].ToArray(), Json = json }
            : throw new JsonException("An event is kept with its id, type and time first.");
    }

    /// <summary>Stands for an event that this program cannot read: that it is there is told, and all others are read.</summary>
    public static EventRecord Unreadable(long timeMs, ulong idHash, ulong contentHash)
    {
        var id = $"unreadable-{idHash:x16}";
        return new EventRecord
        {
            Id = id,
            IdHash = idHash,
            ContentHash = contentHash,
            Type = EventTypes.Unreadable,
            TimeMs = timeMs,
            Fields = [],
            Json = Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","type":"{{EventTypes.Unreadable}}","time":"{{EventTime.Write(timeMs)}}"}"""),
        };
    }

    void ReadMembers(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new BadEventException("", Rejection.Cut(Encoding.UTF8.GetString(json)), "must be a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = ReadName(ref reader, "");
            foreach (var member in _members)
            {
                if (member.Name == name)
                    throw new BadEventException(name, null, "must not be there twice");
            }

            reader.Read();
            var start = (int)reader.TokenStartIndex;
            ReadValue(ref reader, name, 1);
            _members.Add(new Member(name, start, (int)reader.BytesConsumed));
        }
    }

    void ReadValue(ref Utf8JsonReader reader, string path, int depth)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                if (depth >= EventLimits.Depth)
                    throw new BadEventException(path, null, $"must not lie deeper than {EventLimits.Depth} objects");
                Add(path, new FieldValue(FieldKind.Many, 0, null));
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    var member = ReadName(ref reader, path);
                    reader.Read();
                    ReadValue(ref reader, member, depth + 1);
                }

                break;
            case JsonTokenType.StartArray:
                Add(path, new FieldValue(FieldKind.Many, 0, null));
                reader.Skip();
                break;
            case JsonTokenType.String:
                Add(path, new FieldValue(FieldKind.Text, 0, ReadText(ref reader, path)));
                break;
            case JsonTokenType.Number:
                if (!reader.TryGetDouble(out var number) || !double.IsFinite(number))
                    throw new BadEventException(path, Encoding.UTF8.GetString(reader.ValueSpan), "must be a number that a double can hold");
                Add(path, new FieldValue(FieldKind.Number, number, null));
                break;
            case JsonTokenType.True or JsonTokenType.False:
                Add(path, new FieldValue(FieldKind.Boolean, reader.TokenType == JsonTokenType.True ? 1 : 0, null));
                break;
            default:
                break; // null: as if it were not there
        }
    }

    void Add(string path, FieldValue value)
    {
        if (_fields.Count >= _fieldsMax)
            throw new BadEventException(path, null, $"must be one of at most {EventLimits.Fields} fields");
        _fields.Add(new Field(path, value));
    }

    static string ReadName(ref Utf8JsonReader reader, string parent)
    {
        if (parent.Length == 0 && !reader.ValueIsEscaped && NamePool.Get(reader.ValueSpan) is { Length: > 0 } known)
            return known;
        Span<char> room = stackalloc char[2 * EventLimits.PathLength + 2];
        var prefix = parent.Length == 0 ? 0 : parent.Length + 1;
        if (reader.ValueSpan.Length > EventLimits.PathLength * 4 || prefix > EventLimits.PathLength)
            throw new BadEventException(parent, null, TooLongName);
        Span<char> name = stackalloc char[EventLimits.PathLength * 4];
        int length;
        try
        {
            length = reader.CopyString(name);
        }
        catch (InvalidOperationException)
        {
            throw new BadEventException(parent, null, "must have names of valid Unicode");
        }

        if (length == 0)
            throw new BadEventException(parent, null, "must not have a member without a name");
        if (prefix + length > EventLimits.PathLength)
            throw new BadEventException(parent, null, TooLongName);
        if (prefix == 0)
            return NamePool.Get(name[..length]);
        parent.CopyTo(room);
        room[parent.Length] = '.';
        name[..length].CopyTo(room[prefix..]);
        return NamePool.Get(room[..(prefix + length)]);
    }

    static string TooLongName => $"must have names of at most {EventLimits.PathLength} characters, with those of the objects around them";

    static string ReadText(ref Utf8JsonReader reader, string path)
    {
        try
        {
            return (reader.ValueIsEscaped ? null : NamePool.Get(reader.ValueSpan)) ?? reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new BadEventException(path, null, "must be valid Unicode");
        }
    }

    FieldValue Find(string path)
    {
        foreach (var field in _fields)
        {
            if (field.Path == path)
                return field.Value;
        }

        return default;
    }

    void Remove(string path) => _fields.RemoveAll(field => field.Path == path || (field.Path.Length > path.Length && field.Path[path.Length] == '.' && field.Path.StartsWith(path, StringComparison.Ordinal)));

    string? ReadId()
    {
        var value = Find("id");
        if (value.IsMissing)
            return null;
        Id = Rejection.Cut(value.AsText);
        if (value.Kind is not (FieldKind.Text or FieldKind.Number) || value.AsText.Length is 0 or > EventLimits.IdLength)
            throw new BadEventException("id", Rejection.Cut(value.AsText), $"must be a text of 1 to {EventLimits.IdLength} characters");
        return value.AsText;
    }

    string ReadType()
    {
        var value = Find("type");
        if (value.IsMissing)
            throw new BadEventException("type", null, "must be there");
        if (value.Kind != FieldKind.Text)
            throw new BadEventException("type", Rejection.Cut(value.AsText), "must be a text");
        if (EventTypes.Check(value.Text!) is { } problem)
            throw new BadEventException("type", Rejection.Cut(value.Text), problem);
        return Type = value.Text!;
    }

    void Check(EventType known)
    {
        foreach (var rule in known.Rules)
        {
            var value = Find(rule.Name);
            if (rule.Check(value) is { } problem)
                throw new BadEventException(rule.Name, Shown(value), problem);
        }

        switch (known.Name)
        {
            case EventTypes.TaskFinished:
                if (Find("duration_seconds").IsMissing && Find("start").IsMissing)
                    throw new BadEventException("duration_seconds", null, "must be there when there is no start");
                break;
            case EventTypes.Activity:
                if (Find("feature").IsMissing && Find("page").IsMissing && Find("api").IsMissing && (Find("journey").IsMissing || Find("step").IsMissing))
                    throw new BadEventException("feature", null, "must be there, or page, or api, or journey and step");
                break;
        }
    }

    static string? Shown(FieldValue value) => value.Kind switch
    {
        FieldKind.Missing => null,
        FieldKind.Many => "{…}",
        _ => Rejection.Cut(value.AsText),
    };

    long ReadTime(string type, long arrivedMs, long oldestMs, out bool isGiven)
    {
        var name = type == EventTypes.TaskFinished && !Find("end").IsMissing ? "end" : "time";
        var value = Find(name);
        var timeMs = arrivedMs;
        isGiven = !value.IsMissing;
        if (isGiven && !EventTime.TryRead(value, out timeMs))
            throw new BadEventException(name, Shown(value), "must be a time: RFC 3339 text or Unix seconds");
        if (value.Kind == FieldKind.Number && value.Number >= EventLimits.MillisecondsFrom)
            throw new BadEventException(name, Shown(value), "must be Unix seconds: this looks like milliseconds, divide it by 1000");
        if (timeMs > arrivedMs + (long)EventLimits.Ahead.TotalMilliseconds)
            throw new BadEventException(name, Shown(value), TooFarAhead(arrivedMs));
        if (timeMs < oldestMs)
            throw new BadEventException(name, Shown(value), $"must not be before {EventTime.Write(oldestMs)}, from when on events are kept");
        if (type == EventTypes.TaskFinished && EventTime.TryRead(Find("start"), out var startMs) && startMs > timeMs)
            throw new BadEventException("start", Shown(Find("start")), $"must not be after the end ({EventTime.Write(timeMs)})");
        CheckOtherTimes(type, arrivedMs, timeMs);
        return timeMs;
    }

    /// <summary>Times besides the event's own: durations are made of them, so they have the same bounds.</summary>
    void CheckOtherTimes(string type, long arrivedMs, long timeMs)
    {
        foreach (var rule in EventTypes.Find(type)?.Rules ?? [])
        {
            if (rule.Shape != FieldShape.Time || !EventTime.TryRead(Find(rule.Name), out var otherMs))
                continue;
            if (otherMs > arrivedMs + (long)EventLimits.Ahead.TotalMilliseconds)
                throw new BadEventException(rule.Name, Shown(Find(rule.Name)), TooFarAhead(arrivedMs));
            if (otherMs < timeMs - (long)EventLimits.DurationSecondsMax * 1000)
                throw new BadEventException(rule.Name, Shown(Find(rule.Name)), $"must be at most 10 years before the event ({EventTime.Write(timeMs)})");
        }
    }

    static string TooFarAhead(long arrivedMs) =>
        $"must be at most {EventLimits.Ahead.TotalMinutes:0} min ahead of the server's clock, which says {EventTime.Write(arrivedMs)}";

    /// <summary>Gives fields that came under another name their own, in its unit.</summary>
    void Translate(EventType known)
    {
        foreach (var alias in known.Aliases)
        {
            var at = _fields.FindIndex(field => field.Path == alias.Name);
            if (at < 0)
                continue;
            var value = _fields[at].Value;
            if (!Find(alias.Field).IsMissing)
                throw new BadEventException(alias.Name, Shown(value), $"must not be there beside {alias.Field}, which says the same");
            double? number = null;
            if (alias.IsNumber)
                value = new FieldValue(FieldKind.Number, (number = Translate(alias, value)).Value, null);
            _fields[at] = new Field(alias.Field, value);
            var member = _members.FindIndex(one => one.Name == alias.Name);
            _members[member] = _members[member] with { Name = alias.Field, Number = number };
        }
    }

    double Translate(FieldAlias alias, FieldValue value)
    {
        if (value.Kind != FieldKind.Number)
            throw new BadEventException(alias.Name, Shown(value), "must be a number");
        if (!(value.Number >= 0) || value.Number > alias.Max)
            throw new BadEventException(alias.Name, Shown(value), FormattableString.Invariant($"must be from 0 to {alias.Max}"));
        if (!alias.IsOfDuration)
            return value.Number * alias.Factor;
        var seconds = Find("duration_seconds");
        if (!seconds.IsMissing)
            return value.Number * alias.Factor * seconds.Number;
        var end = Find("end").IsMissing ? Find("time") : Find("end");
        return EventTime.TryRead(Find("start"), out var startMs) && EventTime.TryRead(end, out var endMs)
            ? value.Number * alias.Factor * (endMs - startMs) / 1000.0
            : throw new BadEventException(alias.Name, Shown(value), "must come with how long the task ran: duration_ms, duration_seconds, or start and end");
    }

    static string NameOf(EventType? known, string? given, Field[] fields, long timeMs, out bool isOurs)
    {
        isOurs = false;
        if (given is not null && known is not { IsOwnIdOnly: true })
            return given;
        if (known is not null && EventTypes.OwnId(known, fields) is { } own)
        {
            return own.Length <= EventLimits.IdLength
                ? own
                : throw new BadEventException(known.OwnId[^1], Rejection.Cut(own), $"must make an id of at most {EventLimits.IdLength} characters, and makes {own.Length}");
        }

        isOurs = true;
        return OurId.Make(timeMs);
    }

    static ulong ContentHash(string type, long? timeMs, Field[] fields)
    {
        var hash = StableHash.Join(StableHash.Of(type), (ulong)(timeMs ?? -1));
        foreach (var field in fields)
        {
            var value = field.Value;
            hash += StableHash.Join(StableHash.Of(field.Path), value.Kind == FieldKind.Text
                ? StableHash.Of(value.Text)
                : StableHash.Join((ulong)value.Kind, BitConverter.DoubleToUInt64Bits(value.Number)));
        }

        return hash;
    }

    byte[] Write(ReadOnlySpan<byte> json, string id, string type, long timeMs)
    {
        _json.Clear();
        _json.Write("{\"id\":"u8);
        WriteText(id);
        _json.Write(",\"type\":\""u8);
        Encoding.ASCII.GetBytes(type, _json);
        _json.Write("\",\"time\":\""u8);
        Encoding.ASCII.GetBytes(EventTime.Write(timeMs), _json);
        _json.Write("\""u8);
        foreach (var (name, start, end, number) in _members)
        {
            if (name is "id" or "type" or "time")
                continue;
            _json.Write(","u8);
            WriteText(name);
            _json.Write(":"u8);
            if (number is { } translated)
                _json.Write(JsonSerializer.SerializeToUtf8Bytes(translated));
            else if (identities is not null && IdentityHash.Applies(name))
                WriteText(Find(name).AsText);
            else
                WriteCompact(json[start..end]);
        }

        _json.Write("}"u8);
        return _json.WrittenSpan.ToArray();
    }

    void WriteText(string text)
    {
        var encoded = JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        _json.Write("\""u8);
        _json.Write(encoded.EncodedUtf8Bytes);
        _json.Write("\""u8);
    }

    /// <summary>Copies JSON without the blanks between its tokens, so that an event is one line.</summary>
    void WriteCompact(ReadOnlySpan<byte> value)
    {
        if (value[0] is not ((byte)'{' or (byte)'['))
        {
            _json.Write(value);
            return;
        }

        var isText = false;
        var room = _json.GetSpan(value.Length);
        var length = 0;
        for (var i = 0; i < value.Length; i++)
        {
            var sign = value[i];
            if (!isText && s_blanks.Contains(sign))
                continue;
            room[length++] = sign;
            if (isText && sign == '\\')
                room[length++] = value[++i];
            else if (sign == '"')
                isText = !isText;
        }

        _json.Advance(length);
    }
}

/// <summary>Ids of events whose sender gave none: the time, so that they are found again, and chance.</summary>
internal static class OurId
{
    const string Prefix = "auto-";

    public static string Make(long timeMs) => $"{Prefix}{timeMs:x}-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";

    /// <summary>Whether an id may be one of ours, and when the event happened then.</summary>
    public static bool TryRead(string id, out long timeMs)
    {
        timeMs = 0;
        return id.StartsWith(Prefix, StringComparison.Ordinal) && id.Split('-') is [_, var time, _]
            && long.TryParse(time, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out timeMs);
    }
}
