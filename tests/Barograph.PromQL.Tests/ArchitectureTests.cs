namespace Barograph.PromQL.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void The_language_knows_nothing_of_the_web() =>
        Assert.DoesNotContain(System.Reflection.Assembly.Load("Barograph.PromQL").GetReferencedAssemblies(),
            static assembly => assembly.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
}
