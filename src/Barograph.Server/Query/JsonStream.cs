using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Barograph.TimeSeries;

namespace Barograph.Server.Query;

/// <summary>JSON on its way to the client: written into the response's own buffers and passed on whenever a good part is full.</summary>
internal sealed class JsonStream(PipeWriter body, CancellationToken hungUp) : IAsyncDisposable
{
    // As much as is worth a packet or two, and little enough that a slow reader holds no memory.
    const int FlushAtBytes = 64 << 10;

    static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // "+Inf" as it is; the content type says that this is no page
        SkipValidation = true,
    };

    /// <summary>Writes the parts that are not samples.</summary>
    public Utf8JsonWriter Json { get; } = new(body, Options);

    long _flushed;

    /// <summary>Sends what is there when it is much; waits for a slow reader.</summary>
    public ValueTask PassOnAsync() => Json.BytesCommitted + Json.BytesPending - _flushed < FlushAtBytes ? default : FlushAsync();

    /// <summary>Sends what is there.</summary>
    public async ValueTask FlushAsync()
    {
        Json.Flush();
        _flushed = Json.BytesCommitted;
        var sent = await body.FlushAsync(hungUp);
        if (sent.IsCompleted || sent.IsCanceled)
            throw new OperationCanceledException(hungUp);
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
        Span<byte> pair = stackalloc byte[128];
        pair[0] = (byte)'[';
        var length = 1 + NumberText.Seconds(timestampMs, pair[1..]);
        pair[length++] = (byte)',';
        pair[length++] = (byte)'"';
        length += NumberText.Value(value, pair[length..]);
        pair[length++] = (byte)'"';
        pair[length++] = (byte)']';
        Json.WriteRawValue(pair[..length], skipInputValidation: true);
    }

    /// <summary>A time as a number of seconds.</summary>
    public void WriteSeconds(long timestampMs)
    {
        Span<byte> digits = stackalloc byte[32];
        Json.WriteRawValue(digits[..NumberText.Seconds(timestampMs, digits)], skipInputValidation: true);
    }

    /// <summary>A value as a string.</summary>
    public void WriteValue(double value)
    {
        Span<byte> digits = stackalloc byte[64];
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

    public ValueTask DisposeAsync() => Json.DisposeAsync();
}

/// <summary>Numbers as Prometheus writes them, in UTF-8.</summary>
internal static class NumberText
{
    /// <summary>Unix milliseconds as seconds, with three decimals where there are any.</summary>
    public static int Seconds(long timestampMs, Span<byte> into)
    {
        var (whole, fraction) = Math.DivRem(timestampMs, 1000);
        var at = 0;
        if (timestampMs < 0)
        {
            into[at++] = (byte)'-';
            (whole, fraction) = (-whole, -fraction);
        }

        Utf8Formatter.TryFormat(whole, into[at..], out var written);
        at += written;
        if (fraction == 0)
            return at;
        into[at++] = (byte)'.';
        Utf8Formatter.TryFormat(fraction, into[at..], out written, new StandardFormat('D', 3));
        return at + written;
    }

    /// <summary>The shortest digits that read back as the same number; with an exponent below 1e-6 and from 1e21 on.</summary>
    public static int Value(double value, Span<byte> into)
    {
        if (!double.IsFinite(value))
        {
            var word = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
            word.CopyTo(into);
            return word.Length;
        }

        value.TryFormat(into, out var length, "R", CultureInfo.InvariantCulture);
        var exponentAt = into[..length].IndexOf((byte)'E');
        if (exponentAt < 0)
            return length;
        if (Math.Abs(value) is >= 1e-6 and < 1e21)
            return WithoutExponent(into, exponentAt, length);
        into[exponentAt] = (byte)'e'; // .NET and Go agree on the rest: a sign and at least two digits
        return length;
    }

    static int WithoutExponent(Span<byte> text, int exponentAt, int length)
    {
        _ = Utf8Parser.TryParse(text[(exponentAt + 1)..length], out int exponent, out _);
        Span<byte> digits = stackalloc byte[24];
        var (count, whole, negative) = (0, -1, text[0] == '-');
        foreach (var letter in text[(negative ? 1 : 0)..exponentAt])
        {
            if (letter == '.')
                whole = count;
            else
                digits[count++] = letter;
        }

        whole = (whole < 0 ? count : whole) + exponent; // how many digits stand before the point
        var at = negative ? 1 : 0;
        if (whole <= 0)
        {
            "0."u8.CopyTo(text[at..]);
            text.Slice(at + 2, -whole).Fill((byte)'0');
            digits[..count].CopyTo(text[(at + 2 - whole)..]);
            return at + 2 - whole + count;
        }

        digits[..Math.Min(whole, count)].CopyTo(text[at..]);
        if (whole >= count)
        {
            text.Slice(at + count, whole - count).Fill((byte)'0');
            return at + whole;
        }

        text[at + whole] = (byte)'.';
        digits[whole..count].CopyTo(text[(at + whole + 1)..]);
        return at + count + 1;
    }
}
