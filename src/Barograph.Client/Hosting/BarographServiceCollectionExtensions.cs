using Barograph.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Barograph to an application with hosting.</summary>
public static class BarographServiceCollectionExtensions
{
    /// <summary>Sends the application's metrics and events to Barograph at an address, such as <c>http://localhost:8000</c>.</summary>
    /// <exception cref="ArgumentException">It is not an address.</exception>
    public static IServiceCollection AddBarograph(this IServiceCollection services, string endpoint)
    {
        var address = BarographClient.Address(endpoint);
        return services.AddBarograph(options => options.Endpoint = address);
    }

    /// <summary>
    /// Sends the application's metrics and events to Barograph. Adds <see cref="ITaskTracker"/>, <see cref="IPipelineTracker"/>, <see cref="IModelTracker"/>,
    /// <see cref="IActivityTracker"/>, <see cref="IBusinessEvents"/>, <see cref="IEventTracker"/> and <see cref="BarographClient"/> as singletons, and the results of
    /// health checks as metrics. A second call changes the options only.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options; a value that cannot be stops the start of the application with a sentence.</param>
    public static IServiceCollection AddBarograph(this IServiceCollection services, Action<BarographOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<BarographOptions>().Configure(configure);
        services.TryAddSingleton(static provider => new BarographClient(
            provider.GetRequiredService<IOptions<BarographOptions>>().Value, provider.GetService<ILoggerFactory>(), provider.GetService<TimeProvider>()));
        services.TryAddSingleton(static provider => provider.GetRequiredService<BarographClient>().Tasks);
        services.TryAddSingleton(static provider => provider.GetRequiredService<BarographClient>().Pipelines);
        services.TryAddSingleton(static provider => provider.GetRequiredService<BarographClient>().Models);
        services.TryAddSingleton(static provider => provider.GetRequiredService<BarographClient>().Activity);
        services.TryAddSingleton(static provider => provider.GetRequiredService<BarographClient>().Business);
        services.TryAddSingleton(static provider => provider.GetRequiredService<BarographClient>().Events);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, BarographLifetime>());
        services.AddLogging();
        services.AddHealthChecks();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHealthCheckPublisher, HealthMetrics>());
        return services;
    }
}
