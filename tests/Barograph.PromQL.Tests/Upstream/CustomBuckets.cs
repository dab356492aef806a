using System.Globalization;
using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

/// <summary>Makes native histograms with custom buckets of classic ones, as <c>load_with_nhcb</c> asks for.</summary>
internal static class CustomBuckets
{
    public static void Add(InMemorySource source, Load load)
    {
        var parts = new Dictionary<Labels, SortedDictionary<long, Parts>>();
        foreach (var line in load.Lines)
        {
            var (series, values) = SeriesNotation.Split(line);
            var labels = SeriesNotation.ParseLabels(series);
            var suffix = new[] { "_bucket", "_sum", "_count" }.FirstOrDefault(end => labels.Name.EndsWith(end, StringComparison.Ordinal));
            if (suffix is null || (suffix == "_bucket" && labels.Get("le").Length == 0))
                continue;
            var key = Labels.From(labels.Where(static label => label.Name is not ("le" or Labels.MetricName))
                .Append(new Label(Labels.MetricName, labels.Name[..^suffix.Length])));
            if (!parts.TryGetValue(key, out var times))
                parts.Add(key, times = []);
            var written = SeriesNotation.ParseValues(values);
            for (var i = 0; i < written.Count; i++)
            {
                if (written[i].Float is not { } value)
                    continue;
                if (!times.TryGetValue(i * load.StepMs, out var part))
                    times.Add(i * load.StepMs, part = new Parts());
                part.Set(suffix, labels.Get("le"), value);
            }
        }

        foreach (var (labels, times) in parts)
        {
            foreach (var (time, part) in times)
            {
                if (part.Build() is { } histogram)
                    source.Add(labels, time, histogram);
            }
        }
    }

    sealed class Parts
    {
        readonly SortedDictionary<double, double> _buckets = [];
        double? _sum;
        double? _count;

        public void Set(string suffix, string bound, double value)
        {
            if (suffix == "_sum")
                _sum = value;
            else if (suffix == "_count")
                _count = value;
            else
                _buckets.TryAdd(bound.TrimStart('+').Equals("inf", StringComparison.OrdinalIgnoreCase) ? double.PositiveInfinity : double.Parse(bound, CultureInfo.InvariantCulture), value);
        }

        public NativeHistogram? Build()
        {
            if (_buckets.Count == 0)
                return null;
            var count = _count ?? _buckets.Values.Last();
            double[] bounds = [.. _buckets.Keys.Where(double.IsFinite)];
            var (counts, previous) = (new double[bounds.Length + 1], 0.0);
            for (var i = 0; i < bounds.Length; i++)
            {
                counts[i] = _buckets[bounds[i]] - previous;
                previous = _buckets[bounds[i]];
            }

            counts[^1] = count - previous;
            return new NativeHistogram
            {
                Schema = NativeHistogram.CustomBucketsSchema,
                Count = count,
                Sum = _sum ?? 0,
                CustomBounds = bounds,
                PositiveSpans = [new BucketSpan(0, counts.Length)],
                PositiveBuckets = counts,
            };
        }
    }
}
