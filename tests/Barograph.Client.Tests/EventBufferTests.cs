namespace Barograph.Client.Tests;

public sealed class EventBufferTests
{
    [Fact]
    public void What_was_added_is_taken_in_its_order()
    {
        var buffer = Filled(countMax: 10, bytesMax: 1_000, sizes: [1, 2, 3]);
        Assert.Equal([1, 2, 3], Take(buffer));
        Assert.Equal((0, 3L, 3L), (buffer.Count, buffer.Added, buffer.Removed));
    }

    [Fact]
    public void When_there_are_too_many_the_oldest_go()
    {
        var buffer = Filled(countMax: 2, bytesMax: 1_000, sizes: [1, 2]);
        Assert.True(buffer.TryAdd(new byte[3], out var count, out var dropped));
        Assert.Equal((2, 1), (count, dropped));
        Assert.Equal([2, 3], Take(buffer));
    }

    [Fact]
    public void When_they_take_too_much_memory_as_many_of_the_oldest_go_as_must()
    {
        var buffer = Filled(countMax: 10, bytesMax: 100, sizes: [40, 30, 20]);
        Assert.True(buffer.TryAdd(new byte[50], out var count, out var dropped));
        Assert.Equal((3, 1), (count, dropped));
        Assert.True(buffer.TryAdd(new byte[100], out count, out dropped));
        Assert.Equal((1, 3), (count, dropped));
        Assert.Equal([100], Take(buffer));
    }

    [Fact]
    public void One_that_is_larger_than_the_whole_buffer_is_alone_in_it()
    {
        var buffer = Filled(countMax: 10, bytesMax: 100, sizes: [40]);
        Assert.True(buffer.TryAdd(new byte[500], out _, out var dropped));
        Assert.Equal(1, dropped);
        Assert.Equal([500], Take(buffer));
        Assert.True(buffer.TryAdd(new byte[60], out _, out dropped));
        Assert.Equal(0, dropped);
    }

    [Fact]
    public void A_batch_has_at_most_so_many_and_so_many_bytes_but_at_least_one()
    {
        var buffer = Filled(countMax: 10, bytesMax: 1_000, sizes: [50, 10, 10, 10, 10]);
        Assert.Equal([50], Take(buffer, bytesMax: 20));
        Assert.Equal([10, 10], Take(buffer, bytesMax: 29));
        Assert.Equal([10], Take(buffer, countMax: 1));
        Assert.Equal(1, buffer.Count);
    }

    [Fact]
    public void A_closed_one_says_what_was_left_and_takes_nothing()
    {
        var buffer = Filled(countMax: 10, bytesMax: 1_000, sizes: [1, 2, 3]);
        Assert.Equal(3, buffer.Close());
        Assert.False(buffer.TryAdd(new byte[1], out _, out var dropped));
        Assert.Equal((0, 0), (dropped, buffer.Count));
        Assert.Equal(0, buffer.Close());
    }

    static EventBuffer Filled(int countMax, long bytesMax, int[] sizes)
    {
        var buffer = new EventBuffer(countMax, bytesMax);
        foreach (var size in sizes)
            Assert.True(buffer.TryAdd(new byte[size], out _, out _));
        return buffer;
    }

    static int[] Take(EventBuffer buffer, int countMax = 100, long bytesMax = 10_000)
    {
        var batch = new List<byte[]>();
        buffer.Take(batch, countMax, bytesMax);
        return [.. batch.Select(static json => json.Length)];
    }
}
