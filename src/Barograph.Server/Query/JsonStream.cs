using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Encodings.Web;
using System.Text.Json;
using Barograph.TimeSeries;

namespace Barograph.Server.Query;

/// <summary>JSON on its way to the client: written into the response's own buffers and passed on whenever a good part is full.</summary>
internal sealed class JsonStream(PipeWriter body, CancellationToken hungUp) : IAsyncDisposable
{
    // A day of one series at 15 s is 120 KB: most answers are sent whole, and a slow reader holds little memory.
    const int FlushAtBytes = 256 << 10;

    static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // "+Inf" as it is; the content type says that this is no page

    static readonly JsonWriterOptions Options = new()
    {
        Encoder = Encoder,
        SkipValidation = true,
        MaxDepth = 1 << 16, // an expression's tree is as deep as the parser lets it be
    };

    /// <summary>Writes the parts that are not samples.</summary>
    public Utf8JsonWriter Json { get; } = new(body, Options);

    // The server's own blocks have 4 KiB, and each becomes a piece of the answer that the client has to put together.
    const int BlockBytes = 32 << 10;

    // An array of a time and a value, with the comma before it.
    const int LargestSampleBytes = 8 + 2 * NumberText.LargestBytes;
    const int UsualSampleBytes = 32;

    // A comma, a bracket, ten digits of seconds, a comma and a quote.
    const int LeadBytes = 14;
    const int LeadSpanMs = 10_000_000; // in which the digits but the last four stay

    readonly byte[] _lead = new byte[Vector128<byte>.Count];
    long _leadFromMs = long.MinValue / 2; // far from any time
    long _flushed;
    long _directBytes; // past the JSON writer

    static ReadOnlySpan<byte> SampleEnd => "\"]"u8;

    /// <summary>Sends what is there when it is much; waits for a slow reader.</summary>
    public ValueTask PassOnAsync() => Json.BytesCommitted + Json.BytesPending + _directBytes - _flushed < FlushAtBytes ? default : FlushAsync();

    /// <summary>Sends what is there.</summary>
    public async ValueTask FlushAsync()
    {
        Json.Flush();
        _flushed = Json.BytesCommitted + _directBytes;
        var sent = await body.FlushAsync(hungUp);
        if (sent.IsCompleted || sent.IsCanceled)
            throw new OperationCanceledException(hungUp);
    }

    /// <summary>
    /// Sends what is left. An answer of which nothing was sent yet goes with its length and in one piece: a client need not put it together.
    /// </summary>
    public ValueTask EndAsync(HttpResponse response)
    {
        Json.Flush();
        if (!response.HasStarted)
            response.ContentLength = Json.BytesCommitted + _directBytes;
        return FlushAsync();
    }

    /// <summary>Labels as an object.</summary>
    public void Write(Labels labels)
    {
        Json.WriteStartObject();
        foreach (var (name, value) in labels.Pairs)
            Json.WriteString(name, value);
        Json.WriteEndObject();
    }

    /// <summary>A time and a value: <c>[1435781430.781,"1"]</c>.</summary>
    public void WriteSample(long timestampMs, double value)
    {
        Span<byte> pair = stackalloc byte[LargestSampleBytes];
        pair[0] = (byte)'[';
        var length = 1 + NumberText.Seconds(timestampMs, pair[1..]);
        pair[length++] = (byte)',';
        pair[length++] = (byte)'"';
        length += NumberText.Value(value, pair[length..]);
        pair[length++] = (byte)'"';
        pair[length++] = (byte)']';
        Json.WriteRawValue(pair[..length], skipInputValidation: true);
    }

    /// <summary>
    /// Some elements of an array of samples, straight into the response's buffer: most of what an answer is made of. The JSON writer has
    /// begun the array and ends it, and writes nothing between.
    /// </summary>
    /// <param name="samples">Times and values; steps without a value are left out.</param>
    /// <param name="isFirst">Whether nothing was written into this array yet; false afterwards when something was.</param>
    public void WriteSamples(SampleSpan samples, ref bool isFirst)
    {
        Json.Flush();
        var room = body.GetSpan(LargestSampleBytes); // what is left of a block will do for a few
        var at = 0;
        for (var i = 0; i < samples.Count; i++)
        {
            var value = samples.Values[i];
            if (StaleMarker.Is(value))
                continue;
            if (room.Length - at < LargestSampleBytes)
            {
                body.Advance(at);
                _directBytes += at;
                room = body.GetSpan(Math.Clamp((samples.Count - i) * UsualSampleBytes, LargestSampleBytes, BlockBytes));
                at = 0;
            }

            var sample = room.Slice(at, LargestSampleBytes);
            var length = WriteLead(samples.TimeMs(i), sample);
            if (isFirst)
                sample[1..length--].CopyTo(sample); // no comma before it
            isFirst = false;
            length += NumberText.Value(value, sample[length..]);
            SampleEnd.CopyTo(sample[length..]);
            at += length + SampleEnd.Length;
        }

        body.Advance(at);
        _directBytes += at;
    }

    /// <summary>The begin of a sample in an array: <c>,[1435781430,"</c>. Those that follow each other differ in four digits mostly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a third of what a sample takes
    int WriteLead(long timestampMs, Span<byte> into)
    {
        var sinceMs = (ulong)(timestampMs - _leadFromMs);
        if (sinceMs < LeadSpanMs)
        {
            var seconds = (uint)sinceMs / 1000;
            if (seconds * 1000 == (uint)sinceMs)
            {
                Vector128.Create(_lead).CopyTo(into); // two bytes too many, which what follows overwrites: one store
                NumberText.FourDigits(seconds, into[(LeadBytes - 6)..]);
                return LeadBytes;
            }
        }

        return WriteNewLead(timestampMs, into);
    }

    int WriteNewLead(long timestampMs, Span<byte> into)
    {
        into[0] = (byte)',';
        into[1] = (byte)'[';
        var length = 2 + NumberText.Seconds(timestampMs, into[2..]);
        into[length++] = (byte)',';
        into[length++] = (byte)'"';
        if (length == LeadBytes && timestampMs > 0 && timestampMs % 1000 == 0)
        {
            into[..LeadBytes].CopyTo(_lead);
            _leadFromMs = timestampMs - timestampMs % LeadSpanMs;
        }

        return length;
    }

    /// <summary>A time as a number of seconds.</summary>
    public void WriteSeconds(long timestampMs)
    {
        Span<byte> digits = stackalloc byte[NumberText.LargestBytes];
        Json.WriteRawValue(digits[..NumberText.Seconds(timestampMs, digits)], skipInputValidation: true);
    }

    /// <summary>A value as a string.</summary>
    public void WriteValue(double value)
    {
        Span<byte> digits = stackalloc byte[NumberText.LargestBytes];
        Json.WriteStringValue(digits[..NumberText.Value(value, digits)]);
    }

    /// <summary>Texts as an array.</summary>
    public async ValueTask WriteAsync(IEnumerable<string> texts)
    {
        Json.WriteStartArray();
        foreach (var text in texts)
        {
            Json.WriteStringValue(text);
            await PassOnAsync();
        }

        Json.WriteEndArray();
    }

    /// <summary>The first of many texts as an array.</summary>
    public async ValueTask WriteAsync(TextList texts, int count)
    {
        Json.WriteStartArray();
        for (var next = 0; next < count;)
        {
            next = WriteBlock(texts, next, count);
            await PassOnAsync();
        }

        Json.WriteEndArray();
    }

    /// <summary>As many elements as a block holds, one at least.</summary>
    /// <returns>Which comes next.</returns>
    int WriteBlock(TextList texts, int from, int count)
    {
        const int longestEscape = 6;
        const int around = 3; // a comma and two quotes
        Json.Flush();
        var room = body.GetSpan(Math.Max(BlockBytes, longestEscape * texts.Utf8(from).Length + around));
        var (at, next) = (0, from);
        for (; next < count && longestEscape * texts.Utf8(next).Length + around <= room.Length - at; next++)
        {
            var text = texts.Utf8(next);
            if (next > 0)
                room[at++] = (byte)',';
            room[at++] = (byte)'"';
            if (Encoder.FindFirstCharacterToEncodeUtf8(text) < 0)
            {
                text.CopyTo(room[at..]);
                at += text.Length;
            }
            else
            {
                Encoder.EncodeUtf8(text, room[at..], out _, out var written);
                at += written;
            }

            room[at++] = (byte)'"';
        }

        body.Advance(at);
        _directBytes += at;
        return next;
    }

    public ValueTask DisposeAsync() => Json.DisposeAsync();
}

/// <summary>Values with their times: regular ones, or one for each value.</summary>
internal readonly ref struct SampleSpan(ReadOnlySpan<double> values, long startMs, long stepMs, ReadOnlySpan<long> timestampsMs)
{
    readonly ReadOnlySpan<long> _timestampsMs = timestampsMs;

    public ReadOnlySpan<double> Values { get; } = values;

    public int Count => Values.Length;

    public long TimeMs(int index) => _timestampsMs.IsEmpty ? startMs + index * stepMs : _timestampsMs[index];
}
