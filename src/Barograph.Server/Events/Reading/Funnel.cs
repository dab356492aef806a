namespace Barograph.Server.Events;

/// <summary>One step of a funnel: which events do it, all of one type.</summary>
internal sealed record FunnelStep(string Name, string Type, Func<EventRecord, bool> Does)
{
    /// <summary>Reads <c>type</c>, <c>business:name</c>, <c>feature:name</c>, <c>page:name</c>, <c>api:name</c> or <c>activity:journey/step</c>.</summary>
    public static FunnelStep Parse(string text)
    {
        var (kind, name) = text.Split(':', 2) is [var before, var after] ? (before, after) : (text, "");
        return kind switch
        {
            _ when name.Length == 0 => new FunnelStep(text, text, one => one.Type == text),
            "business" => Where(EventTypes.Business, one => one.Text("name") == name),
            "feature" or "page" or "api" => Where(EventTypes.Activity, one => one.Text(kind) == name),
            "activity" when name.Split('/', 2) is [var journey, var step] => Where(EventTypes.Activity, one => one.Text("journey") == journey && one.Text("step") == step),
            _ => new FunnelStep(text, text, one => one.Type == text),
        };

        FunnelStep Where(string type, Func<EventRecord, bool> holds) => new(text, type, one => one.Type == type && holds(one));
    }
}

/// <summary>What became of those who entered a step.</summary>
internal readonly record struct StepResult(string Step, int Entered, double Conversion, double DropOff, double? MedianSecondsFromPrevious);

/// <summary>
/// Ordered steps with conversion and drop-off. A subject does a step when it did it at or after the step before, within some time of its first step.
/// </summary>
internal sealed class Funnel
{
    const int SubjectsMax = 1_000_000;

    readonly Dictionary<string, List<(long TimeMs, string Step)>> _bySubject = new(StringComparer.Ordinal);

    public int SubjectCount => _bySubject.Count;

    /// <summary>The session, or the user, or nobody.</summary>
    public static string SubjectOf(EventRecord one) =>
        one.Text("session") is { Length: > 0 } session ? "s:" + session : one.Text("user") is { Length: > 0 } user ? "u:" + user : "";

    public void Add(string subject, long timeMs, string step)
    {
        if (subject.Length == 0)
            return;
        if (!_bySubject.TryGetValue(subject, out var did))
        {
            if (_bySubject.Count >= SubjectsMax)
                return;
            _bySubject.Add(subject, did = []);
        }

        did.Add((timeMs, step));
    }

    /// <summary>The steps in the order in which they are first reached on the average.</summary>
    public List<string> StepsInOrder()
    {
        var ranks = new Dictionary<string, (double Sum, int Count)>(StringComparer.Ordinal);
        foreach (var did in _bySubject.Values)
        {
            var rank = 0;
            foreach (var step in did.OrderBy(static one => one.TimeMs).Select(static one => one.Step).Distinct(StringComparer.Ordinal))
            {
                var (sum, count) = ranks.GetValueOrDefault(step);
                ranks[step] = (sum + rank++, count + 1);
            }
        }

        return [.. ranks.OrderBy(static rank => rank.Value.Sum / rank.Value.Count).ThenByDescending(static rank => rank.Value.Count).ThenBy(static rank => rank.Key, StringComparer.Ordinal).Select(static rank => rank.Key)];
    }

    public List<StepResult> Compute(IReadOnlyList<string> steps, long withinMs)
    {
        var entered = new int[steps.Count];
        var times = steps.Select(static _ => new List<double>()).ToArray();
        foreach (var did in _bySubject.Values)
        {
            did.Sort(static (left, right) => left.TimeMs.CompareTo(right.TimeMs));
            long firstMs = 0, previousMs = long.MinValue;
            for (var i = 0; i < steps.Count; i++)
            {
                var at = did.FindIndex(one => one.Step == steps[i] && one.TimeMs >= previousMs);
                if (at < 0 || (i > 0 && did[at].TimeMs > firstMs + withinMs))
                    break;
                entered[i]++;
                if (i == 0)
                    firstMs = did[at].TimeMs;
                else
                    times[i].Add((did[at].TimeMs - previousMs) / 1000.0);
                previousMs = did[at].TimeMs;
            }
        }

        return [.. steps.Select((step, i) => new StepResult(
            step, entered[i], entered[0] == 0 ? 0 : (double)entered[i] / entered[0], i == 0 || entered[i - 1] == 0 ? 0 : 1 - (double)entered[i] / entered[i - 1], Median(times[i])))];
    }

    static double? Median(List<double> values)
    {
        if (values.Count == 0)
            return null;
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[values.Count / 2 - 1] + values[values.Count / 2]) / 2;
    }
}
