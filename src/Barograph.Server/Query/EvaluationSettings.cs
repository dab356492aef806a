using Barograph.PromQL;
using Barograph.Server.Settings;

namespace Barograph.Server.Query;

/// <summary>How PromQL is read and evaluated, whoever asks: over HTTP, live, or by a definition.</summary>
internal static class EvaluationSettings
{
    /// <summary>What the settings <c>promql-experimental</c>, <c>query-max-samples</c> and <c>query-timeout</c> say.</summary>
    public static QueryOptions QueryOptions(this ServerSettings settings) => PromQL.QueryOptions.Default with
    {
        Experimental = settings.PromQLExperimental,
        MaxSamples = settings.QueryMaxSamples,
        Timeout = settings.QueryTimeout,
    };
}
