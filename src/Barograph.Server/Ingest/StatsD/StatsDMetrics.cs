using System.Diagnostics.CodeAnalysis;
using System.Text;
using Barograph.Server.Ingest.Wire;
using Barograph.Server.Sources;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.StatsD;

/// <summary>
/// What StatsD's packets add up to between two flushes. The rules of names are in docs/ingest.md. Everything here is memory: it
/// starts anew with the server, which rates take for the counter reset that it is. Used under one lock.
/// </summary>
internal sealed class StatsDMetrics
{
    /// <summary>Metrics beyond it are refused: names and tags are the sender's to invent.</summary>
    public const int MetricsMax = 100_000;

    const int SetMembersMax = 100_000;
    static readonly TimeSpan ForgetAfter = TimeSpan.FromHours(1);
    static readonly (double Share, string Text)[] Quantiles = [(0.5, "0.5"), (0.9, "0.9"), (0.95, "0.95"), (0.99, "0.99")];

    readonly Dictionary<byte[], Metric> _metrics = new(KeyComparer.Instance);
    readonly SeriesKeyBuilder _labels = new();
    readonly byte[] _name = new byte[SeriesKeyBuilder.NameBytesMax];

    /// <summary>One metric with its tags.</summary>
    sealed class Metric
    {
        /// <summary>The keys of its series: one, or sum, count and quantiles.</summary>
        public required byte[][] Keys { get; init; }
        public required StatsDType Type { get; init; }
        public DateTimeOffset TouchedAt { get; set; }
        public bool IsNew { get; set; } = true;
        public double Value { get; set; }
        public double Count { get; set; }
        public ObservationSketch? Observed { get; init; }
        public HashSet<ulong>? Members { get; init; }
    }

    /// <summary>How many metrics are held.</summary>
    public int Count => _metrics.Count;

    /// <summary>Adds what a line says. A metric begins with its first value that is taken.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="now">For what is to be forgotten.</param>
    /// <param name="refused">Gets what is wrong.</param>
    /// <returns>How many values were taken.</returns>
    public int Add(ReadOnlySpan<byte> line, DateTimeOffset now, RefusedList refused)
    {
        if (!StatsDLine.TryRead(line, out var read, out var problem))
        {
            refused.Add(RefusalReason.MalformedPart, 1, problem);
            return 0;
        }

        if (!TryFind(read, out var metric, out var key, out problem))
        {
            var isFull = _metrics.Count >= MetricsMax;
            refused.Add(isFull ? RefusalReason.TooManySeries : RefusalReason.MalformedPart, 1, $"'{SeriesKeyBuilder.Printable(line)}': {problem}");
            return 0;
        }

        var taken = 0;
        var values = read.Values;
        while (!values.IsEmpty)
        {
            var text = StatsDLine.Take(ref values, (byte)':');
            if (read.FindProblem(text, out var value) is { } wrong)
            {
                refused.Add(RefusalReason.MalformedPart, 1, $"'{SeriesKeyBuilder.Printable(line)}': {wrong}");
                continue;
            }

            Apply(metric ??= Create(read, key), text, value, read.Weight);
            metric.TouchedAt = now;
            taken++;
        }

        return taken;
    }

    /// <summary>Writes the state at a flush, and starts the next interval.</summary>
    /// <param name="decoded">Gets the samples.</param>
    /// <param name="timestampMs">The moment.</param>
    /// <param name="zeroMs">When new counters were 0, so that their first increments are seen as such; null to leave it out.</param>
    /// <param name="now">For what is to be forgotten.</param>
    public void Flush(DecodedRequest decoded, long timestampMs, long? zeroMs, DateTimeOffset now)
    {
        foreach (var (key, metric) in _metrics)
        {
            var isForgotten = now - metric.TouchedAt > ForgetAfter;
            if (isForgotten)
                _metrics.Remove(key);
            if (metric.IsNew && !isForgotten && zeroMs is { } zero && metric.Type is StatsDType.Counter or StatsDType.Timer or StatsDType.Histogram)
                WriteZeros(decoded, metric, zero);
            metric.IsNew = false;
            Write(decoded, metric, timestampMs, isForgotten);
        }
    }

    static void Apply(Metric metric, ReadOnlySpan<byte> text, double value, double weight)
    {
        switch (metric.Type)
        {
            case StatsDType.Set:
                if (metric.Members!.Count < SetMembersMax)
                    metric.Members.Add(HashOf(text));
                break;
            case StatsDType.Counter:
                metric.Value += value * weight;
                break;
            case StatsDType.Gauge:
                metric.Value = text[0] is (byte)'+' or (byte)'-' ? metric.Value + value : value;
                break;
            default:
                value = metric.Type == StatsDType.Timer ? value / 1000 : value;
                metric.Observed!.Add(value, weight);
                metric.Value += value * weight;
                metric.Count += weight;
                break;
        }
    }

    static void WriteZeros(DecodedRequest decoded, Metric metric, long timestampMs)
    {
        for (var i = 0; i < Math.Min(2, metric.Keys.Length); i++)
            decoded.Add(decoded.Batch.AddSeries(metric.Keys[i]), timestampMs, 0);
    }

    static void Write(DecodedRequest decoded, Metric metric, long timestampMs, bool isForgotten)
    {
        void Add(int key, double value) =>
            decoded.Add(decoded.Batch.AddSeries(metric.Keys[key]), timestampMs, isForgotten ? StaleMarker.Value : value);

        Add(0, metric.Members?.Count ?? metric.Value);
        metric.Members?.Clear();
        if (metric.Observed is not { } observed)
            return;
        Add(1, metric.Count);
        for (var i = 0; i < Quantiles.Length; i++)
            Add(2 + i, observed.IsEmpty ? StaleMarker.Value : observed.Quantile(Quantiles[i].Share));
        observed.Clear();
    }

    /// <summary>Finds the metric of a line, or room for it.</summary>
    /// <param name="line">The line.</param>
    /// <param name="metric">The metric, or null when it is new.</param>
    /// <param name="key">The key of its first series, valid until the next line.</param>
    /// <param name="problem">Why there is neither.</param>
    bool TryFind(StatsDLine line, out Metric? metric, out ReadOnlySpan<byte> key, [NotNullWhen(false)] out string? problem)
    {
        metric = null;
        if (!TryKey(line, Suffix(line.Type), "", out key, out problem))
            return false;
        if (_metrics.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out metric))
            problem = metric.Type == line.Type ? null : $"the metric is a {metric.Type.ToString().ToLowerInvariant()} already";
        else if (_metrics.Count >= MetricsMax)
            problem = $"{MetricsMax} metrics are held, which is the limit; this one is new";
        return problem is null;
    }

    Metric Create(StatsDLine line, ReadOnlySpan<byte> keyOfFirst)
    {
        var key = keyOfFirst.ToArray();
        byte[][] keys = [key];
        var isObserved = line.Type is StatsDType.Timer or StatsDType.Histogram;
        if (isObserved)
        {
            var unit = line.Type == StatsDType.Timer ? "_seconds" : "";
            keys = new byte[2 + Quantiles.Length][];
            (keys[0], keys[1]) = (key, Key(line, $"{unit}_count", ""));
            for (var i = 0; i < Quantiles.Length; i++)
                keys[2 + i] = Key(line, unit, Quantiles[i].Text);
        }

        return _metrics[key] = new Metric
        {
            Keys = keys,
            Type = line.Type,
            Observed = isObserved ? new ObservationSketch() : null,
            Members = line.Type == StatsDType.Set ? [] : null,
        };
    }

    byte[] Key(StatsDLine line, string suffix, string quantile) => TryKey(line, suffix, quantile, out var key, out _) ? key.ToArray() : [];

    static string Suffix(StatsDType type) => type switch
    {
        StatsDType.Counter => "_total",
        StatsDType.Timer => "_seconds_sum",
        StatsDType.Histogram => "_sum",
        _ => "",
    };

    bool TryKey(StatsDLine line, string suffix, string quantile, out ReadOnlySpan<byte> key, [NotNullWhen(false)] out string? problem)
    {
        key = default;
        if (line.Name.Length > _name.Length / 2)
        {
            problem = $"the name has {line.Name.Length} bytes; at most {_name.Length / 2} are read";
            return false;
        }

        var length = Sanitize(line.Name, _name);
        length = WithSuffix(length, suffix);
        _labels.Clear();
        _labels.Add("__name__"u8, _name.AsSpan(0, length));
        Span<byte> tag = stackalloc byte[256];
        var tags = line.Tags;
        while (!tags.IsEmpty)
        {
            var pair = StatsDLine.Take(ref tags, (byte)',');
            var value = pair;
            var name = StatsDLine.Take(ref value, (byte)':');
            if (name.IsEmpty || name.Length > tag.Length)
                continue; // a comma too many; what is longer no store takes
            var label = tag[..Sanitize(name, tag)];
            if (!_labels.Contains(label)) // the first of several wins
                _labels.Add(label, value.IsEmpty ? "true"u8 : value);
        }

        if (!_labels.Contains("job"u8))
            _labels.Add("job"u8, "statsd"u8);
        if (quantile.Length > 0 && !_labels.Contains("quantile"u8))
            _labels.Add("quantile", quantile);
        return _labels.TryBuild(out key, out problem);
    }

    int WithSuffix(int length, string suffix)
    {
        var bytes = Encoding.ASCII.GetBytes(suffix);
        var name = _name.AsSpan(0, length);
        if (name.EndsWith(bytes))
            return length;
        if (bytes.AsSpan().StartsWith("_seconds"u8) && name.EndsWith("_seconds"u8))
            bytes = bytes["_seconds".Length..];
        bytes.CopyTo(_name, length);
        return length + bytes.Length;
    }

    /// <summary>Everything but letters, digits and underscores becomes an underscore; a digit does not stand first.</summary>
    static int Sanitize(ReadOnlySpan<byte> text, Span<byte> name)
    {
        for (var i = 0; i < text.Length; i++)
            name[i] = char.IsAsciiLetterOrDigit((char)text[i]) && !(i == 0 && char.IsAsciiDigit((char)text[i])) ? text[i] : (byte)'_';
        return text.Length;
    }

    /// <summary>FNV-1a; two members of a set that share it count as one.</summary>
    static ulong HashOf(ReadOnlySpan<byte> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text)
            hash = (hash ^ letter) * 1099511628211;
        return hash;
    }
}
