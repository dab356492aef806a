using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Barograph.Server.Tests.Http;

/// <summary>An answer as it came over the wire.</summary>
/// <param name="Status">The status, or 0 when nothing came.</param>
/// <param name="Headers">By name, in any case; several of a name are joined.</param>
/// <param name="Body">The rest.</param>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>Sends bytes that no client library would send.</summary>
internal static class RawHttp
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends a request as it is written (lines end in CR LF, the empty line is added) and reads the answer until the connection ends.</summary>
    public static async Task<RawAnswer> SendAsync(Uri server, string head, string body = "")
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, patience.Token);
        await using var stream = client.GetStream();
        var sent = Encoding.Latin1.GetBytes(head.ReplaceLineEndings("\r\n") + "\r\n\r\n" + body);
        try
        {
            await stream.WriteAsync(sent, patience.Token);
        }
        catch (IOException)
        {
            // The server has answered and closed before it had all: the answer is there to read.
        }

        using var received = new MemoryStream();
        try
        {
            await stream.CopyToAsync(received, patience.Token);
        }
        catch (IOException)
        {
            // Closed with bytes unread: what came before counts.
        }

        return Parse(Encoding.UTF8.GetString(received.ToArray()));
    }

    /// <summary>Sends GET with some headers and ends the connection.</summary>
    public static Task<RawAnswer> GetAsync(Uri server, string target, params string[] headers) =>
        SendAsync(server, $"GET {target} HTTP/1.1\n{string.Join('\n', headers)}\nConnection: close");

    static RawAnswer Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return new RawAnswer(0, new Dictionary<string, string>(), text);
        var lines = text[..end].Split("\r\n");
        var headers = lines.Skip(1).Select(static line => line.Split(':', 2))
            .GroupBy(static pair => pair[0], static pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(static pairs => pairs.Key, static pairs => string.Join(", ", pairs), StringComparer.OrdinalIgnoreCase);
        var body = text[(end + 4)..];
        return new RawAnswer(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, headers.ContainsKey("Transfer-Encoding") ? Unchunk(body) : body);
    }

    /// <summary>Lengths count bytes; the text is taken as if it were bytes and read again.</summary>
    static string Unchunk(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan();
        var whole = new List<byte>();
        while (bytes.IndexOf("\r\n"u8) is > 0 and var line && int.Parse(Encoding.ASCII.GetString(bytes[..line]), NumberStyles.HexNumber) is > 0 and var length)
        {
            whole.AddRange(bytes.Slice(line + 2, length));
            bytes = bytes[(line + 2 + length + 2)..];
        }

        return Encoding.UTF8.GetString([.. whole]);
    }
}
