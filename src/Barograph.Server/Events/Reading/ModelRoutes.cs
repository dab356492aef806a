using System.Globalization;
using System.Text.Json;
using Barograph.Server.Query;
using Barograph.Server.Storage;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>Models, from the series that their events became.</summary>
internal static class ModelRoutes
{
    public static Task<IResult> ListAsync(HttpContext http, EventDesk events, OpenedStore opened) => EventRoutes.AnswerAsync(http, events, async (http, _, json) =>
    {
        var asked = await RequestParameters.ReadAsync(http);
        var range = EventQueries.Range(asked);
        var store = opened.Current!;
        var figures = Read(store, range, null);
        json.WriteStartArray("models");
        foreach (var model in figures.GroupBy(static one => one.Key.Model, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("model", model.Key);
            json.WriteStartArray("versions");
            foreach (var (key, version) in model)
            {
                http.RequestAborted.ThrowIfCancellationRequested();
                json.WriteStartObject();
                version.Write(json, key.Version);
                WriteMeans(json, Sums(store, "model_outcomes", range, key.Model, key.Version));
                TaskRoutes.WriteNumber(json, "psi", Compare(store, asked, range, key.Model, key.Version)?.Psi);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static Task<IResult> GetAsync(string model, HttpContext http, EventDesk events, OpenedStore opened) => EventRoutes.AnswerAsync(http, events, async (http, _, json) =>
    {
        var asked = await RequestParameters.ReadAsync(http);
        var range = EventQueries.Range(asked);
        var wanted = asked["version"];
        var store = opened.Current!;
        json.WriteString("model", model);
        json.WriteStartArray("versions");
        foreach (var ((_, version), figures) in Read(store, range, model).Where(one => wanted.Length == 0 || one.Key.Version == wanted))
        {
            http.RequestAborted.ThrowIfCancellationRequested();
            json.WriteStartObject();
            figures.Write(json, version);
            var outcomes = Sums(store, "model_outcomes", range, model, version);
            WriteMeans(json, outcomes);
            WriteClasses(json, outcomes);
            WriteDrift(json, Compare(store, asked, range, model, version));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    static SortedDictionary<(string Model, string Version), ModelFigures> Read(IMetricStore store, TimeRange range, string? model)
    {
        var all = new SortedDictionary<(string, string), ModelFigures>();
        void Take(string metric, Action<ModelFigures, double, long> take)
        {
            foreach (var (labels, sum, lastMs) in Sums(store, metric, range, model, null))
            {
                var key = (labels.Get("model"), labels.Get("version"));
                if (!all.TryGetValue(key, out var figures))
                    all.Add(key, figures = new ModelFigures());
                take(figures, sum, lastMs);
            }
        }

        Take("model_predictions", static (figures, sum, lastMs) => (figures.Predictions, figures.LastMs) = (figures.Predictions + sum, Math.Max(figures.LastMs, lastMs)));
        Take("model_judged", static (figures, sum, _) => figures.Judged += sum);
        Take("model_correct", static (figures, sum, _) => figures.Correct += sum);
        Take("model_outcomes", static (figures, sum, _) => figures.JudgedClasses += sum);
        Take("model_absolute_error", static (figures, sum, _) => figures.AbsoluteError += sum);
        Take("model_squared_error", static (figures, sum, _) => figures.SquaredError += sum);
        Take("model_duration_seconds_gsum", static (figures, sum, _) => figures.DurationSeconds += sum);
        Take("model_duration_seconds_gcount", static (figures, sum, _) => figures.Timed += sum);
        return all;
    }

    /// <summary>What the confusion matrix says of each class, in the order of their names.</summary>
    static List<ClassFigures> Classes(List<(Labels Labels, double Sum, long LastMs)> outcomes)
    {
        var classes = new SortedDictionary<string, ClassFigures>(StringComparer.Ordinal);
        ClassFigures Of(string name) => classes.TryGetValue(name, out var one) ? one : classes[name] = new ClassFigures(name);
        foreach (var (labels, sum, _) in outcomes.Where(static one => one.Sum > 0))
        {
            var (predicted, actual) = (Of(labels.Get("predicted")), Of(labels.Get("actual")));
            predicted.Predicted += sum;
            actual.Actual += sum;
            if (predicted == actual)
                actual.Right += sum;
        }

        return [.. classes.Values];
    }

    /// <summary>Precision and recall as the mean of the classes that have one: a rare class counts as much as a frequent one.</summary>
    static void WriteMeans(Utf8JsonWriter json, List<(Labels Labels, double Sum, long LastMs)> outcomes)
    {
        var classes = Classes(outcomes);
        TaskRoutes.WriteNumber(json, "precision", Mean(classes.Where(static one => one.Predicted > 0).Select(static one => one.Right / one.Predicted)));
        TaskRoutes.WriteNumber(json, "recall", Mean(classes.Where(static one => one.Actual > 0).Select(static one => one.Right / one.Actual)));

        static double? Mean(IEnumerable<double> values) => values.Cast<double?>().Average();
    }

    static void WriteClasses(Utf8JsonWriter json, List<(Labels Labels, double Sum, long LastMs)> outcomes)
    {
        json.WriteStartArray("classes");
        foreach (var one in Classes(outcomes))
        {
            json.WriteStartObject();
            json.WriteString("class", one.Name);
            TaskRoutes.WriteNumber(json, "precision", one.Predicted > 0 ? one.Right / one.Predicted : null);
            TaskRoutes.WriteNumber(json, "recall", one.Actual > 0 ? one.Right / one.Actual : null);
            TaskRoutes.WriteNumber(json, "f1", 2 * one.Right / (one.Predicted + one.Actual));
            json.WriteNumber("predicted", one.Predicted);
            json.WriteNumber("actual", one.Actual);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("confusion");
        foreach (var (labels, count, _) in outcomes.Where(static one => one.Sum > 0))
        {
            json.WriteStartObject();
            json.WriteString("predicted", labels.Get("predicted"));
            json.WriteString("actual", labels.Get("actual"));
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The predictions of a range beside those of the reference; null where one of them has none.</summary>
    static Comparison? Compare(IMetricStore store, RequestParameters asked, TimeRange range, string model, string version)
    {
        var isWhole = range.StartMs == long.MinValue || range.EndMs == long.MaxValue;
        var lengthMs = isWhole ? 0 : range.EndMs - range.StartMs;
        var reference = new TimeRange(
            asked.Time("reference_start", isWhole ? long.MinValue : range.StartMs - lengthMs), asked.Time("reference_end", isWhole ? long.MinValue : range.StartMs));
        if (reference.EndMs <= reference.StartMs)
            return null;
        var (now, before) = (Bins(store, range, model, version), Bins(store, reference, model, version));
        if (now.Count == 0 || before.Count == 0)
            return null;
        var bins = now.Keys.Union(before.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return new Comparison(reference, bins, [.. bins.Select(bin => now.GetValueOrDefault(bin))], [.. bins.Select(bin => before.GetValueOrDefault(bin))]);
    }

    static void WriteDrift(Utf8JsonWriter json, Comparison? found)
    {
        json.WritePropertyName("drift");
        if (found is not { } compared)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        TaskRoutes.WriteNumber(json, "psi", compared.Psi);
        json.WriteString("reference_start", EventTime.Write(Math.Max(0, compared.Reference.StartMs)));
        json.WriteString("reference_end", EventTime.Write(compared.Reference.EndMs));
        json.WriteStartArray("bins");
        for (var i = 0; i < compared.Bins.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("bin", compared.Bins[i]);
            json.WriteNumber("reference", compared.Before[i]);
            json.WriteNumber("current", compared.Now[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>How many predictions fell into each bin: those of the score, or the classes. Numbers without a score have none.</summary>
    static Dictionary<string, double> Bins(IMetricStore store, TimeRange range, string model, string version)
    {
        // Anybody may write series of these names: what has other labels besides is none of ours, and does not get in the way.
        var scores = Sums(store, "model_score_bucket", range, model, version)
            .Where(static one => one.Labels.Count == 4 && double.TryParse(one.Labels.Get("le"), CultureInfo.InvariantCulture, out var bound) && double.IsFinite(bound))
            .OrderBy(static one => double.Parse(one.Labels.Get("le")!, CultureInfo.InvariantCulture)).DistinctBy(static one => one.Labels.Get("le"), StringComparer.Ordinal).ToList();
        if (scores.Count == 0)
            return Sums(store, "model_predictions", range, model, version).Where(static one => one.Sum > 0 && one.Labels.Count == 4 && one.Labels.Get("predicted") is { Length: > 0 }).ToDictionary(static one => one.Labels.Get("predicted"), static one => one.Sum, StringComparer.Ordinal);
        var bins = new Dictionary<string, double>(StringComparer.Ordinal);
        double below = 0;
        foreach (var (labels, sum, _) in scores)
        {
            if (sum > below)
                bins.Add(labels.Get("le"), sum - below);
            below = Math.Max(below, sum);
        }

        return bins;
    }

    static List<(Labels Labels, double Sum, long LastMs)> Sums(IMetricStore store, string metric, TimeRange range, string? model, string? version)
    {
        List<Matcher> matchers = [new(TimeSeries.MatchType.Equal, Labels.MetricName, metric)];
        if (model is not null)
            matchers.Add(new Matcher(TimeSeries.MatchType.Equal, "model", model));
        if (version is not null)
            matchers.Add(new Matcher(TimeSeries.MatchType.Equal, "version", version));
        var sums = new List<(Labels, double, long)>();
        using var selection = store.Select(matchers, range);
        foreach (var series in selection.Series)
        {
            double sum = 0;
            long lastMs = 0;
            using var reader = series.OpenReader();
            while (reader.MoveNext())
            {
                foreach (var value in reader.Values)
                    sum += double.IsFinite(value) ? value : 0; // of somebody else's series, or its end
                lastMs = reader.TimestampsMs[^1];
            }

            if (lastMs > 0)
                sums.Add((series.Labels, sum, lastMs));
        }

        return sums;
    }
}

/// <summary>One class of a confusion matrix: how often it was predicted, how often it was so, and how often both.</summary>
internal sealed class ClassFigures(string name)
{
    public string Name => name;

    public double Predicted { get; set; }

    public double Actual { get; set; }

    public double Right { get; set; }
}

/// <summary>Counts by bin, now and in the time of the reference.</summary>
internal sealed record Comparison(TimeRange Reference, List<string> Bins, double[] Now, double[] Before)
{
    public double Psi => Drift.Psi(Now, Before);
}

/// <summary>What the series say of one version of a model in a range.</summary>
internal sealed class ModelFigures
{
    public double Predictions { get; set; }

    public double Judged { get; set; }

    public double JudgedClasses { get; set; }

    public double Correct { get; set; }

    public double AbsoluteError { get; set; }

    public double SquaredError { get; set; }

    public double DurationSeconds { get; set; }

    public double Timed { get; set; }

    public long LastMs { get; set; }

    public void Write(Utf8JsonWriter json, string version)
    {
        var numbers = Judged - JudgedClasses;
        json.WriteString("version", version);
        json.WriteNumber("predictions", Predictions);
        json.WriteNumber("judged", Judged);
        json.WriteNumber("correct", Correct);
        TaskRoutes.WriteNumber(json, "accuracy", JudgedClasses > 0 ? Correct / JudgedClasses : null);
        TaskRoutes.WriteNumber(json, "mean_absolute_error", numbers > 0 ? AbsoluteError / numbers : null);
        TaskRoutes.WriteNumber(json, "root_mean_squared_error", numbers > 0 ? Math.Sqrt(SquaredError / numbers) : null);
        TaskRoutes.WriteNumber(json, "mean_duration_seconds", Timed > 0 ? DurationSeconds / Timed : null);
        json.WriteString("last_seen", LastMs == 0 ? null : EventTime.Write(LastMs));
    }
}

/// <summary>How far two distributions are apart.</summary>
internal static class Drift
{
    /// <summary>The population stability index of counts by bin; a bin without any counts as half of one.</summary>
    public static double Psi(double[] current, double[] reference)
    {
        var now = current.Select(static count => Math.Max(count, 0.5)).ToArray();
        var before = reference.Select(static count => Math.Max(count, 0.5)).ToArray();
        var (nowSum, beforeSum) = (now.Sum(), before.Sum());
        return now.Zip(before, (p, q) => (p / nowSum - q / beforeSum) * Math.Log(p / nowSum / (q / beforeSum))).Sum();
    }
}
