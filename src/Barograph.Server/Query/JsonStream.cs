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
        MaxDepth = 1 << 16, // an expression's tree is as deep as the parser lets it be
    };

    /// <summary>Writes the parts that are not samples.</summary>
    public Utf8JsonWriter Json { get; } = new(body, Options);

    // An array of a time and a value, with the comma before it: 1 + 1 + 20 + 1 + 1 + 32 + 1 + 1 bytes and some room.
    const int LargestSampleBytes = 96;

    long _flushed;
    long _samplesBytes;

    /// <summary>Sends what is there when it is much; waits for a slow reader.</summary>
    public ValueTask PassOnAsync() => Json.BytesCommitted + Json.BytesPending + _samplesBytes - _flushed < FlushAtBytes ? default : FlushAsync();

    /// <summary>Sends what is there.</summary>
    public async ValueTask FlushAsync()
    {
        Json.Flush();
        _flushed = Json.BytesCommitted + _samplesBytes;
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

    /// <summary>
    /// Some elements of an array of samples, straight into the response's buffer: most of what an answer is made of. The JSON writer has
    /// begun the array and ends it, and writes nothing between.
    /// </summary>
    /// <param name="samples">Times and values; steps without a value are left out.</param>
    /// <param name="isFirst">Whether nothing was written into this array yet; false afterwards when something was.</param>
    public void WriteSamples(SampleSpan samples, ref bool isFirst)
    {
        Json.Flush();
        var room = body.GetSpan(LargestSampleBytes);
        var at = 0;
        for (var i = 0; i < samples.Count; i++)
        {
            var value = samples.Values[i];
            if (StaleMarker.Is(value))
                continue;
            if (room.Length - at < LargestSampleBytes)
            {
                body.Advance(at);
                _samplesBytes += at;
                room = body.GetSpan(4096);
                at = 0;
            }

            if (!isFirst)
                room[at++] = (byte)',';
            isFirst = false;
            room[at++] = (byte)'[';
            at += NumberText.Seconds(samples.TimeMs(i), room[at..]);
            room[at++] = (byte)',';
            room[at++] = (byte)'"';
            at += NumberText.Value(value, room[at..]);
            room[at++] = (byte)'"';
            room[at++] = (byte)']';
        }

        body.Advance(at);
        _samplesBytes += at;
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

/// <summary>Values with their times: regular ones, or one for each value.</summary>
internal readonly ref struct SampleSpan(ReadOnlySpan<double> values, long startMs, long stepMs, ReadOnlySpan<long> timestampsMs)
{
    readonly ReadOnlySpan<long> _timestampsMs = timestampsMs;

    public ReadOnlySpan<double> Values { get; } = values;

    public int Count => Values.Length;

    public long TimeMs(int index) => _timestampsMs.IsEmpty ? startMs + index * stepMs : _timestampsMs[index];
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

    // Decimals of up to 15 digits are all told apart by a double: one that gives the value is its shortest text.
    const double LargestMantissa = 1e15;

    static ReadOnlySpan<double> Powers => [1, 10, 100, 1000, 10_000];

    /// <summary>The shortest digits that read back as the same number; with an exponent below 1e-6 and from 1e21 on.</summary>
    public static int Value(double value, Span<byte> into)
    {
        // What people measure mostly has few decimals; the general way costs five times as much.
        for (var places = 0; places < Powers.Length; places++)
        {
            var scaled = value * Powers[places];
            if (!(Math.Abs(scaled) < LargestMantissa))
                break;
            var mantissa = (long)scaled;
            mantissa += scaled - mantissa > 0.5 ? 1 : scaled - mantissa < -0.5 ? -1 : 0;
            if (Math.Abs(scaled - mantissa) < 1e-3 && mantissa / Powers[places] == value && mantissa != 0)
                return Decimal(mantissa, places, into);
        }

        if (!double.IsFinite(value))
        {
            var word = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
            word.CopyTo(into);
            return word.Length;
        }

        value.TryFormat(into, out var length, default, CultureInfo.InvariantCulture);
        var exponentAt = into[..length].IndexOf((byte)'E');
        if (exponentAt < 0)
            return length;
        if (Math.Abs(value) is >= 1e-6 and < 1e21)
            return WithoutExponent(into, exponentAt, length);
        into[exponentAt] = (byte)'e'; // .NET and Go agree on the rest: a sign and at least two digits
        return length;
    }

    static int Decimal(long mantissa, int places, Span<byte> into)
    {
        var sign = mantissa < 0 ? 1 : 0;
        into[0] = (byte)'-';
        into = into[sign..];
        var (whole, fraction) = Math.DivRem(Math.Abs(mantissa), (long)Powers[places]);
        Utf8Formatter.TryFormat(whole, into, out var at);
        if (places == 0)
            return sign + at;
        into[at] = (byte)'.';
        for (var digit = places; digit > 0; digit--, fraction /= 10)
            into[at + digit] = (byte)('0' + fraction % 10);
        return sign + at + 1 + places;
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
