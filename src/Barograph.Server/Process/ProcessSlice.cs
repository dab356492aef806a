namespace Barograph.Server.Processes;

/// <summary>The process itself: its workers, and what is done about its memory and its connections.</summary>
internal static class ProcessSlice
{
    public static void AddProcess(this IServiceCollection services)
    {
        services.AddSingleton<Workers>();
        services.AddSingleton<Warnings>();
    }
}
