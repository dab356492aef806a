using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Barograph.Base;

namespace Barograph.Bench;

/// <summary>
/// Milliseconds for a regular expression of each kind to look at 100,000 values, the reading of the pattern included, beside .NET's two engines. What an engine
/// refuses or what takes it longer than a minute is a dash.
/// </summary>
internal static class MatchingBench
{
    const int Count = 100_000;
    const int Alternatives = 5_000;

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static void Run(string[] args)
    {
        var values = Enumerable.Range(0, Count).Select(Pod).ToArray();
        var utf8 = Array.ConvertAll(values, Encoding.UTF8.GetBytes);
        var chosen = values.Where(static (_, number) => number % (Count / Alternatives) == 0).ToArray();
        (string What, string Pattern)[] rows =
        [
            ("5,000 alternatives", string.Join('|', chosen)),
            ("5,000 alternatives, escaped, in a group, one ending", $"({string.Join('|', chosen.Select(static pod => pod.Replace("-", @"\-")))})(:9100)?"),
            ("5,000 alternatives, any case", $"(?i){string.Join('|', chosen)}"),
            ("5,000 alternatives that go on as they like", $"(?:{string.Join('|', chosen.Select(static pod => pod[..^2]))}).*"),
            ("a prefix", "checkout-1.*"),
            ("an ending", ".*-ab0c1"),
            ("a part", ".*-77f.*"),
            ("a part, any case", "(?i).*-77F.*"),
            ("one of three parts", ".*(77f|88e|99d).*"),
            ("classes and counts", "[a-z]+-[0-9a-f]{3,10}-[a-z0-9]{5}"),
            ("words of Unicode", @"\p{L}+-(\p{L}|\p{N})+-.*[05]"),
            ("many states", ".*[0-9].{6}[a-c].{4}"),
        ];
        Console.WriteLine($"{"ms for 100,000 values",-52} {"Barograph",10} {"linear",10} {"backtrack",10} {"matches",8}");
        foreach (var (what, pattern) in rows)
        {
            var (ours, matches) = Fastest(() =>
            {
                var parsed = Re2.Parse(pattern);
                return utf8.Count(value => parsed.IsMatch(value));
            });
            var linear = Dotnet(pattern, values, matches, RegexOptions.NonBacktracking);
            var backtracking = Dotnet(pattern, values, matches, RegexOptions.None);
            Console.WriteLine($"{what,-52} {ours.ToString("F1", CultureInfo.InvariantCulture),10} {linear,10} {backtracking,10} {matches,8}");
        }

        Groups(values);
    }

#pragma warning disable MA0023, MA0009 // users' patterns have such groups, and the engines are here to be measured with them
    static void Groups(string[] values)
    {
        const string Pattern = "([a-z]+)-(.*)-([a-z0-9]+)";
        var (ours, _) = Fastest(() =>
        {
            var template = new Re2Template(Re2.Parse(Pattern), "$1/$3");
            return values.Sum(value => template.Expand(value)!.Length);
        });
        var (theirs, _) = Fastest(() =>
        {
            var regex = new Regex($@"\A{Pattern}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            return values.Sum(value => regex.Match(value).Result("$1/$3").Length);
        });
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"two groups as a new text",-52} {ours,10:F1} {theirs,10:F1}"));
    }

    static string Pod(int number) => string.Create(CultureInfo.InvariantCulture,
        $"{(number % 3) switch { 0 => "checkout", 1 => "cart", _ => "web" }}-{number * 2654435761L % 0xFFFFFFF:x}-{(char)('a' + number % 26)}b{number % 10}c{number % 7}");

    static string Dotnet(string pattern, string[] values, int expected, RegexOptions options)
    {
        try
        {
            var limit = Stopwatch.StartNew();
            var (time, matches) = Fastest(() =>
            {
                var regex = new Regex($@"\A(?s:{pattern})\z", options | RegexOptions.CultureInvariant);
                var count = 0;
                foreach (var value in values)
                {
                    count += regex.IsMatch(value) ? 1 : 0;
                    if (limit.Elapsed > Patience)
                        throw new TimeoutException();
                }

                return count;
            });
            return matches == expected ? time.ToString("F1", CultureInfo.InvariantCulture) : throw new InvalidDataException($"{pattern[..40]}: {matches}, not {expected}");
        }
        catch (Exception refused) when (refused is NotSupportedException or TimeoutException)
        {
            return "-";
        }
    }

#pragma warning restore MA0023, MA0009

    static (double Milliseconds, int Result) Fastest(Func<int> work)
    {
        var (best, result) = (double.MaxValue, 0);
        for (var round = 0; round < 3; round++)
        {
            var start = Stopwatch.GetTimestamp();
            result = work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return (best, result);
    }
}
