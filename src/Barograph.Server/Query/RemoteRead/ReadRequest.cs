using System.Text;
using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Query.RemoteRead;

/// <summary>One question of a remote read request: the raw samples of what matches.</summary>
/// <param name="Matchers">All must hold.</param>
/// <param name="Range">Half-open; on the wire both ends are in it.</param>
internal sealed record ReadQuery(IReadOnlyList<Matcher> Matchers, TimeRange Range);

/// <summary>
/// Prometheus' <c>ReadRequest { repeated Query queries = 1; repeated ResponseType accepted_response_types = 2 }</c> with
/// <c>Query { int64 start_timestamp_ms = 1; int64 end_timestamp_ms = 2; repeated LabelMatcher matchers = 3 }</c> and
/// <c>LabelMatcher { Type type = 1; string name = 2; string value = 3 }</c>.
/// </summary>
/// <param name="Queries">The questions, in order.</param>
/// <param name="TakesSamples">Whether the client takes <c>SAMPLES</c>, the one kind of answer that is given here.</param>
internal sealed record ReadRequest(IReadOnlyList<ReadQuery> Queries, bool TakesSamples)
{
    const ulong Samples = 0;

    /// <summary>Reads a request.</summary>
    /// <exception cref="MalformedRequestException">It is not one.</exception>
    /// <exception cref="ArgumentException">A regular expression in it is none.</exception>
    public static ReadRequest Decode(ReadOnlySpan<byte> message)
    {
        var queries = new List<ReadQuery>();
        var accepted = new List<ulong>();
        var reader = new ProtobufReader(message);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    queries.Add(DecodeQuery(reader.Bytes()));
                    break;
                case 2 when reader.Type == WireType.Bytes: // packed
                    var packed = new ProtobufReader(reader.Bytes());
                    while (!packed.AtEnd)
                        accepted.Add(packed.Varint());
                    break;
                case 2:
                    accepted.Add(reader.UInt64());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ReadRequest(queries, accepted.Count == 0 || accepted.Contains(Samples));
    }

    static ReadQuery DecodeQuery(ReadOnlySpan<byte> message)
    {
        long startMs = 0, endMs = 0;
        var matchers = new List<Matcher>();
        var reader = new ProtobufReader(message);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    startMs = reader.Int64();
                    break;
                case 2:
                    endMs = reader.Int64();
                    break;
                case 3:
                    matchers.Add(DecodeMatcher(reader.Bytes()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new ReadQuery(matchers, new TimeRange(startMs, endMs == long.MaxValue ? endMs : endMs + 1));
    }

    static Matcher DecodeMatcher(ReadOnlySpan<byte> message)
    {
        ulong type = 0;
        string name = "", value = "";
        var reader = new ProtobufReader(message);
        while (reader.MoveNext())
        {
            switch (reader.Field)
            {
                case 1:
                    type = reader.UInt64();
                    break;
                case 2:
                    name = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                case 3:
                    value = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return type <= 3
            ? new Matcher((TimeSeries.MatchType)type, name, value) // the numbers of the protocol are ours: = != =~ !~
            : throw new MalformedRequestException($"a matcher of the unknown type {type}");
    }
}
