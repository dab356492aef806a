using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Barograph.TimeSeries.Tests;

/// <summary>The same with a log of records: each sender appends its rounds, one record each.</summary>
internal sealed class RecordLedger(string folder) : SenderLedger(folder, "records")
{
    readonly string _folder = folder;

    public override long SampleCount => Acknowledged.Sum(static rounds => (long)rounds.Count);

    public override string Unit => "records";

    public override async Task<TimeSpan> VerifyAsync()
    {
        var watch = Stopwatch.StartNew();
        using var log = await OpenWhenFreeAsync(() => RecordLog.Open(_folder, new RecordLogOptions { SegmentBytes = 64 << 10 }));
        watch.Stop();
        var rounds = Enumerable.Range(0, Senders).Select(static _ => new List<int>()).ToArray();
        foreach (var segment in log.Segments)
        {
            log.Read(new RecordPlace(segment.Number, 0), (_, payload) =>
            {
                var words = Encoding.ASCII.GetString(payload).Split(' ');
                var round = int.Parse(words[1], CultureInfo.InvariantCulture);
                Expect(words[2] == new string('x', round % 500), $"round {round} has another payload");
                rounds[int.Parse(words[0], CultureInfo.InvariantCulture)].Add(round);
                return true;
            });
        }

        Expect(log.Damage.All(static damage => damage.IsUsualAfterKill), $"the log says: {string.Join("; ", log.Damage)}");
        for (var sender = 0; sender < Senders; sender++)
        {
            Expect(rounds[sender].Zip(rounds[sender].Skip(1)).All(static pair => pair.First < pair.Second), $"a record of sender {sender} is there twice or out of order");
            Expect(Acknowledged[sender].IsSubsetOf(rounds[sender]), $"sender {sender} lost rounds {string.Join(',', Acknowledged[sender].Except(rounds[sender]).Order().Take(10))}");
        }

        return watch.Elapsed;
    }
}
