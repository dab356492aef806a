namespace Barograph.Server.Tests;

public sealed class ArchitectureTests
{
    [Fact]
    public void The_program_is_called_barograph() => Assert.Equal("barograph", typeof(Program).Assembly.GetName().Name);
}
