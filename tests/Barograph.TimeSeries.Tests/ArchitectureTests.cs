namespace Barograph.TimeSeries.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void The_store_knows_nothing_of_the_web_the_language_or_the_product() =>
        Assert.DoesNotContain(typeof(IMetricStore).Assembly.GetReferencedAssemblies(),
            static assembly => assembly.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
                || (assembly.Name.StartsWith("Barograph", StringComparison.OrdinalIgnoreCase) && assembly.Name != "Barograph.Base"));
}
