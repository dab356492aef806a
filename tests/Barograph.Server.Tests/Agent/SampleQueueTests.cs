using Barograph.Server.Agent;
using Barograph.Server.Ingest;
using Barograph.Server.Ingest.RemoteWrite;
using Barograph.Server.Ingest.Wire;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Agent;

public sealed class SampleQueueTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("barograph-agent-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    SampleQueue Open(long bytesMax = 1 << 20) => SampleQueue.Open(_folder, bytesMax, TimeProvider.System);

    /// <summary>A batch that does not compress: what it takes on disk is known.</summary>
    static SampleBatch Batch(long timestampMs, int series = 20)
    {
        var random = new Random((int)timestampMs);
        var batch = new SampleBatch();
        for (var i = 0; i < series; i++)
            batch.Add(batch.AddSeries(Labels.Of("__name__", "m", "i", $"{i}")), timestampMs, i == 0 ? StaleMarker.Value : random.NextDouble());
        return batch;
    }

    static List<(long TimestampMs, long Bits)> Decode(SampleQueue queue, IReadOnlyList<SampleQueue.Entry> entries)
    {
        using var bodies = new RentedBytes();
        foreach (var entry in entries)
            Assert.True(queue.TryReadBody(entry, bodies));
        var decoded = new DecodedRequest(new IngestLimits(), new KnownMetadata());
        decoded.Begin();
        RemoteWriteV1.Decode(bodies.Written, decoded);
        return [.. decoded.Batch.TimestampsMs.ToArray().Zip(decoded.Batch.Values.ToArray().Select(BitConverter.DoubleToInt64Bits))];
    }

    [Fact]
    public async Task Records_joined_are_one_request_with_every_sample_bit_for_bit()
    {
        using var queue = Open();
        for (var time = 1; time <= 5; time++)
            await queue.AppendAsync(Batch(time), TestContext.Current.CancellationToken);
        var entries = await queue.NextAsync(1 << 20, TestContext.Current.CancellationToken);
        var expected = Enumerable.Range(1, 5).Select(static time => Batch(time))
            .SelectMany(static batch => batch.TimestampsMs.ToArray().Zip(batch.Values.ToArray().Select(BitConverter.DoubleToInt64Bits)));
        Assert.Equal(expected, Decode(queue, entries));
        Assert.Equal(1, queue.OldestMs);
        queue.Remove(entries);
        Assert.Equal((0, null), (queue.Bytes, queue.OldestMs));
    }

    [Fact]
    public async Task What_was_not_taken_is_there_after_a_restart_and_what_was_taken_is_not()
    {
        using (var queue = Open())
        {
            for (var time = 1; time <= 5; time++)
                await queue.AppendAsync(Batch(time), TestContext.Current.CancellationToken);
            var entries = await queue.NextAsync(1, TestContext.Current.CancellationToken);
            queue.Remove([Assert.Single(entries)]);
        }

        using var again = Open();
        var left = await again.NextAsync(1 << 20, TestContext.Current.CancellationToken);
        Assert.Equal([2, 3, 4, 5], left.Select(static entry => entry.NewestMs));
        Assert.Equal(80, Decode(again, left).Count);
    }

    [Fact]
    public async Task A_full_queue_drops_the_oldest_and_counts_them_and_stays_within_its_bytes()
    {
        const int Limit = 1 << 20, Batches = 500;
        using var queue = Open(Limit);
        for (var time = 1; time <= Batches; time++)
        {
            await queue.AppendAsync(Batch(time, series: 500), TestContext.Current.CancellationToken);
            Assert.True(queue.Bytes <= Limit);
        }

        var left = await queue.NextAsync(int.MaxValue, TestContext.Current.CancellationToken);
        Assert.Equal(Batches, left[^1].NewestMs);
        Assert.Equal(Enumerable.Range((int)left[0].NewestMs, left.Count), left.Select(static entry => (int)entry.NewestMs));
        Assert.Equal((Batches - left.Count) * 500, queue.DroppedSamples);
        Assert.InRange(left.Count, 100, Batches - 50);
        Assert.True(Directory.GetFiles(_folder).Sum(static file => new FileInfo(file).Length) <= Limit + (256 << 10)); // and room reserved ahead
    }

    [Fact]
    public async Task Damage_costs_the_tick_that_it_lies_in()
    {
        using (var queue = Open())
        {
            for (var time = 1; time <= 10; time++)
                await queue.AppendAsync(Batch(time), TestContext.Current.CancellationToken);
        }

        var file = Directory.GetFiles(_folder, "*.log").Single();
        var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        content[content.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(file, content, TestContext.Current.CancellationToken);
        using var again = Open();
        Assert.Equal(9, (await again.NextAsync(1 << 20, TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public void Waiting_doubles_up_to_half_a_minute_is_spread_and_honours_what_the_server_asks_for()
    {
        var backoff = new Backoff(new Random(1));
        var waits = Enumerable.Range(0, 12).Select(_ => backoff.Next(null).TotalSeconds).ToArray();
        Assert.InRange(waits[0], 0.25, 0.5);
        Assert.All(waits[8..], static wait => Assert.InRange(wait, 8, 30));
        Assert.True(waits.Distinct().Count() > 10);
        Assert.InRange(backoff.Next(TimeSpan.FromSeconds(100)).TotalSeconds, 100, 110);
        backoff.Reset();
        Assert.InRange(backoff.Next(null).TotalSeconds, 0.25, 0.5);
    }

    [Fact]
    public void Options_come_from_the_environment_and_the_command_line_and_mistakes_are_named()
    {
        var environment = new Dictionary<string, string> { ["BAROGRAPH_AGENT_TOKEN"] = "secret", ["BAROGRAPH_AGENT_SERVER"] = "http://a:1" };
        Assert.True(AgentOptions.TryRead(["--server", "https://b:2/x", "--queue-bytes=4MB", "--collect", "5s"], environment.GetValueOrDefault, out var options, out _));
        Assert.Equal(("https://b:2/x", "secret", 4 << 20, 5.0), (options.Server!.ToString(), options.Token, options.QueueBytes, options.Collect.TotalSeconds));

        Assert.False(AgentOptions.TryRead(["--queue-bytes", "1KB", "--nonsense", "--server"], static _ => null, out _, out var mistakes));
        Assert.Equal(3, mistakes.Count);
        Assert.Contains("queue-bytes: '1KB' is not allowed; allowed is a size from 1MB", mistakes[0], StringComparison.Ordinal);
        Assert.False(AgentOptions.TryRead([], static _ => null, out _, out mistakes));
        Assert.Contains("where to send to is missing", Assert.Single(mistakes), StringComparison.Ordinal);
    }
}
