using System.Diagnostics;
using Barograph.Server.Tests.Collect;
using Microsoft.Extensions.Logging;

namespace Barograph.Client.Tests;

/// <summary>A client whose server is in memory and whose clock the test moves.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    TestClient(FakeServer server, Action<BarographOptions>? configure)
    {
        Server = server;
        var options = new BarographOptions { ServiceName = "shop", ExportMetrics = false, HttpHandler = () => server };
        configure?.Invoke(options);
        Client = new BarographClient(options, Log, Clock, new Random(7));
    }

    public ManualClock Clock { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public FakeServer Server { get; }

    public BarographClient Client { get; }

    public LogLines Log { get; } = new();

    public BarographStatistics Statistics => Client.Statistics;

    public static TestClient Start(FakeServer? server = null, Action<BarographOptions>? configure = null) => new(server ?? new FakeServer(), configure);

    /// <summary>Lets time pass, a step at a time, until something holds.</summary>
    public async Task PassUntilAsync(Func<bool> holds, double stepMs = 100)
    {
        var started = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(started.Elapsed < Patience, $"It did not come true; {Statistics}");
            Clock.Advance(stepMs);
            await Task.Delay(1);
        }
    }

    /// <summary>Lets time pass until all events have been answered for.</summary>
    public Task PassUntilSettledAsync() => PassUntilAsync(() => Statistics.Waiting == 0);

    /// <summary>Lets time pass until the client has ended.</summary>
    public async Task StopAsync()
    {
        var stop = Client.StopAsync();
        await PassUntilAsync(() => stop.IsCompleted);
        await stop;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    internal sealed class LogLines : ILoggerFactory, ILogger
    {
        readonly Lock _lock = new(); // guards _lines
        readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lock)
                    return [.. _lines];
            }
        }

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lock)
                _lines.Add($"{logLevel}: {formatter(state, exception)}");
        }

        public void Dispose()
        {
        }
    }
}
