using System.Text.Json;
using Barograph.Server.Query;
using Barograph.Server.Settings;

namespace Barograph.Server.Events;

/// <summary>What people do, from their events: funnels, journeys, who uses what.</summary>
internal static class ActivityRoutes
{
    const int KeysMax = 100_000;

    public static Task<IResult> JourneyFunnelAsync(HttpContext http, EventDesk events) => EventRoutes.AnswerAsync(http, events, static async (http, log, json) =>
    {
        var asked = await RequestParameters.ReadAsync(http);
        var journey = asked["journey"].Length > 0 ? asked["journey"] : throw new ApiErrorException(ApiError.Parameter("journey", "must be there"));
        var funnel = new Funnel();
        var filter = new EventFilter { Range = EventQueries.Range(asked), Types = [EventTypes.Activity], Where = [("journey", journey)] };
        var isWhole = new EventSearch(log).Scan(filter, newestSegmentFirst: true, (one, _) =>
        {
            funnel.Add(Funnel.SubjectOf(one), one.TimeMs, one.Text("step"));
            return true;
        }, http.RequestAborted);
        json.WriteString("journey", journey);
        Write(json, asked, funnel, isWhole);
    });

    public static Task<IResult> FunnelAsync(HttpContext http, EventDesk events) => EventRoutes.AnswerAsync(http, events, static async (http, log, json) =>
    {
        var asked = await RequestParameters.ReadAsync(http);
        var steps = asked.All("step").Select(static step => FunnelStep.Parse(step ?? "")).ToList();
        if (steps.Count == 0)
            throw new ApiErrorException(ApiError.Parameter("step", "must be there, for each step"));
        var funnel = new Funnel();
        var types = steps.Select(static step => step.Type).Distinct(StringComparer.Ordinal);
        var isWhole = new EventSearch(log).Scan(new EventFilter { Range = EventQueries.Range(asked), Types = [.. types] }, newestSegmentFirst: true, (one, _) =>
        {
            foreach (var step in steps.Where(step => step.Does(one)))
                funnel.Add(Funnel.SubjectOf(one), one.TimeMs, step.Name);
            return true;
        }, http.RequestAborted);
        Write(json, asked, funnel, isWhole);
    });

    public static Task<IResult> JourneysAsync(HttpContext http, EventDesk events) => EventRoutes.AnswerAsync(http, events, static async (http, log, json) =>
    {
        var asked = await RequestParameters.ReadAsync(http);
        var journeys = new SortedDictionary<string, Funnel>(StringComparer.Ordinal);
        new EventSearch(log).Scan(new EventFilter { Range = EventQueries.Range(asked), Types = [EventTypes.Activity], Has = "journey" }, newestSegmentFirst: true, (one, _) =>
        {
            var journey = one.Text("journey");
            if (journey.Length == 0 || (!journeys.ContainsKey(journey) && journeys.Count >= DerivedMetric.LabelSetsMax))
                return true;
            if (!journeys.TryGetValue(journey, out var funnel))
                journeys.Add(journey, funnel = new Funnel());
            funnel.Add(Funnel.SubjectOf(one), one.TimeMs, one.Text("step"));
            return true;
        }, http.RequestAborted);
        json.WriteStartArray("journeys");
        foreach (var (journey, funnel) in journeys)
        {
            json.WriteStartObject();
            json.WriteString("journey", journey);
            json.WriteNumber("subjects", funnel.SubjectCount);
            json.WriteStartArray("steps");
            foreach (var step in funnel.StepsInOrder())
                json.WriteStringValue(step);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static Task<IResult> UsageAsync(HttpContext http, EventDesk events) => EventRoutes.AnswerAsync(http, events, static async (http, log, json) =>
    {
        var asked = await RequestParameters.ReadAsync(http);
        var by = asked["by"].Length == 0 ? "user" : asked["by"];
        if (by is not ("user" or "organisation" or "feature" or "page" or "api"))
            throw new ApiErrorException(ApiError.Parameter("by", $"'{by}' is not user, organisation, feature, page or api"));
        var rows = new Dictionary<string, Usage>(StringComparer.Ordinal);
        var total = new Usage();
        var isWhole = new EventSearch(log).Scan(new EventFilter { Range = EventQueries.Range(asked), Types = [EventTypes.Activity], Has = by }, newestSegmentFirst: true, (one, _) =>
        {
            var key = one.Text(by);
            if (key.Length == 0)
                return true;
            if (rows.Count >= KeysMax && !rows.ContainsKey(key))
                key = DerivedMetric.Other;
            if (!rows.TryGetValue(key, out var usage))
                rows.Add(key, usage = new Usage());
            usage.Take(one);
            total.Take(one);
            return true;
        }, http.RequestAborted);
        json.WriteString("by", by);
        json.WriteStartArray("rows");
        foreach (var (key, usage) in rows.OrderByDescending(static row => row.Value.Events).ThenBy(static row => row.Key, StringComparer.Ordinal).Take(EventQueries.Limit(asked)))
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            usage.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("total");
        json.WriteNumber("keys", rows.Count);
        total.Write(json);
        json.WriteEndObject();
        json.WriteBoolean("truncated", !isWhole);
    });

    static void Write(Utf8JsonWriter json, RequestParameters asked, Funnel funnel, bool isWhole)
    {
        List<string> steps = [.. asked.All("step").Select(static step => step ?? "")];
        if (steps.Count == 0)
            steps = funnel.StepsInOrder();
        var within = asked["within"].Length == 0 ? TimeSpan.FromDays(1)
            : Duration.TryParse(asked["within"], out var told) ? told : throw new ApiErrorException(ApiError.Parameter("within", $"'{asked["within"]}' is not a time such as 1h or 1d"));
        json.WriteStartArray("steps");
        foreach (var step in funnel.Compute(steps, (long)within.TotalMilliseconds))
        {
            json.WriteStartObject();
            json.WriteString("step", step.Step);
            json.WriteNumber("entered", step.Entered);
            json.WriteNumber("conversion", step.Conversion);
            json.WriteNumber("drop_off", step.DropOff);
            TaskRoutes.WriteNumber(json, "median_seconds_from_previous", step.MedianSecondsFromPrevious);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("subjects", funnel.SubjectCount);
        json.WriteBoolean("truncated", !isWhole);
    }

    sealed class Usage
    {
        readonly Sketch _sessions = new(), _users = new();
        long _apiCalls, _apiErrors, _lastMs;

        public long Events { get; private set; }

        public void Take(EventRecord one)
        {
            Events++;
            _lastMs = Math.Max(_lastMs, one.TimeMs);
            if (!one["api"].IsMissing)
            {
                _apiCalls++;
                _apiErrors += int.TryParse(one.Text("status"), out var status) && status >= 400 ? 1 : 0;
            }

            if (one.Text("session") is { Length: > 0 } session)
                _sessions.Add(StableHash.Of(session));
            if (one.Text("user") is { Length: > 0 } user)
                _users.Add(StableHash.Of(user));
        }

        public void Write(Utf8JsonWriter json)
        {
            json.WriteNumber("events", Events);
            json.WriteNumber("api_calls", _apiCalls);
            json.WriteNumber("api_errors", _apiErrors);
            json.WriteNumber("users", Math.Round(_users.Estimate()));
            json.WriteNumber("sessions", Math.Round(_sessions.Estimate()));
            json.WriteString("last_seen", _lastMs == 0 ? null : EventTime.Write(_lastMs));
        }
    }
}
