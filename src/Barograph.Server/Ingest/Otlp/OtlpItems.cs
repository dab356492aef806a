using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// The spans or log records of a request. Both signals nest alike: <c>resource_spans = 1 { resource = 1, scope_spans = 2 { scope = 1,
/// spans = 2 } }</c>, and so for logs.
/// </summary>
internal static class OtlpItems
{
    const int DepthMax = 32;

    /// <summary>Receives an item and what it belongs to; the bytes are those of the request.</summary>
    public delegate void ItemHandler(ReadOnlySpan<byte> resource, ReadOnlySpan<byte> scope, ReadOnlySpan<byte> item);

    /// <summary>Whether an item is wanted.</summary>
    public delegate bool ItemTest(ReadOnlySpan<byte> item);

    /// <summary>Hands over every item in order.</summary>
    /// <exception cref="MalformedRequestException">It is no such request.</exception>
    public static void Walk(ReadOnlySpan<byte> request, ItemHandler take)
    {
        for (var groups = new ProtobufReader(request); groups.MoveNext();)
        {
            if (groups.Field != 1)
            {
                groups.Skip();
                continue;
            }

            var group = groups.Bytes();
            var resource = First(group, 1);
            CheckAttributes(resource, 1);
            for (var scopes = new ProtobufReader(group); scopes.MoveNext();)
            {
                if (scopes.Field == 2)
                    WalkScope(resource, scopes.Bytes(), take);
                else
                    scopes.Skip();
            }
        }
    }

    /// <summary>The request without the items that are not wanted.</summary>
    public static byte[] Filter(ReadOnlySpan<byte> request, ItemTest isWanted)
    {
        using var filtered = new MemoryStream();
        Filter(request, 0, isWanted, filtered);
        return filtered.ToArray();
    }

    /// <summary>The bytes of a field that occurs once; nothing when it does not.</summary>
    public static ReadOnlySpan<byte> First(ReadOnlySpan<byte> message, int field)
    {
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            if (fields.Field == field)
                return fields.Bytes();
            fields.Skip();
        }

        return default;
    }

    /// <summary>Reads through the attributes of a message, so that whoever shows them later meets nothing that is broken.</summary>
    /// <exception cref="MalformedRequestException">They are broken, or nested too deep.</exception>
    public static void CheckAttributes(ReadOnlySpan<byte> message, int attributesField)
    {
        for (var fields = new ProtobufReader(message); fields.MoveNext();)
        {
            if (fields.Field != attributesField)
            {
                fields.Skip();
                continue;
            }

            OtlpAttributes.Split(fields.Bytes(), out _, out var value);
            CheckValue(value, 0);
        }
    }

    /// <summary>Reads through an <c>AnyValue</c>.</summary>
    /// <exception cref="MalformedRequestException">It is broken, or nested too deep.</exception>
    public static void CheckValue(ReadOnlySpan<byte> value, int depth)
    {
        if (depth > DepthMax)
            throw new MalformedRequestException($"a value is nested more than {DepthMax} deep");
        for (var fields = new ProtobufReader(value); fields.MoveNext();)
        {
            if (fields.Field is not (5 or 6))
            {
                fields.Skip();
                continue;
            }

            var isList = fields.Field == 5;
            for (var items = new ProtobufReader(fields.Bytes()); items.MoveNext();)
            {
                var item = items.Bytes();
                if (!isList)
                    OtlpAttributes.Split(item, out _, out item);
                CheckValue(item, depth + 1);
            }
        }
    }

    static void WalkScope(ReadOnlySpan<byte> resource, ReadOnlySpan<byte> group, ItemHandler take)
    {
        var scope = First(group, 1);
        CheckAttributes(scope, 3);
        for (var items = new ProtobufReader(group); items.MoveNext();)
        {
            if (items.Field == 2)
                take(resource, scope, items.Bytes());
            else
                items.Skip();
        }
    }

    static void Filter(ReadOnlySpan<byte> message, int level, ItemTest isWanted, MemoryStream filtered)
    {
        var fields = new ProtobufReader(message);
        for (var start = 0; fields.MoveNext(); start = fields.Position)
        {
            var nests = fields.Field == (level == 0 ? 1 : 2);
            if (!nests)
            {
                fields.Skip();
                filtered.Write(message[start..fields.Position]);
                continue;
            }

            var inner = fields.Bytes();
            if (level == 2)
            {
                if (isWanted(inner))
                    filtered.Write(message[start..fields.Position]);
                continue;
            }

            using var kept = new MemoryStream();
            Filter(inner, level + 1, isWanted, kept);
            filtered.WriteByte((byte)(fields.Field << 3 | 2));
            for (var length = (ulong)kept.Length; ; length >>= 7)
            {
                filtered.WriteByte((byte)(length >= 0x80 ? length | 0x80 : length));
                if (length < 0x80)
                    break;
            }

            kept.WriteTo(filtered);
        }
    }
}
