using System.Net;
using Barograph.Client;

namespace Barograph.Bench;

/// <summary>
/// What telling something costs an application: processor time and bytes allocated on the thread that tells it, for each kind of call, and beside that what sending costs the process. The
/// server answers at once, from memory. Argument: calls of each kind (200,000 unless told).
/// </summary>
internal static class ClientBench
{
    const int Rounds = 5;

    static readonly Visitor Who = new("customer-17", "company-3", "s-20");

    public static void Run(string[] args)
    {
        var calls = args.Length > 0 ? int.Parse(args[0]) : 200_000;
        Console.WriteLine($"{"call",-34} {"ns",8} {"bytes",8}");
        Measure("business.Record, value, 2 fields", calls, static client => client.Business.Record("order", 59.90m, "EUR", Who, ("country", "DE"), ("items", 3)));
        Measure("activity.Page", calls, static client => client.Activity.Page("/products/{id}", Who));
        Measure("models.Predict", calls, static client => client.Models.Predict("fraud", "order-17", true, new() { Version = "7", Score = 0.93 }));
        Measure("tasks.Start, Succeed", calls, static client => client.Tasks.Start("import-orders").Succeed());
        Measure("tasks.Start, Succeed, not measured", calls, static client => client.Tasks.Start("import-orders").Succeed(), static options => options.MeasureTasks = false);
        MeasureSending(calls);
    }

    static void Measure(string name, int calls, Action<BarographClient> call, Action<BarographOptions>? configure = null)
    {
        using var client = Start(configure);
        var best = (Ns: double.MaxValue, Bytes: double.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            var (cpuNs, bytes) = (ThreadClock.CpuNs(), GC.GetAllocatedBytesForCurrentThread());
            for (var i = 0; i < calls / Rounds; i++)
                call(client);
            var count = calls / (double)Rounds;
            best = (Math.Min(best.Ns, (ThreadClock.CpuNs() - cpuNs) / count), Math.Min(best.Bytes, (GC.GetAllocatedBytesForCurrentThread() - bytes) / count));
        }

        Console.WriteLine($"{name,-34} {best.Ns,8:F0} {best.Bytes,8:F0}");
    }

    /// <summary>All that the process does for an event, telling it included, but for the network.</summary>
    static void MeasureSending(int calls)
    {
        using var client = Start(options => (options.BufferedEventsMax, options.BufferedBytesMax) = (calls, long.MaxValue));
        var cpu = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < calls; i++)
            client.Business.Record("order", 59.90m, "EUR", Who, ("country", "DE"), ("items", 3));
        client.FlushAsync().Wait();
        Console.WriteLine($"{"told, compressed and sent",-34} {(Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / calls,8:F0} (whole process, {client.Statistics.Accepted:N0} events)");
    }

    static BarographClient Start(Action<BarographOptions>? configure) => BarographClient.Start(options =>
    {
        options.ExportMetrics = false;
        options.HttpHandler = static () => new Willing();
        configure?.Invoke(options);
    });

    sealed class Willing : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await request.Content!.LoadIntoBufferAsync(cancellationToken);
            return new(HttpStatusCode.OK) { Content = new StringContent("""{"accepted":1000,"duplicates":0,"rejected":0,"rejections":[]}""") };
        }
    }
}
