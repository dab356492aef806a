using System.Net;
using System.Text.RegularExpressions;
using Barograph.Server.Agent;
using Barograph.Server.Processes;
using Barograph.Server.Settings;
using Barograph.Server.Storage;
using Barograph.Server.Tests.Ingest;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Barograph.Server.Tests.Processes;

public sealed partial class SupervisionTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_service_that_works_in_the_background_is_supervised()
    {
        await using var server = BarographServer.Build(new ServerSettings
        {
            Port = 0,
            Data = _folder.Sub("data"),
            OtlpGrpcPort = 0,
            OtlpHttpPort = 0,
            StatsDPort = 0,
            Scrape = _folder.File("prometheus.yml", "scrape_configs: [ { job_name: j } ]"),
        });
        var services = server.Services.GetServices<IHostedService>().Where(IsOurs).ToList();
        Assert.True(services.Count >= 8, $"{services.Count} services");
        // The store is opened once, and without it the program ends, with a sentence.
        Assert.All(services.Where(static one => one is not OpenedStore), static one => Assert.IsAssignableFrom<SupervisedService>(one));
    }

    [Fact]
    public void Every_service_of_the_agent_is_supervised()
    {
        using var queue = SampleQueue.Open(_folder.Sub("queue"), 1 << 20, TimeProvider.System);
        using var agent = AgentCommand.Build(new AgentOptions { Server = new Uri("http://127.0.0.1:1") }, queue);
        var services = agent.Services.GetServices<IHostedService>().Where(IsOurs).ToList();
        Assert.Equal(2, services.Count);
        Assert.All(services, static one => Assert.IsAssignableFrom<SupervisedService>(one));
    }

    static bool IsOurs(IHostedService one) => one.GetType().Assembly == typeof(Program).Assembly;

    /// <summary>Where the process is left alone by whoever started the work, with the reason why nothing can come out of it.</summary>
    static readonly Dictionary<string, string> s_ownEdges = new(StringComparer.Ordinal)
    {
        ["Storage/OpenedStore.cs"] = "catches everything: the program ends with a sentence",
        ["Collect/Host/SocketSource.cs"] = "catches everything: its counts are missing",
        ["Collect/Host/FilesystemSource.cs"] = "catches everything: its counts are missing",
        ["Live/LiveTicker.cs"] = "catches everything: the evaluation beside the beat tells its viewers",
        ["Http/MalformedRequests.cs"] = "a write that fails ends with its connection, which ends anyway",
        ["BarographServer.cs"] = "writes two lines to the console",
    };

    [Fact]
    public void No_thread_timer_or_task_is_left_to_itself()
    {
        var server = Repository.File("src/Barograph.Server");
        var found = new List<string>();
        foreach (var file in Directory.EnumerateFiles(server, "*.cs", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(server, file).Replace('\\', '/');
            if (name.StartsWith("obj/", StringComparison.Ordinal) || name.StartsWith("Process/", StringComparison.Ordinal) || s_ownEdges.ContainsKey(name))
                continue;
            found.AddRange(File.ReadLines(file).Select((line, i) => $"{name}:{i + 1}: {line.Trim()}").Where(static line => LeftToItself().IsMatch(line)));
        }

        Assert.Empty(found);
    }

    [GeneratedRegex(@"new (System\.Threading\.)?(Thread|Timer)\(|\.CreateTimer\(|QueueUserWorkItem|Task\.Factory|(^|[ >])_ = [A-Za-z.]*Async\(|async void|: BackgroundService|: IHostedService")]
    private static partial Regex LeftToItself();

    [Fact]
    public async Task A_failing_worker_ends_nothing_and_is_told_by_readyz()
    {
        await using var server = await RunningServer.StartAsync(replace: static services => services.AddHostedService<Failing>());
        using var client = server.Client;
        var workers = server.Services.GetRequiredService<Workers>();
        for (var waited = 0; workers.All.All(static one => one.Failures == 0); waited++)
        {
            Assert.True(waited < 12_000, "the worker did not fail");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        using var answer = await client.GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"name\":\"failing\"", text, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException: out of its depth", text, StringComparison.Ordinal);
        Assert.False(server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    sealed class Failing(Workers workers) : SupervisedService("failing", workers)
    {
        protected override Task WorkAsync(CancellationToken stopping) => throw new InvalidOperationException("out of its depth");
    }
}
