using System.Globalization;
using Barograph.PromQL;
using Barograph.TimeSeries;

namespace Barograph.Server.Storage.Commands;

/// <summary>What <c>barograph store dump</c> is to print.</summary>
internal sealed record DumpOptions(IReadOnlyList<Matcher> Matchers, TimeRange Range)
{
    public static bool TryRead(string[] options, out DumpOptions wanted, out string? mistake)
    {
        wanted = new DumpOptions([], TimeRange.All);
        mistake = null;
        for (var i = 0; i < options.Length && mistake is null; i += 2)
        {
            var value = i + 1 < options.Length ? options[i + 1] : null;
            mistake = (options[i], value) switch
            {
                ("--match" or "--from" or "--to", null) => $"{options[i]} needs a value",
                ("--match", _) => TryMatch(value!, ref wanted),
                ("--from", _) => TryTime(value!, out var fromMs) ? Keep(ref wanted, wanted with { Range = wanted.Range with { StartMs = fromMs } }) : NoTime(options[i], value!),
                ("--to", _) => TryTime(value!, out var toMs) ? Keep(ref wanted, wanted with { Range = wanted.Range with { EndMs = toMs } }) : NoTime(options[i], value!),
                _ => $"unknown option '{options[i]}'; there are --match, --from and --to",
            };
        }

        return mistake is null;
    }

    static string? Keep(ref DumpOptions wanted, DumpOptions better)
    {
        wanted = better;
        return null;
    }

    static string? TryMatch(string selector, ref DumpOptions wanted)
    {
        try
        {
            wanted = wanted with { Matchers = [.. Parser.ParseSelector(selector).AllMatchers.Select(static matcher => new Matcher(matcher.Match, matcher.Name, matcher.Value))] };
            return null;
        }
        catch (Exception cause) when (cause is PromQLSyntaxException or ArgumentException)
        {
            return $"--match: {cause.Message}";
        }
    }

    static string NoTime(string option, string value) => $"{option}: '{value}' is no time; allowed is 2026-01-31T12:00:00Z or Unix seconds";

    static bool TryTime(string text, out long timeMs)
    {
        var isSeconds = double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds);
        if (isSeconds && Math.Abs(seconds) < 1e12)
        {
            timeMs = (long)Math.Round(seconds * 1000);
            return true;
        }

        var isDate = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
        timeMs = time.ToUnixTimeMilliseconds();
        return isDate && !isSeconds;
    }
}
