using Barograph.Server.Measures;
using Barograph.Server.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Barograph.Server.Tests;

/// <summary>Workers for what is made by hand in a test.</summary>
internal static class SomeWorkers
{
    public static Workers New(TimeProvider? clock = null, ILogger<Workers>? log = null) => new(clock ?? TimeProvider.System, new OwnMeasures(), log ?? NullLogger<Workers>.Instance);
}
