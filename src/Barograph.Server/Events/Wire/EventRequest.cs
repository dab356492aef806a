using System.Text;
using System.Text.Json;

namespace Barograph.Server.Events;

/// <summary>The events of one request, and what was wrong with others of them.</summary>
internal sealed class EventRequest
{
    public List<EventRecord> Events { get; } = [];

    /// <summary>For each of <see cref="Events"/>, its place in the request.</summary>
    public List<int> Indices { get; } = [];

    /// <summary>What was rejected; the first <see cref="EventLimits.RejectionsTold"/> of them.</summary>
    public List<Rejection> Rejections { get; } = [];

    public int RejectedCount { get; set; }

    public int DuplicateCount { get; set; }

    public int AcceptedCount { get; set; }

    public void Reject(Rejection rejection)
    {
        RejectedCount++;
        if (Rejections.Count < EventLimits.RejectionsTold)
            Rejections.Add(rejection);
    }
}

/// <summary>A request has more events than one may have.</summary>
internal sealed class TooManyEventsException() : Exception($"the request has more than {EventLimits.EventsPerRequest} events: send smaller requests");

/// <summary>Takes a body apart: one event, an array of them, or one a line.</summary>
internal sealed class EventRequestReader(EventParser parser, long arrivedMs, long oldestMs, Action<EventRecord> check)
{
    static readonly JsonReaderOptions s_several = new() { AllowMultipleValues = true, MaxDepth = 64 };

    readonly EventRequest _request = new();
    int _index;

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="TooManyEventsException">There are too many; nothing may be taken.</exception>
    public EventRequest Read(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith(Encoding.UTF8.Preamble))
            body = body[Encoding.UTF8.Preamble.Length..];
        body = TrimBlanks(body);
        if (body.IsEmpty)
            return _request;
        if (body[0] == '[')
            ReadArray(body);
        else
            ReadValues(body);
        return _request;
    }

    void ReadArray(ReadOnlySpan<byte> body)
    {
        // An array that breaks off is no JSON as a whole: nothing of it is taken.
        var whole = new Utf8JsonReader(body, s_several);
        try
        {
            whole.Read();
            whole.Skip();
            if (!TrimBlanks(body[(int)whole.BytesConsumed..]).IsEmpty)
                throw new JsonException("there is something behind the array");
        }
        catch (JsonException broken)
        {
            Reject(body, "", NotJson(broken));
            return;
        }

        var reader = new Utf8JsonReader(body, s_several);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            Take(body[start..(int)reader.BytesConsumed]);
        }
    }

    void ReadValues(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var length = 0;
            try
            {
                var reader = new Utf8JsonReader(body, s_several);
                reader.Read();
                reader.Skip();
                length = (int)reader.BytesConsumed;
                Take(body[..length]);
            }
            catch (JsonException broken)
            {
                Reject(body[..LineLength(body)], "", NotJson(broken));
                length = NextObject(body);
            }

            body = TrimBlanks(body[length..]);
        }
    }

    void Take(ReadOnlySpan<byte> json)
    {
        try
        {
            var taken = parser.Parse(json, arrivedMs, oldestMs);
            check(taken);
            Count();
            _request.Events.Add(taken);
            _request.Indices.Add(_index++);
        }
        catch (BadEventException bad)
        {
            Count();
            _request.Reject(new Rejection(_index++, parser.Id, parser.Type, bad.Field, bad.Value, bad.Message, Excerpt(json)));
        }
    }

    void Reject(ReadOnlySpan<byte> json, string field, string rule)
    {
        Count();
        _request.Reject(new Rejection(_index++, null, "", field, Excerpt(json), rule, Excerpt(json)));
    }

    void Count()
    {
        if (_index >= EventLimits.EventsPerRequest)
            throw new TooManyEventsException();
    }

    static string NotJson(JsonException broken) => $"must be JSON: {broken.Message.Split(" LineNumber")[0]}";

    static string Excerpt(ReadOnlySpan<byte> json) => Rejection.Cut(Encoding.UTF8.GetString(json[..Math.Min(json.Length, 4 * Rejection.TextLengthMax)]))!;

    static int LineLength(ReadOnlySpan<byte> text) => text.IndexOf((byte)'\n') is >= 0 and var end ? end : text.Length;

    /// <summary>Where the next line begins that begins an object: behind a line that is not JSON.</summary>
    static int NextObject(ReadOnlySpan<byte> body) => body.IndexOf("\n{"u8) is >= 0 and var end ? end + 1 : body.Length;

    static ReadOnlySpan<byte> TrimBlanks(ReadOnlySpan<byte> text) => text.TrimStart(" \t\r\n"u8);
}
