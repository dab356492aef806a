namespace Barograph.TimeSeries.Tests;

public sealed class LabelsTests
{
    [Fact]
    public void Labels_are_equal_by_content_in_any_order_of_building() =>
        Assert.Equal(Labels.Of("a", "1", "b", "2"), Labels.Of("b", "2", "a", "1"));

    [Fact]
    public void An_empty_value_is_no_label() => Assert.Equal(Labels.Of("a", "1"), Labels.Of("a", "1", "b", ""));

    [Fact]
    public void A_name_twice_is_refused() => Assert.Throws<ArgumentException>(() => Labels.Of("a", "1", "a", "2"));

    [Fact]
    public void Text_is_PromQL() => Assert.Equal("up{host=\"a\\\"b\"}", Labels.Of("__name__", "up", "host", "a\"b").ToString());
}
