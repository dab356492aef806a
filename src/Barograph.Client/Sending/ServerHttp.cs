using System.Diagnostics.Metrics;

namespace Barograph.Client;

/// <summary>How Barograph is reached: without appearing in the application's own HTTP metrics and traces.</summary>
internal static class ServerHttp
{
    const int AnswerBytesMax = 1 << 20;

    public static HttpClient Create(BarographOptions options) =>
        new(options.HttpHandler?.Invoke() ?? OwnHandler(), disposeHandler: true)
        {
            MaxResponseContentBufferSize = AnswerBytesMax,
            Timeout = Timeout.InfiniteTimeSpan, // who asks has a deadline
        };

    static SocketsHttpHandler OwnHandler() => new()
    {
        AllowAutoRedirect = false, // a POST that is redirected may arrive as a GET, and be answered with a page
        ActivityHeadersPropagator = null,
        MeterFactory = new QuietMeters(),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // the address behind the name may change
        ConnectTimeout = TimeSpan.FromSeconds(10),
    };

    /// <summary>Gives the handler's meter a name that nobody listens to: the application's HTTP metrics are about the application.</summary>
    sealed class QuietMeters : IMeterFactory
    {
        readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter("Barograph.Client.Http", options.Version);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose()
        {
            foreach (var meter in _meters)
                meter.Dispose();
        }
    }
}
