using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Barograph.PromQL;
using Barograph.Server.Query.Prometheus;

namespace Barograph.Server.Query.Export;

/// <summary>What stands at the top of an export.</summary>
/// <param name="Expression">As it was understood, on one line.</param>
/// <param name="Times">Start, end and step.</param>
/// <param name="Unit">The unit of the values, or "" when it is not known.</param>
internal sealed record ExportHead(string Expression, QueryTimes Times, string Unit)
{
    /// <summary>The first and the last time that have a date, Unix milliseconds.</summary>
    public const long FirstMs = -62_135_596_800_000, LastMs = 253_402_300_799_999;

    /// <summary>RFC 3339 in UTC, with milliseconds.</summary>
    public static string Time(long timestampMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(timestampMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>A form in which an export is sent.</summary>
internal abstract class ExportFile : IAsyncDisposable
{
    public abstract string ContentType { get; }

    public abstract string Extension { get; }

    /// <summary>Writes the head.</summary>
    public abstract ValueTask BeginAsync();

    /// <summary>Writes a piece of the range.</summary>
    public abstract ValueTask WriteAsync(QueryResult piece);

    /// <summary>Writes the end and sends what is left.</summary>
    public abstract ValueTask EndAsync();

    public abstract ValueTask DisposeAsync();
}

/// <summary>
/// CSV (RFC 4180): the head as lines that begin with <c>#</c>, then one line for each sample: <c>time,series,value</c>.
/// Series, not columns: which labels there are is known only at the end.
/// </summary>
internal sealed class CsvExport(PipeWriter body, ExportHead head, CancellationToken hungUp) : ExportFile
{
    const int FlushAtBytes = 64 << 10;

    readonly SortedSet<string> _warnings = new(StringComparer.Ordinal);

    public override string ContentType => "text/csv; charset=utf-8";

    public override string Extension => "csv";

    public override async ValueTask BeginAsync()
    {
        var (start, end) = (ExportHead.Time(head.Times.StartMs), ExportHead.Time(head.Times.EndMs));
        Write($"# expression: {head.Expression.ReplaceLineEndings(" ")}\n# range: {start} to {end}\n# step: {Durations.Format(head.Times.StepMs)}\n");
        if (head.Unit.Length > 0)
            Write($"# unit: {head.Unit.ReplaceLineEndings(" ")}\n");
        Write("time,series,value\n");
        await FlushAsync();
    }

    public override async ValueTask WriteAsync(QueryResult piece)
    {
        foreach (var series in piece.Series)
        {
            var name = Encoding.UTF8.GetBytes($",\"{series.Labels.ToString().Replace("\"", "\"\"")}\",");
            for (var step = 0; step < series.Values.Length; step++)
            {
                if (!series.Has(step))
                    continue;
                Write(ExportHead.Time(piece.TimestampMs(step)));
                body.Write(name);
                WriteValue(series, step);
                if (body.UnflushedBytes >= FlushAtBytes)
                    await FlushAsync();
            }
        }

        _warnings.UnionWith(piece.Warnings);
    }

    public override ValueTask EndAsync()
    {
        foreach (var warning in _warnings)
            Write($"# warning: {warning.ReplaceLineEndings(" ")}\n");
        return FlushAsync();
    }

    public override ValueTask DisposeAsync() => default;

    void WriteValue(ResultSeries series, int step)
    {
        if (series.Histograms?[step] is { } histogram)
        {
            Write($"\"{HistogramText.Of(histogram)}\"\n"); // has commas, never quotes
            return;
        }

        var span = body.GetSpan(64);
        var length = NumberText.Value(series.Values[step], span);
        span[length] = (byte)'\n';
        body.Advance(length + 1);
    }

    void Write(string text) => Encoding.UTF8.GetBytes(text, body);

    async ValueTask FlushAsync()
    {
        var sent = await body.FlushAsync(hungUp);
        if (sent.IsCompleted || sent.IsCanceled)
            throw new OperationCanceledException(hungUp);
    }
}

/// <summary>One JSON object; a series comes once for each piece of the range that it has samples in, its samples as Prometheus writes them.</summary>
internal sealed class JsonExport(PipeWriter body, ExportHead head, CancellationToken hungUp) : ExportFile
{
    readonly JsonStream _stream = new(body, hungUp);
    readonly SortedSet<string> _warnings = new(StringComparer.Ordinal);

    public override string ContentType => "application/json";

    public override string Extension => "json";

    public override ValueTask BeginAsync()
    {
        var json = _stream.Json;
        json.WriteStartObject();
        json.WriteString("expression"u8, head.Expression);
        json.WriteString("start"u8, ExportHead.Time(head.Times.StartMs));
        json.WriteString("end"u8, ExportHead.Time(head.Times.EndMs));
        json.WriteString("step"u8, Durations.Format(head.Times.StepMs));
        json.WriteString("unit"u8, head.Unit);
        json.WriteStartArray("result"u8);
        return default;
    }

    public override async ValueTask WriteAsync(QueryResult piece)
    {
        foreach (var series in piece.Series)
        {
            _stream.Json.WriteStartObject();
            _stream.Json.WritePropertyName("metric"u8);
            _stream.Write(series.Labels);
            await ResultJson.WriteSamplesAsync(_stream, piece, series);
            _stream.Json.WriteEndObject();
            await _stream.PassOnAsync();
        }

        _warnings.UnionWith(piece.Warnings);
    }

    public override async ValueTask EndAsync()
    {
        _stream.Json.WriteEndArray();
        _stream.Json.WritePropertyName("warnings"u8);
        await _stream.WriteAsync(_warnings);
        _stream.Json.WriteEndObject();
        await _stream.FlushAsync();
    }

    public override ValueTask DisposeAsync() => _stream.DisposeAsync();
}
