namespace Barograph.Base.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void The_base_knows_nothing_of_what_stands_on_it_nor_of_the_web() =>
        Assert.DoesNotContain(typeof(Re2).Assembly.GetReferencedAssemblies(),
            static assembly => assembly.Name!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
                || assembly.Name.StartsWith("Barograph", StringComparison.OrdinalIgnoreCase)
                || assembly.Name == "System.Text.RegularExpressions");
}
