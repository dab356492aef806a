using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Barograph.TimeSeries;

namespace Barograph.Server.Storage.Commands;

/// <summary>A <see cref="StoreReport"/> for people, and for programs.</summary>
internal static class StoreReportText
{
    // Nothing is escaped that is a danger in a page only.
    static readonly StoreReportJson s_json = new(new JsonSerializerOptions(StoreReportJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string Json(StoreReport report) => JsonSerializer.Serialize(report, s_json.StoreReport) + "\n";

    public static string Text(StoreReport report, bool verified)
    {
        var text = new StringBuilder();
        Line(text, $"{report.Folder}: a store of format {report.FormatVersion}, {Size(report.SizeBytes)} in {report.Files.Count} files");
        Line(text, $"  series   {report.SeriesCount:N0}");
        Line(text, $"  samples  {report.BlockSampleCount:N0} in blocks, {report.LogSampleCount:N0} in the log");
        if (report is { FirstMs: { } first, LastMs: { } last })
            Line(text, $"  time     {Time(first)} to {Time(last)}");
        Line(text, $"");
        Line(text, $"  {"kind",-10} {"size",10} {"series",10} {"samples",14}  {"first",-20} {"last",-20} file");
        foreach (var file in report.Files)
            Line(text, $"  {file.Kind.ToString().ToLowerInvariant(),-10} {Size(file.SizeBytes),10} {Columns(file.Content)} {file.Path}");
        text.Append('\n').Append(DamageText(report));
        if (report.IsWhole)
            Line(text, verified ? $"Every byte was read: all is as it was written." : (FormattableString)$"What opening reads is as it was written; 'barograph store verify' reads the rest.");
        return text.ToString();
    }

    /// <summary>A line for each damage.</summary>
    public static string DamageText(StoreReport report)
    {
        var text = new StringBuilder();
        foreach (var damage in report.Damage)
            Line(text, $"{(damage.IsUsualAfterKill ? "note" : "damaged")}: {damage.File}: {damage.What}");
        if (report.LostSampleCount > 0)
            Line(text, $"{report.LostSampleCount:N0} samples in blocks are lost.");
        return text.ToString();
    }

    public static string Size(long bytes) => bytes switch
    {
        < 1 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:F1} KiB"),
        < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:F1} GiB"),
    };

    static string Columns(StoreFileContent? content) => content is null
        ? new string(' ', 10 + 1 + 14 + 2 + 20 + 1 + 20)
        : string.Create(CultureInfo.InvariantCulture, $"{content.SeriesCount,10:N0} {content.SampleCount,14:N0}  {Time(content.FirstMs),-20} {Time(content.LastMs),-20}");

    static string Time(long ms) => ms is >= -62_135_596_800_000 and < 253_402_300_800_000
        ? DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
        : ms.ToString(CultureInfo.InvariantCulture);

    static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture).TrimEnd()).Append('\n');
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(StoreReport))]
internal sealed partial class StoreReportJson : JsonSerializerContext;
