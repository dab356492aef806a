using System.Globalization;
using System.Text.Unicode;

namespace Barograph.TimeSeries;

/// <summary>Sentences on samples that were refused: which series, at what time, what is wrong with it, and the limit where one was passed.</summary>
internal static class Rejection
{
    const int ExcerptLongest = 200;

    /// <summary>1980: no clock that runs shows such a time, but one of another unit does.</summary>
    const long PlausibleFromMs = 315_532_800_000;

    public static string Describe(RejectReason reason, ReadOnlySpan<byte> key, long timeMs, StoreOptions options)
    {
        var series = Excerpt(key);
        var time = timeMs is >= 0 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)
            : timeMs.ToString(CultureInfo.InvariantCulture);
        return reason switch
        {
            RejectReason.TooOld => $"{series} at {time} is too old: {TooOld(timeMs, options)}.",
            RejectReason.TooFarInFuture => $"{series} at {time} is more than {Text(options.MaxFuture ?? default)} ahead of this machine's clock (MaxFuture).",
            RejectReason.DuplicateTimestamp => $"{series} has another value at {time} already; the first one stays.",
            RejectReason.SeriesLimit => $"{series} is new and the SeriesLimit of {options.SeriesLimit} is reached; raise it or drop labels.",
            RejectReason.NewSeriesRate =>
                $"{series} is new and more than {options.NewSeriesPerSecond} new series came within a second (NewSeriesPerSecond); send it again later.",
            RejectReason.LabelLimit => $"{series} {PassedLimit(key, options)}.",
            RejectReason.InvalidHistogram => $"{series} at {time} is no native histogram",
            _ => $"{series} is not a series: {Fault(key)}.",
        };
    }

    static string TooOld(long timeMs, StoreOptions options)
    {
        if (timeMs < 0)
            return "before 1970";
        if (timeMs < PlausibleFromMs)
            return "is it in the unit that was expected?";
        return options.Retention is { } kept && timeMs < options.Clock.GetUtcNow().ToUnixTimeMilliseconds() - kept.TotalMilliseconds
            ? $"older than the {Text(kept)} that samples are kept (Retention)"
            : $"more than {Text(options.OutOfOrderWindow ?? default)} behind the newest sample of its series, or behind now where that one lies in the future (OutOfOrderWindow)";
    }

    static string PassedLimit(ReadOnlySpan<byte> key, StoreOptions options)
    {
        var labels = new SeriesKey(key);
        var count = 0;
        while (labels.MoveNext())
        {
            count++;
            if (labels.Name.Length > options.LabelNameBytesLimit)
                return $"has a label whose name has {labels.Name.Length} bytes; the most is {options.LabelNameBytesLimit} (LabelNameBytesLimit)";
            if (labels.Value.Length > options.LabelValueBytesLimit)
                return $"has a label whose value has {labels.Value.Length} bytes; the most is {options.LabelValueBytesLimit} (LabelValueBytesLimit)";
        }

        return $"has {count} labels; the most are {options.LabelCountLimit} (LabelCountLimit)";
    }

    static string Fault(ReadOnlySpan<byte> key)
    {
        var labels = new SeriesKey(key);
        ReadOnlySpan<byte> previous = [];
        while (labels.MoveNext())
        {
            if (labels.Name.IsEmpty || labels.Value.IsEmpty)
                return "a label has no name or no value";
            if (!Utf8.IsValid(labels.Name) || !Utf8.IsValid(labels.Value))
                return "a label is not UTF-8";
            if (previous.SequenceCompareTo(labels.Name) >= 0)
                return "its labels are not sorted by name, or one is there twice";
            previous = labels.Name;
        }

        return key.IsEmpty ? "it has no labels" : "its labels cannot be read to their end";
    }

    /// <summary>The labels as far as they can be read and as is good for a sentence; what is not UTF-8 or no sign to print is replaced.</summary>
    static string Excerpt(ReadOnlySpan<byte> key)
    {
        var text = SeriesKey.Decode(key).ToString();
        var cut = text.Length > ExcerptLongest ? text[..ExcerptLongest] + "…" : text;
        return string.Concat(cut.Select(static sign => char.IsControl(sign) ? '?' : sign));
    }

    /// <summary>As options are written: 90s, 10m, 1h, 365d.</summary>
    static string Text(TimeSpan time) => time switch
    {
        { Ticks: 0 } => "0s",
        _ when time.Ticks % TimeSpan.TicksPerDay == 0 => $"{time.Days}d",
        _ when time.Ticks % TimeSpan.TicksPerHour == 0 => $"{(long)time.TotalHours}h",
        _ when time.Ticks % TimeSpan.TicksPerMinute == 0 => $"{(long)time.TotalMinutes}m",
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s"),
    };
}
