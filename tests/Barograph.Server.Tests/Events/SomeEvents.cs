using System.Globalization;
using System.Text.Json;

namespace Barograph.Server.Tests.Events;

/// <summary>Events of every kind from a seed: most of the last half hour, some of days ago.</summary>
internal static class SomeEvents
{
    static readonly string[] s_types = ["import", "export", "mail"];
    static readonly string[] s_classes = ["cat", "dog", "owl"];

    public static List<string> Of(int seed, int count)
    {
        var random = new Random(seed);
        var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var events = new List<string>(count);
        for (var i = 0; events.Count < count; i++)
        {
            var ageMs = random.Next(10) == 0 ? random.NextInt64(1_800_000, 3 * 86_400_000L) : random.NextInt64(0, 1_800_000);
            foreach (var fields in Make(i, random))
            {
                fields["time"] = ((nowMs - ageMs) / 1000.0).ToString("F3", CultureInfo.InvariantCulture);
                fields.TryAdd("id", $"e{i}");
                events.Add(JsonSerializer.Serialize(fields).Replace($"\"time\":\"{fields["time"]}\"", $"\"time\":{fields["time"]}"));
            }
        }

        return events;
    }

    static IEnumerable<Dictionary<string, object>> Make(int i, Random random)
    {
        switch (random.Next(5))
        {
            case 0:
                yield return new()
                {
                    ["type"] = "task.finished",
                    ["task_id"] = $"t{i}",
                    ["task_type"] = s_types[random.Next(3)],
                    ["status"] = random.Next(5) == 0 ? "failed" : "succeeded",
                    ["duration_seconds"] = Math.Round(Math.Exp(random.NextDouble() * 8 - 4), 4),
                    ["cpu_seconds"] = random.Next(100) / 100.0,
                    ["component"] = $"c{random.Next(2)}",
                };
                break;
            case 1:
                yield return new() { ["type"] = "pipeline.stage", ["pipeline"] = "feed", ["stage"] = $"s{random.Next(2)}", ["records_in"] = random.Next(1000), ["records_out"] = random.Next(900), ["success"] = random.Next(4) > 0, ["lag_seconds"] = random.Next(60) };
                break;
            case 2:
                var isClass = random.Next(2) == 0;
                object Answer() => isClass ? s_classes[random.Next(3)] : random.Next(100);
                yield return new() { ["type"] = "model.prediction", ["model"] = isClass ? "animals" : "prices", ["version"] = $"v{random.Next(2)}", ["prediction_id"] = $"p{i}", ["predicted"] = Answer(), ["score"] = random.Next(101) / 100.0 };
                if (random.Next(4) > 0)
                    yield return new() { ["type"] = "model.outcome", ["model"] = isClass ? "animals" : "prices", ["prediction_id"] = $"p{i}", ["actual"] = Answer() };
                break;
            case 3:
                yield return new() { ["type"] = "activity", ["user"] = $"u{random.Next(300)}", ["session"] = $"s{random.Next(60)}", ["feature"] = $"f{random.Next(5)}", ["organisation"] = $"o{random.Next(3)}" };
                break;
            default:
                yield return new() { ["type"] = "business", ["name"] = random.Next(3) == 0 ? "order" : "search", ["value"] = random.Next(1, 5000) / 100.0, ["currency"] = random.Next(2) == 0 ? "EUR" : "USD", ["order_ref"] = $"r{i}" };
                break;
        }
    }
}
