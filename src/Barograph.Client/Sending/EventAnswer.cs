using System.Text.Json;

namespace Barograph.Client;

/// <summary>What the server did with a request of events, and so what is to be done with them.</summary>
internal abstract record EventAnswer
{
    /// <summary>Each event was accepted, is known, or is refused for good: they are done with.</summary>
    public sealed record Settled(int Accepted, int Duplicates, int Rejected, string? FirstRejection) : EventAnswer;

    /// <summary>Nothing was taken, or nobody knows: the same events again, later.</summary>
    public sealed record Later(string Trouble, TimeSpan? RetryAfter) : EventAnswer;

    /// <summary>Too much at once: in halves.</summary>
    public sealed record TooLarge : EventAnswer;

    /// <summary>The encoding was not understood: without it.</summary>
    public sealed record PlainOnly : EventAnswer;

    /// <summary>Reads the body of a 200 or 400; null when it is not such an answer (a page of a proxy, say).</summary>
    public static Settled? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var answer = document.RootElement;
            if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("accepted", out var accepted) || !accepted.TryGetInt32(out var acceptedCount))
                return null;
            return new Settled(acceptedCount, Count("duplicates"), Count("rejected"), FirstOf(answer));

            int Count(string name) => answer.TryGetProperty(name, out var value) && value.TryGetInt32(out var count) ? count : 0;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    static string? FirstOf(JsonElement answer)
    {
        if (!answer.TryGetProperty("rejections", out var rejections) || rejections.ValueKind != JsonValueKind.Array || rejections.GetArrayLength() == 0)
            return null;
        var first = rejections[0];
        return $"field '{Text("field")}' {Text("rule")}, and is '{Text("value")}'";

        string Text(string name) => first.TryGetProperty(name, out var value) ? value.ToString() : "";
    }
}
