using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Barograph.Server.Collect;

/// <summary>Measuring the host that the server runs on.</summary>
public static class CollectSlice
{
    /// <summary>
    /// Adds collecting. Needs <c>Task&lt;IMetricStore&gt;</c> (the store being opened) among the services; offers <see cref="CollectionTicks"/>.
    /// </summary>
    public static IServiceCollection AddCollect(this IServiceCollection services, CollectOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new CollectionTicks(options.Interval, provider.GetRequiredService<TimeProvider>()));
        if (options.Interval is not null)
            services.AddSingleton(options).AddHostedService<HostCollector>();
        return services;
    }
}
