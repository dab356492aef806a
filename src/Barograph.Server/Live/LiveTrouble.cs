using Barograph.TimeSeries;

namespace Barograph.Server.Live;

/// <summary>Why an expression gave nothing, as the protocol's error codes have it.</summary>
internal sealed record LiveTrouble(string Code, string Message)
{
    /// <summary>For a failure that nobody expected.</summary>
    public static LiveTrouble Of(Exception failure) => new("internal", $"the server failed at this expression, and its log says where: {failure.Message}");
}

/// <summary>Carries a <see cref="LiveTrouble"/> out of an evaluation.</summary>
internal sealed class LiveTroubleException(LiveTrouble trouble, Exception? inner = null) : Exception(trouble.Message, inner)
{
    public LiveTrouble Trouble => trouble;
}

/// <summary>The value of an expression at one time: as many values as series.</summary>
internal readonly record struct LiveVector(IReadOnlyList<Labels> Series, double[] Values)
{
    public int Count => Series.Count;
}
