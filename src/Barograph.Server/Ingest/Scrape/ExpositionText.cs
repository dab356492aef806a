using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>Gets what a page of metrics says, line by line.</summary>
internal interface IExpositionReader
{
    /// <summary>One sample; the labels are in <paramref name="labels"/>, the name among them.</summary>
    void Sample(SeriesKeyBuilder labels, double value, long? timestampMs);

    /// <summary>An exemplar of the sample before; its labels, which may be none, are in <paramref name="labels"/>.</summary>
    void Exemplar(SeriesKeyBuilder labels, double value, long? timestampMs);

    /// <summary>What is known of a metric.</summary>
    void Metadata(string metric, MetricMetadata metadata);
}

/// <summary>
/// Reads Prometheus' text format 0.0.4 and OpenMetrics 1.0, which differ in few places: the unit of timestamps, exemplars, the
/// mark at the end. Names may be quoted, as Prometheus 3 writes what is not a plain name.
/// </summary>
internal ref struct ExpositionText
{
    readonly bool _isOpenMetrics;
    readonly SeriesKeyBuilder _labels, _exemplarLabels;
    byte[] _unescaped = new byte[4096];
    readonly Dictionary<string, MetricMetadata> _metadata = new(StringComparer.Ordinal);
    ReadOnlySpan<byte> _line;
    int _at, _lineNumber;

    ExpositionText(bool isOpenMetrics, SeriesKeyBuilder labels, SeriesKeyBuilder exemplarLabels)
    {
        _isOpenMetrics = isOpenMetrics;
        (_labels, _exemplarLabels) = (labels, exemplarLabels);
    }

    /// <summary>Reads a page.</summary>
    /// <param name="page">UTF-8.</param>
    /// <param name="isOpenMetrics">By its content type.</param>
    /// <param name="labels">Scratch.</param>
    /// <param name="exemplarLabels">Scratch.</param>
    /// <param name="reader">Gets the samples and, at the end, the metadata.</param>
    /// <exception cref="MalformedRequestException">It is not such a page; the message names the line.</exception>
    public static void Read(ReadOnlySpan<byte> page, bool isOpenMetrics, SeriesKeyBuilder labels, SeriesKeyBuilder exemplarLabels, IExpositionReader reader)
    {
        var text = new ExpositionText(isOpenMetrics, labels, exemplarLabels);
        var ended = false;
        while (!page.IsEmpty && !ended)
        {
            var end = page.IndexOf((byte)'\n');
            text.Begin(end < 0 ? page : page[..end]);
            page = end < 0 ? default : page[(end + 1)..];
            ended = text.ReadLine(reader);
        }

        if (isOpenMetrics && !ended)
            throw new MalformedRequestException("the page does not end with '# EOF': it was cut");
        foreach (var (metric, metadata) in text._metadata)
            reader.Metadata(metric, metadata);
    }

    void Begin(ReadOnlySpan<byte> line)
    {
        _line = line.TrimEnd((byte)'\r');
        _at = 0;
        _lineNumber++;
    }

    /// <returns>Whether this was the last line.</returns>
    bool ReadLine(IExpositionReader reader)
    {
        SkipBlanks();
        if (_at == _line.Length)
            return false;
        if (_line[_at] == '#')
            return ReadComment();
        ReadSample(reader);
        return false;
    }

    bool ReadComment()
    {
        _at++;
        SkipBlanks();
        var keyword = Token();
        if (_isOpenMetrics && keyword.SequenceEqual("EOF"u8))
            return true;
        var (isType, isHelp, isUnit) = (keyword.SequenceEqual("TYPE"u8), keyword.SequenceEqual("HELP"u8), keyword.SequenceEqual("UNIT"u8));
        if (!isType && !isHelp && !isUnit)
            return false;
        SkipBlanks();
        var metric = Encoding.UTF8.GetString(_at < _line.Length && _line[_at] == '"' ? Quoted() : Token());
        SkipBlanks();
        var rest = _line[_at..];
        var known = _metadata.GetValueOrDefault(metric, new MetricMetadata(MetricType.Unknown, "", ""));
        _metadata[metric] =
            isType ? known with { Type = TypeOf(rest.Trim((byte)' ')) }
            : isHelp ? known with { Help = Encoding.UTF8.GetString(Unescape(rest[..Math.Min(rest.Length, 4096)])) }
            : known with { Unit = Encoding.UTF8.GetString(rest.Trim((byte)' ')) };
        return false;
    }

    static MetricType TypeOf(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name) switch
    {
        "counter" => MetricType.Counter,
        "gauge" => MetricType.Gauge,
        "histogram" => MetricType.Histogram,
        "gaugehistogram" => MetricType.GaugeHistogram,
        "summary" => MetricType.Summary,
        "info" => MetricType.Info,
        "stateset" => MetricType.StateSet,
        _ => MetricType.Unknown,
    };

    void ReadSample(IExpositionReader reader)
    {
        _labels.Clear();
        var name = NameUntil((byte)'{');
        if (!name.IsEmpty)
            _labels.Add("__name__"u8, name);
        SkipBlanks();
        if (_at < _line.Length && _line[_at] == '{')
            ReadLabels(_labels);
        if (_labels.Count == 0)
            Fail("a metric name or '{' is expected");
        SkipBlanks();
        var value = Number(Token());
        SkipBlanks();
        long? timestampMs = null;
        if (_at < _line.Length && _line[_at] != '#')
            timestampMs = Timestamp(Token());
        SkipBlanks();
        var hasExemplar = _isOpenMetrics && Take((byte)'#');
        var exemplar = hasExemplar ? ReadExemplar() : default;
        if (_at < _line.Length)
            Fail("nothing more is expected");
        reader.Sample(_labels, value, timestampMs);
        if (hasExemplar)
            reader.Exemplar(_exemplarLabels, exemplar.Value, exemplar.TimestampMs);
    }

    /// <summary>What follows the '#': labels, a value, and perhaps a time.</summary>
    (double Value, long? TimestampMs) ReadExemplar()
    {
        _exemplarLabels.Clear();
        SkipBlanks();
        if (_at >= _line.Length || _line[_at] != '{')
            Fail("the labels of an exemplar are expected");
        ReadLabels(_exemplarLabels);
        SkipBlanks();
        var value = Number(Token());
        SkipBlanks();
        long? timestampMs = _at < _line.Length ? Timestamp(Token()) : null;
        SkipBlanks();
        return (value, timestampMs);
    }

    void ReadLabels(SeriesKeyBuilder labels)
    {
        _at++;
        while (true)
        {
            SkipBlanks();
            if (Take((byte)'}'))
                return;
            var isQuoted = _at < _line.Length && _line[_at] == '"';
            var name = (isQuoted ? Quoted() : NameUntil((byte)'=')).ToArray();
            SkipBlanks();
            if (Take((byte)'='))
            {
                SkipBlanks();
                if (labels.Contains(name))
                    Fail($"the label '{SeriesKeyBuilder.Printable(name)}' occurs twice");
                if (name.Length == 0)
                    Fail("a label name is expected");
                labels.Add(name, Quoted());
            }
            else if (isQuoted && labels == _labels && !labels.Contains("__name__"u8))
            {
                labels.Add("__name__"u8, name);
            }
            else
            {
                Fail("'=' is expected");
            }

            SkipBlanks();
            if (!Take((byte)',') && (_at >= _line.Length || _line[_at] != '}'))
                Fail("',' or '}' is expected");
        }
    }

    ReadOnlySpan<byte> NameUntil(byte end)
    {
        var start = _at;
        while (_at < _line.Length && _line[_at] != end && (char.IsAsciiLetterOrDigit((char)_line[_at]) || _line[_at] is (byte)'_' or (byte)':' or (byte)'.'))
            _at++;
        return _line[start.._at];
    }

    ReadOnlySpan<byte> Quoted()
    {
        if (!Take((byte)'"'))
            Fail("a quoted text is expected");
        var start = _at;
        while (_at < _line.Length && _line[_at] != '"')
            _at += _line[_at] == '\\' ? 2 : 1;
        if (_at >= _line.Length)
            Fail("a quoted text does not end");
        var raw = _line[start.._at++];
        if (!raw.Contains((byte)'\\'))
            return raw;
        return Unescape(raw);
    }

    ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> raw)
    {
        if (raw.Length > _unescaped.Length)
            _unescaped = new byte[raw.Length]; // the page is bounded
        var length = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '\\' && i + 1 < raw.Length && raw[i + 1] is (byte)'n' or (byte)'\\' or (byte)'"')
                _unescaped[length++] = raw[++i] == 'n' ? (byte)'\n' : raw[i];
            else
                _unescaped[length++] = raw[i];
        }

        return _unescaped.AsSpan(0, length);
    }

    readonly double Number(ReadOnlySpan<byte> text)
    {
        if (Utf8Parser.TryParse(text, out double value, out var used) && used == text.Length && !text.ContainsAnyInRange((byte)'f', (byte)'z'))
            return value;
        return Encoding.ASCII.GetString(text).ToUpperInvariant() switch
        {
            "NAN" => BitConverter.UInt64BitsToDouble(0x7ff8000000000001), // the ordinary NaN of Prometheus
            "+INF" or "INF" or "+INFINITY" or "INFINITY" => double.PositiveInfinity,
            "-INF" or "-INFINITY" => double.NegativeInfinity,
            _ => Fail($"'{SeriesKeyBuilder.Printable(text)}' is not a number"),
        };
    }

    readonly long Timestamp(ReadOnlySpan<byte> text)
    {
        if (!_isOpenMetrics && Utf8Parser.TryParse(text, out long milliseconds, out var used) && used == text.Length)
            return milliseconds;
        if (_isOpenMetrics && decimal.TryParse(Encoding.ASCII.GetString(text), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && Math.Abs(seconds) < long.MaxValue / 1000)
            return (long)Math.Round(seconds * 1000);
        Fail($"'{SeriesKeyBuilder.Printable(text)}' is not a timestamp");
        return 0;
    }

    ReadOnlySpan<byte> Token()
    {
        var start = _at;
        while (_at < _line.Length && _line[_at] is not ((byte)' ' or (byte)'\t'))
            _at++;
        return _line[start.._at];
    }

    bool Take(byte letter)
    {
        if (_at >= _line.Length || _line[_at] != letter)
            return false;
        _at++;
        return true;
    }

    void SkipBlanks()
    {
        while (_at < _line.Length && _line[_at] is (byte)' ' or (byte)'\t')
            _at++;
    }

    [System.Diagnostics.CodeAnalysis.DoesNotReturn]
    readonly double Fail(string what) => throw new MalformedRequestException($"line {_lineNumber}, column {Math.Min(_at, _line.Length) + 1}: {what}");
}
