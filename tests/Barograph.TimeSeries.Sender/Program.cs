using System.Globalization;
using Barograph.TimeSeries;
using MatchType = Barograph.TimeSeries.MatchType;

// Appends to a store until it is killed, and says on standard output what was acknowledged: "ack <sender> <round>" or
// "refused <sender> <round>", and "open" once it is. Arguments: folder, senders, series a sender, first round, and then, if it is to
// kill itself, the name of the moment (FatalDisk); meanwhile it also compacts, deletes and backs up all the time. With "records" in its
// place it appends to a log of records instead.
var (folder, senders, seriesCount, firstRound) = (args[0], Number(1), Number(2), Number(3));
if (args is [.., "records"])
    return await SendRecordsAsync();
StoreOptions options = new()
{
    Retention = null,
    OutOfOrderWindow = null,
    MaxFuture = null,
    HeadBytesLimit = 300_000, // so that blocks are cut and merged all the time
    Disk = args.Length > 4 ? new FatalDisk(folder, args[4]) : Disk.Real,
};
MetricStore store;
try
{
    store = MetricStore.Open(folder, options);
}
catch (StoreUnavailableException cause)
{
    Console.WriteLine($"unavailable {cause.Message}");
    return 1;
}

Say("open");
if (args.Length > 4)
    _ = Task.Run(WorkUpAsync);
await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(() => SendAsync(sender))));
return 0;

// What upkeep does in hours, in a moment: whatever moment it is to die at, it comes.
async Task WorkUpAsync()
{
    for (var i = 0; ; i++)
    {
        try
        {
            store.SetMetadata("sent", new MetricMetadata(MetricType.Gauge, "", $"{firstRound}.{i}")); // another text than in an earlier life, or it is not written
            var batch = new SampleBatch();
            batch.Add(batch.AddSeries(Labels.Of("__name__", "deleted")), i * 60_000L, i);
            await store.AppendAsync(batch);
            await store.FlushAsync();
            await store.DeleteAsync([new Matcher(MatchType.Equal, "__name__", "deleted")], TimeRange.All);
            await store.CompactAsync();
            var backup = $"{folder}.backup";
            if (Directory.Exists(backup))
                Directory.Delete(backup, recursive: true);
            await store.BackupAsync(backup);
        }
        catch (IOException)
        {
            // The disk refuses: again.
        }
    }
}

async Task SendAsync(int sender)
{
    var batch = new SampleBatch();
    for (var series = 0; series < seriesCount; series++)
        batch.AddSeries(Labels.Of("__name__", "sent", "sender", $"{sender}", "series", $"{series}"));
    for (var round = firstRound; ; round++)
    {
        batch.ClearSamples();
        for (var series = 0; series < seriesCount; series++)
        {
            if (series % 4 == 3)
                batch.Add(series, round * 1000L, HistogramOf(round, series));
            else
                batch.Add(series, round * 1000L, round * 0.25 + series);
        }

        try
        {
            var result = await store.AppendAsync(batch);
            Say(result.Accepted == seriesCount ? $"ack {sender} {round}" : $"rejected {sender} {round} {result.FirstExample}");
        }
        catch (StoreUnavailableException)
        {
            Say($"refused {sender} {round}");
            await Task.Delay(20);
        }
    }
}

async Task<int> SendRecordsAsync()
{
    using var log = RecordLog.Open(folder, new RecordLogOptions { SegmentBytes = 64 << 10 });
    Say("open");
    await Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(async () =>
    {
        for (var round = firstRound; ; round++)
        {
            try
            {
                await log.AppendAsync(System.Text.Encoding.ASCII.GetBytes($"{sender} {round} {new string('x', round % 500)}"));
                Say($"ack {sender} {round}");
            }
            catch (StoreUnavailableException)
            {
                Say($"refused {sender} {round}");
                await Task.Delay(20);
            }
        }
    })));
    return 0;
}

static NativeHistogram HistogramOf(int round, int series) => new()
{
    Schema = series % 8,
    Count = round,
    Sum = round * 0.25 + series,
    PositiveSpans = [new BucketSpan(-2, 1 + round % 3)],
    PositiveBuckets = [.. Enumerable.Range(0, 1 + round % 3).Select(bucket => (double)(round + bucket))],
};

static void Say(string line)
{
    lock (Console.Out)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}

int Number(int argument) => int.Parse(args[argument], CultureInfo.InvariantCulture);
