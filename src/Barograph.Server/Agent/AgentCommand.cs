using Barograph.Server.Collect;
using Barograph.Server.Collect.Host;
using Barograph.Server.Data;
using Barograph.Server.Measures;
using Barograph.Server.Processes;
using Barograph.TimeSeries;

namespace Barograph.Server.Agent;

/// <summary><c>barograph agent</c>: measures this host and sends it to a server elsewhere. Described in docs/agent.md.</summary>
internal static class AgentCommand
{
    const int WrongUse = 2;

    /// <summary>Runs until it is told to stop.</summary>
    /// <returns>0; 1 when it could not start; 2 when it was told something that it does not understand.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (!AgentOptions.TryRead(arguments, Environment.GetEnvironmentVariable, out var options, out var mistakes))
        {
            foreach (var mistake in mistakes)
                await Console.Error.WriteLineAsync($"barograph: {mistake}");
            return WrongUse;
        }

        try
        {
            using var queue = SampleQueue.Open(Path.Combine(options.Data, "queue"), options.QueueBytes, TimeProvider.System);
            if (DataFolder.MendModesOfAll(Path.Combine(options.Data, "queue")) is > 0 and var mended)
                Console.WriteLine($"{mended} files of the queue could be read by others; from now on by the owner alone.");
            await PassNewestAsync(queue, options.Collect);
            using var host = Build(options, queue);
            Console.WriteLine($"Barograph agent: {options.Instance} to {options.Server} (queue in {options.Data})");
            await host.RunAsync();
            return 0;
        }
        catch (StoreUnavailableException failure)
        {
            await Console.Error.WriteLineAsync($"barograph: {failure.Message}");
            return 1;
        }
#pragma warning disable CA1031 // the edge of the process
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync($"barograph: ended by a failure it should not have: {failure.Message}");
            return 1;
        }
    }

    /// <summary>A tick that the last process has measured is not measured again: the server keeps the first value, and would refuse the other.</summary>
    static Task PassNewestAsync(SampleQueue queue, TimeSpan interval)
    {
        var passed = TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(queue.NewestLeftMs ?? 0);
        return passed >= TimeSpan.Zero && passed < interval ? Task.Delay(interval - passed) : Task.CompletedTask;
    }

    internal static IHost Build(AgentOptions options, SampleQueue queue)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddSimpleConsole(static console => (console.SingleLine, console.TimestampFormat) = (true, "yyyy-MM-dd HH:mm:ss "));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(options).AddSingleton(queue).AddSingleton<AgentStatistics>().AddSingleton<OwnMeasures>();
        builder.Services.AddProcess();
        builder.Services.AddHostedService<QueueSender>();
        builder.Services.AddHostedService(provider => Collector(provider, options, queue));
        return builder.Build();
    }

    static HostCollector Collector(IServiceProvider services, AgentOptions options, SampleQueue queue)
    {
        var clock = services.GetRequiredService<TimeProvider>();
        var collect = new CollectOptions(options.Collect) { Instance = options.Instance, Hidden = HiddenMounts.Read(options.HideFilesystems, options.HideMounts), OwnJob = "barograph-agent" };
        var own = new AgentSource(new SourceSeries(collect.OwnJob, collect.Instance), queue, services.GetRequiredService<AgentStatistics>());
        var measures = new MeasuresSource(new SourceSeries(collect.OwnJob, collect.Instance), services.GetRequiredService<OwnMeasures>());
        return new HostCollector(
            Task.FromResult<ISampleSink>(queue), collect, [.. HostSources.Create(collect, clock), measures, own],
            new CollectionTicks(options.Collect, clock), clock, services.GetRequiredService<Workers>(), services.GetRequiredService<ILogger<HostCollector>>());
    }
}
