using System.Text;
using Barograph.Server.Events;

namespace Barograph.Server.Tests.Events;

public sealed class EventFuzzTests
{
    [Fact]
    public async Task Whatever_comes_is_an_event_or_a_rejection()
    {
        const int Seed = 815, Rounds = 3000;
        var random = new Random(Seed);
        var samples = SomeEvents.Of(Seed, 40).Select(Encoding.UTF8.GetBytes).ToList();
        await using var house = new EventHouse();
        for (var round = 0; round < Rounds; round++)
        {
            var body = samples[random.Next(samples.Count)].Concat("\n"u8.ToArray()).Concat(samples[random.Next(samples.Count)]).ToArray();
            for (var damage = random.Next(6); damage > 0; damage--)
            {
                var at = random.Next(body.Length);
                switch (random.Next(4))
                {
                    case 0:
                        body[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        body = body[..at];
                        break;
                    case 2:
                        body = [.. body[..at], .. samples[random.Next(samples.Count)], .. body[at..]];
                        break;
                    default:
                        body = [.. body[..at], (byte)"[]{}\",:\\"[random.Next(8)], .. body[at..]];
                        break;
                }

                if (body.Length == 0)
                    break;
            }

            try
            {
                var request = new EventRequestReader(new EventParser(null), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), house.Log.OldestMs, static _ => { }).Read(body);
                foreach (var one in request.Events)
                {
                    // What was taken can be read back, and is one line.
                    var again = EventParser.Restore(one.Json, one.TimeMs, one.IdHash, one.ContentHash);
                    Assert.Equal((one.Id, one.Type, one.Fields.Length), (again.Id, again.Type, again.Fields.Length));
                    Assert.DoesNotContain((byte)'\n', one.Json.ToArray());
                }

                if (round % 10 == 0)
                    await house.Log.KeepAsync(request);
            }
            catch (Exception failure)
            {
                Assert.Fail($"seed {Seed}, round {round}: {failure}\n{Encoding.UTF8.GetString(body)}");
            }
        }

        await house.Derivation.FlushAsync();
    }
}
