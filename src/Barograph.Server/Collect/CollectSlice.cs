using Barograph.Server.Measures;
using Barograph.Server.Sources;
using Barograph.Server.Storage;
using Barograph.TimeSeries;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Barograph.Server.Collect;

/// <summary>Measuring the host that the server runs on.</summary>
public static class CollectSlice
{
    /// <summary>
    /// Adds collecting. Needs <c>OpenedStore</c> among the services; offers <see cref="CollectionTicks"/>.
    /// </summary>
    public static IServiceCollection AddCollect(this IServiceCollection services, CollectOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<OwnMeasures>();
        services.AddSources();
        services.AddSingleton(options);
        services.AddSingleton(provider => new CollectionTicks(options.Interval, provider.GetRequiredService<TimeProvider>()));
        if (options.Interval is not null)
        {
            // The task itself is no service: the container would dispose of it, and a task that never ends must not be.
            services.AddHostedService(static provider =>
                ActivatorUtilities.CreateInstance<HostCollector>(provider, OpenAsync(provider.GetRequiredService<OpenedStore>())));
        }

        return services;
    }

    static async Task<ISampleSink> OpenAsync(OpenedStore store) => await store.Task;
}
