using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Barograph.PromQL;
using Barograph.Server.Settings;

namespace Barograph.Server.Query.Prometheus;

/// <summary><c>/api/v1/status/…</c>.</summary>
internal static class StatusEndpoints
{
    /// <summary>The release of Prometheus whose API this is: clients look at it to know what they may ask.</summary>
    const string SpokenVersion = "3.14.0";

    static string OwnVersion =>
        typeof(StatusEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Without the key <c>features</c>: Grafana takes a server that has it for Mimir.</summary>
    public static ValueTask<PrometheusAnswer> BuildInfoAsync(HttpContext http, RequestParameters parameters, QueryDesk desk) => Texts(
        ("version", SpokenVersion),
        ("revision", $"barograph-{OwnVersion}"),
        ("branch", ""),
        ("buildUser", ""),
        ("buildDate", ""),
        ("goVersion", RuntimeInformation.FrameworkDescription));

    public static ValueTask<PrometheusAnswer> RuntimeInfoAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var settings = http.RequestServices.GetRequiredService<ServerSettings>();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var started = Time(process.StartTime.ToUniversalTime());
        return new(new PrometheusAnswer(stream =>
        {
            var json = stream.Json;
            json.WriteStartObject();
            json.WriteString("startTime"u8, started);
            json.WriteString("CWD"u8, Environment.CurrentDirectory);
            json.WriteString("hostname"u8, Environment.MachineName);
            json.WriteString("serverTime"u8, Time(now.UtcDateTime));
            json.WriteBoolean("reloadConfigSuccess"u8, true);
            json.WriteString("lastConfigTime"u8, started);
            json.WriteNumber("corruptionCount"u8, 0);
            json.WriteNumber("goroutineCount"u8, ThreadPool.ThreadCount);
            json.WriteNumber("GOMAXPROCS"u8, Environment.ProcessorCount);
            json.WriteNumber("GOMEMLIMIT"u8, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
            json.WriteString("GOGC"u8, "");
            json.WriteString("GODEBUG"u8, "");
            json.WriteString("storageRetention"u8, settings.Retention is { } kept ? Durations.Format((long)kept.TotalMilliseconds) : "");
            json.WriteEndObject();
            return default;
        }));
    }

    public static async ValueTask<PrometheusAnswer> StoreAsync(HttpContext http, RequestParameters parameters, QueryDesk desk)
    {
        var limit = 10;
        if (parameters["limit"] is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit < 1))
            throw new ApiErrorException(ApiError.BadData("limit must be a positive number"));
        var census = await http.RequestServices.GetRequiredService<StoreCensus>().TakeAsync(desk.Store, http.RequestAborted);
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();
        return new PrometheusAnswer(stream =>
        {
            var json = stream.Json;
            json.WriteStartObject();
            json.WriteStartObject("headStats"u8);
            json.WriteNumber("numSeries"u8, census.SeriesCount);
            json.WriteNumber("numLabelPairs"u8, census.SeriesByPair.Count);
            json.WriteNumber("chunkCount"u8, 0);
            json.WriteNumber("minTime"u8, census.OldestMs ?? now);
            json.WriteNumber("maxTime"u8, now);
            json.WriteEndObject();
            Write("seriesCountByMetricName", census.SeriesByMetric);
            Write("labelValueCountByLabelName", census.ValuesByName);
            Write("memoryInBytesByLabelName", census.BytesByName);
            Write("seriesCountByLabelValuePair", census.SeriesByPair);
            json.WriteEndObject();
            return default;

            void Write(string name, Dictionary<string, long> counts)
            {
                json.WriteStartArray(name);
                foreach (var (key, count) in counts.OrderByDescending(static entry => entry.Value).ThenBy(static entry => entry.Key, StringComparer.Ordinal).Take(limit))
                {
                    json.WriteStartObject();
                    json.WriteString("name"u8, key);
                    json.WriteNumber("value"u8, count);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }
        });
    }

    /// <summary>Every setting as it would be written on the command line.</summary>
    public static ValueTask<PrometheusAnswer> FlagsAsync(HttpContext http, RequestParameters parameters, QueryDesk desk) =>
        Texts([.. Settings(http).OrderBy(static setting => setting.Name, StringComparer.Ordinal)]);

    /// <summary>Every setting as barograph.yaml would have it.</summary>
    public static ValueTask<PrometheusAnswer> ConfigAsync(HttpContext http, RequestParameters parameters, QueryDesk desk) =>
        Texts(("yaml", string.Concat(Settings(http).Select(static setting => $"{setting.Name}: {JsonSerializer.Serialize(setting.Text, StatusJson.Default.String)}\n"))));

    static IEnumerable<(string Name, string Text)> Settings(HttpContext http)
    {
        var written = http.RequestServices.GetRequiredService<ServerSettings>().Written;
        return SettingsCatalogue.All.Select(setting => (setting.Name, written.GetValueOrDefault(setting.Name, setting.Default)));
    }

    static ValueTask<PrometheusAnswer> Texts(params (string Name, string Value)[] texts) => new(new PrometheusAnswer(stream =>
    {
        stream.Json.WriteStartObject();
        foreach (var (name, value) in texts)
            stream.Json.WriteString(name, value);
        stream.Json.WriteEndObject();
        return default;
    }));

    static string Time(DateTime utc) => utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}

[JsonSerializable(typeof(string))]
internal sealed partial class StatusJson : JsonSerializerContext;
