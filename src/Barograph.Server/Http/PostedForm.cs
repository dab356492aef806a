using System.Buffers;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Barograph.Server.Http;

/// <summary>
/// A form as it was posted (<c>application/x-www-form-urlencoded</c>). Values are found and decoded when they are asked for: a
/// form costs its own bytes, however many values it has, and those bytes are bounded.
/// </summary>
internal sealed class PostedForm
{
    /// <summary>As many as Prometheus takes.</summary>
    public const int MaxBytes = 10 << 20;

    readonly byte[] _bytes;

    PostedForm(byte[] bytes) => _bytes = bytes;

    /// <summary>Reads the body of a request.</summary>
    /// <exception cref="BadHttpRequestException">It is too large, broken off, or has an escape that is none; with the status to answer.</exception>
    public static async ValueTask<PostedForm> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes)
            throw TooLarge();
        var body = request.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync(request.HttpContext.RequestAborted);
            if (read.Buffer.Length > MaxBytes)
                throw TooLarge();
            if (!read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            var bytes = read.Buffer.ToArray();
            body.AdvanceTo(read.Buffer.End);
            CheckEscapes(bytes);
            return new PostedForm(bytes);
        }
    }

    /// <summary>All values of a name, in their order.</summary>
    public StringValues Of(string name)
    {
        var values = new List<string>();
        var wanted = Encoding.UTF8.GetBytes(name);
        foreach (var range in _bytes.AsSpan().Split((byte)'&'))
        {
            var pair = _bytes.AsSpan(range);
            var equals = pair.IndexOf((byte)'=');
            if (!pair.IsEmpty && Is(equals < 0 ? pair : pair[..equals], name, wanted))
                values.Add(equals < 0 ? "" : Decode(pair[(equals + 1)..]));
        }

        return new StringValues([.. values]);
    }

    static bool Is(ReadOnlySpan<byte> key, string name, ReadOnlySpan<byte> wanted) =>
        key.SequenceEqual(wanted) || (key.ContainsAny((byte)'%', (byte)'+') && Decode(key) == name);

    static string Decode(ReadOnlySpan<byte> text)
    {
        if (!text.ContainsAny((byte)'%', (byte)'+'))
            return Encoding.UTF8.GetString(text);
        var decoded = ArrayPool<byte>.Shared.Rent(text.Length);
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            decoded[length++] = text[i] switch
            {
                (byte)'+' => (byte)' ',
                (byte)'%' => (byte)((HexOf(text[++i]) << 4) | HexOf(text[++i])),
                var plain => plain,
            };
        }

        var result = Encoding.UTF8.GetString(decoded, 0, length);
        ArrayPool<byte>.Shared.Return(decoded);
        return result;
    }

    static void CheckEscapes(ReadOnlySpan<byte> form)
    {
        for (var rest = form; rest.IndexOf((byte)'%') is >= 0 and var at; rest = rest[(at + 3)..])
        {
            if (rest.Length < at + 3 || HexOf(rest[at + 1]) < 0 || HexOf(rest[at + 2]) < 0)
                throw new BadHttpRequestException($"invalid URL escape \"{Encoding.UTF8.GetString(rest.Slice(at, Math.Min(3, rest.Length - at)))}\"");
        }
    }

    static int HexOf(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };

    static BadHttpRequestException TooLarge() =>
        new($"the form is larger than {MaxBytes >> 20} MiB", StatusCodes.Status413PayloadTooLarge);
}
