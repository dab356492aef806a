using System.IO.Pipelines;
using System.Text;
using Barograph.Server.Query;
using Barograph.TimeSeries;

namespace Barograph.Server.Exposition;

/// <summary>Writes samples as text: Prometheus' text format or OpenMetrics. A family's samples follow its head.</summary>
internal sealed class ExpositionWriter(PipeWriter into, ExpositionFormat format)
{
    const int FlushAtBytes = 256 << 10;

    readonly StringBuilder _line = new();
    readonly byte[] _number = new byte[NumberText.LargestBytes];
    int _unflushed;

    /// <summary>Begins a family.</summary>
    /// <param name="name">Of its samples; of a histogram without <c>_bucket</c>, <c>_sum</c>, <c>_count</c>.</param>
    /// <param name="type">Its kind.</param>
    /// <param name="unit">In OpenMetrics' spelling, or "".</param>
    /// <param name="help">What it means, or "".</param>
    public void Family(string name, MetricType type, string unit = "", string help = "")
    {
        var ending = type switch { MetricType.Counter => "_total", MetricType.Info => "_info", _ => "" };
        var hasEnding = name.EndsWith(ending, StringComparison.Ordinal);
        // OpenMetrics names a family without the ending that its samples must have; Prometheus' text has no family beside its
        // samples.
        var family = format.IsOpenMetrics && hasEnding ? name[..^ending.Length] : name;
        var kind = type switch
        {
            MetricType.Unknown or MetricType.StateSet or MetricType.GaugeHistogram => format.IsOpenMetrics ? "unknown" : "untyped",
            MetricType.Info when !format.IsOpenMetrics => "gauge",
            _ when format.IsOpenMetrics && !hasEnding => "unknown",
            _ => type.ToString().ToLowerInvariant(),
        };
        var written = Quoted(format.Escape(family, isLabel: false), isLabel: false);
        if (help.Length > 0)
            _line.Append("# HELP ").Append(written).Append(' ').Append(Escaped(help, quotes: format.IsOpenMetrics)).Append('\n');
        _line.Append("# TYPE ").Append(written).Append(' ').Append(kind).Append('\n');
        if (format.IsOpenMetrics && unit.Length > 0 && family.EndsWith($"_{unit}", StringComparison.Ordinal))
            _line.Append("# UNIT ").Append(written).Append(' ').Append(unit).Append('\n');
        Pass();
    }

    /// <summary>Writes a sample.</summary>
    /// <param name="name">The metric.</param>
    /// <param name="labels">Its labels, without the metric's name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="timestampMs">When it was so, Unix milliseconds; null: now.</param>
    public void Sample(string name, IEnumerable<(string Name, string Value)> labels, double value, long? timestampMs = null)
    {
        var metric = format.Escape(name, isLabel: false);
        var isPlain = ExpositionFormat.IsPlain(metric, isLabel: false);
        var between = '{';
        if (isPlain)
        {
            _line.Append(metric);
        }
        else
        {
            _line.Append('{').Append(Quoted(metric, isLabel: false));
            between = ',';
        }

        foreach (var (label, text) in labels)
        {
            _line.Append(between).Append(Quoted(format.Escape(label, isLabel: true), isLabel: true)).Append("=\"").Append(Escaped(text, quotes: true)).Append('"');
            between = ',';
        }

        _line.Append(between == ',' ? "} " : " ");
        Number(NumberText.Value(value, _number));
        if (timestampMs is { } time)
        {
            _line.Append(' ');
            if (format.IsOpenMetrics)
                Number(NumberText.Seconds(time, _number));
            else
                _line.Append(time);
        }

        _line.Append('\n');
        Pass();
    }

    /// <summary>Ends the text.</summary>
    public void End()
    {
        if (format.IsOpenMetrics)
            _line.Append("# EOF\n");
        Pass();
    }

    /// <summary>Sends what was written when it is much: a slow reader holds little memory.</summary>
    public async ValueTask PassOnAsync(CancellationToken hungUp)
    {
        if (_unflushed < FlushAtBytes)
            return;
        _unflushed = 0;
        await into.FlushAsync(hungUp);
    }

    void Number(int length) => _line.Append(Encoding.ASCII.GetString(_number, 0, length));

    void Pass()
    {
        foreach (var chunk in _line.GetChunks())
            _unflushed += (int)Encoding.UTF8.GetBytes(chunk.Span, into);
        _line.Clear();
    }

    static string Quoted(string name, bool isLabel) => ExpositionFormat.IsPlain(name, isLabel) ? name : $"\"{Escaped(name, quotes: true)}\"";

    static string Escaped(string text, bool quotes)
    {
        if (text.AsSpan().IndexOfAny('\\', '\n', '"') < 0)
            return text;
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
