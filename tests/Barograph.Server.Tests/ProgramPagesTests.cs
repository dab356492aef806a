namespace Barograph.Server.Tests;

public sealed class ProgramPagesTests
{
    [Fact]
    public void What_is_let_go_comes_back()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("Only Linux has these calls.");
        Assert.InRange(ProgramPages.LetGo(), 1 << 20, long.MaxValue);
        Assert.Equal("""{"a":[1,2]}""", System.Text.Json.JsonSerializer.Serialize(new { a = new[] { 1, 2 } }));
        Assert.InRange(ProgramPages.LetGo(), 1 << 20, long.MaxValue); // again, beside threads that go on
    }
}
