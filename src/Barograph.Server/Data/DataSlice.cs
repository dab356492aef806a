using Barograph.Server.Data.Backup;

namespace Barograph.Server.Data;

/// <summary>The data folder: how a running server is reached by commands, and its backup.</summary>
internal static class DataSlice
{
    public static void AddData(this IServiceCollection services)
    {
        services.AddSingleton<ControlToken>();
        services.AddHostedService(static provider => provider.GetRequiredService<ControlToken>());
        services.AddSingleton<BackupRoute>();
    }

    public static void MapData(this IEndpointRouteBuilder routes) => BackupRoute.Map(routes);
}
