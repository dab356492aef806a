using System.Text;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>
/// OpenTelemetry's names as Prometheus names, by the compatibility specification ("OTLP Metric points to Prometheus"): what is
/// not a letter, digit or colon becomes one underscore; the unit and the kind become endings, unless they are there already.
/// <c>http.server.request.duration</c> in <c>s</c> is <c>http_server_request_duration_seconds</c>.
/// </summary>
internal static class OtlpNames
{
    static readonly Dictionary<string, string> Units = new(StringComparer.Ordinal)
    {
        // time
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        // bytes
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["TiBy"] = "tibibytes",
        ["KBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["TBy"] = "terabytes",
        // the rest of the world
        ["m"] = "meters",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["J"] = "joules",
        ["W"] = "watts",
        ["g"] = "grams",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
        ["1"] = "",
        ["%"] = "percent",
    };

    static readonly Dictionary<string, string> UnitsBelow = new(StringComparer.Ordinal)
    {
        ["s"] = "second",
        ["m"] = "minute",
        ["min"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
        ["w"] = "week",
        ["mo"] = "month",
        ["y"] = "year",
    };

    static readonly byte[] LabelLetters = [.. Enumerable.Range(0, 256).Select(static letter => char.IsAsciiLetterOrDigit((char)letter) ? (byte)letter : (byte)'_')];

    /// <summary>A metric's name and unit.</summary>
    public static (string Name, string Unit) Metric(string name, string unit, MetricType type)
    {
        var tokens = Tokens(name);
        var (above, below) = SplitUnit(unit);
        var unitTokens = Tokens(above);
        if (below.Length > 0)
            unitTokens.AddRange(["per", .. Tokens(below)]);
        var metricUnit = string.Join('_', unitTokens);
        if (unitTokens.Count > 0 && !EndsWith(tokens, unitTokens))
        {
            unitTokens.RemoveAll(token => tokens.Contains(token) && token != "per");
            if (unitTokens is not ["per"])
                tokens.AddRange(unitTokens);
        }

        if (unit.Trim() == "1" && type == MetricType.Gauge)
            (tokens, metricUnit) = (Last(tokens, "ratio"), "ratio");
        if (type == MetricType.Counter)
            tokens = Last(tokens, "total");
        var joined = string.Join('_', tokens);
        return (joined.Length > 0 && char.IsAsciiDigit(joined[0]) ? "_" + joined : joined, metricUnit);
    }

    /// <summary>An attribute's key as a label name.</summary>
    /// <returns>How many bytes were written.</returns>
    public static int Label(ReadOnlySpan<byte> key, Span<byte> name)
    {
        var length = 0;
        if (!key.IsEmpty && char.IsAsciiDigit((char)key[0]))
        {
            "key_"u8.CopyTo(name);
            length = 4;
        }

        var letters = LabelLetters;
        foreach (var letter in key)
            name[length++] = letters[letter];
        return length;
    }

    static (string Above, string Below) SplitUnit(string unit)
    {
        var parts = WithoutBraces(unit).Split('/', 2);
        var above = parts[0].Trim();
        var below = parts.Length > 1 ? parts[1].Trim() : "";
        return (Units.GetValueOrDefault(above, above), UnitsBelow.GetValueOrDefault(below, below));
    }

    /// <summary>Annotations such as <c>{request}</c> say what is counted, which the name says already.</summary>
    static string WithoutBraces(string unit)
    {
        var kept = new StringBuilder();
        var depth = 0;
        foreach (var letter in unit)
        {
            depth += letter == '{' ? 1 : 0;
            if (depth == 0)
                kept.Append(letter);
            depth -= letter == '}' && depth > 0 ? 1 : 0;
        }

        return kept.ToString();
    }

    static List<string> Tokens(string text)
    {
        var cleaned = string.Create(text.Length, text, static (letters, from) =>
        {
            for (var i = 0; i < letters.Length; i++)
                letters[i] = char.IsAsciiLetterOrDigit(from[i]) || from[i] == ':' ? from[i] : ' ';
        });
        return [.. cleaned.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    static bool EndsWith(List<string> tokens, List<string> end) =>
        tokens.Count >= end.Count && tokens.TakeLast(end.Count).SequenceEqual(end);

    static List<string> Last(List<string> tokens, string ending) => [.. tokens.Where(token => token != ending), ending];
}
