namespace Barograph.PromQL;

/// <summary>
/// What a query has to say besides its answer: warnings (the answer may be wrong) and infos (it may not be what was meant). Each text
/// once, in the order of the place in the expression; texts are upstream's. Safe from several threads.
/// </summary>
internal sealed class Annotations(string text)
{
    const int Limit = 100;

    readonly Lock _lock = new(); // guards the set
    readonly SortedSet<(int Position, bool IsWarning, string Message)> _messages = [];

    public void Warn(SourceSpan at, string message) => Add(at, isWarning: true, message);

    public void Inform(SourceSpan at, string message) => Add(at, isWarning: false, message);

    public IReadOnlyList<string> Warnings => Of(isWarning: true);

    public IReadOnlyList<string> Infos => Of(isWarning: false);

    void Add(SourceSpan at, bool isWarning, string message)
    {
        lock (_lock)
        {
            if (_messages.Count < Limit)
                _messages.Add((at.Start, isWarning, message));
        }
    }

    IReadOnlyList<string> Of(bool isWarning)
    {
        lock (_lock)
        {
            if (_messages.Count == 0)
                return [];
            return [.. _messages.Where(message => message.IsWarning == isWarning).Select(message =>
            {
                var (line, column) = ParseError.LineAndColumn(text, message.Position);
                return $"PromQL {(isWarning ? "warning" : "info")}: {message.Message} ({line}:{column})";
            })];
        }
    }
}

/// <summary>The texts of annotations that several places give.</summary>
internal static class AnnotationTexts
{
    public static string Metric(string name) => name.Length == 0 ? "" : $" for metric name {Quoting.Quote(name)}";

    public static string MixedFloatsAndHistograms(string name) => $"encountered a mix of histograms and floats{Metric(name)}";

    public static string MixedSchemas(string name) =>
        $"vector contains a mix of histograms with exponential and custom buckets schemas{Metric(name)}";

    public static string NotCounter(string name) => $"this native histogram metric is not a counter: {Quoting.Quote(name)}";

    public static string NotGauge(string name) => $"this native histogram metric is not a gauge: {Quoting.Quote(name)}";

    public static string IgnoredInRange(string name) => $"ignored histograms in a range containing both floats and histograms{Metric(name)}";

    public static string InvalidQuantile(double value) => $"quantile value should be between 0 and 1, got {Printer.Number(value)}";

    public static string Reconciled(string operation) => $"mismatched custom buckets were reconciled during {operation}";

    public const string ConflictingResets = "conflicting counter resets during histogram";
}
