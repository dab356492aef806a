using System.Text;

namespace Barograph.TimeSeries.Tests;

/// <summary>The index against a list of keys: all that it knows of a key it has put together from labels that series share.</summary>
public sealed class SeriesIndexTests
{
    readonly SeriesIndex _index = new();
    readonly GrowingBytes _room = new();

    [Fact]
    public void Keys_come_back_byte_for_byte_and_are_found_with_and_without_a_guess()
    {
        var keys = RandomKeys(seed: 20261121, count: 3000);
        for (var series = 0; series < keys.Length; series++)
        {
            Assert.Equal(-1, _index.Find(keys[series], series - 1));
            Assert.Equal(series, _index.Add(keys[series]));
            Assert.Equal(series, _index.Add(keys[series]));
        }

        for (var round = 0; round < 2; round++) // the second time each one's follower is known
        {
            for (var series = 0; series < keys.Length; series++)
                Assert.Equal(series, _index.Find(keys[series], series - 1));
        }

        for (var series = 0; series < keys.Length; series++)
        {
            Assert.Equal(keys[series], _index.Key(series, _room));
            Assert.Equal(keys[series].Length, _index.KeyLength(series));
            Assert.Equal(series, _index.Find(keys[series], (series + 17) % keys.Length)); // a wrong guess is only a guess
        }
    }

    [Fact]
    public void A_key_that_begins_or_ends_like_another_is_another()
    {
        var (one, longer, shorter) = (Key(("a", "1"), ("b", "2")), Key(("a", "1"), ("b", "2"), ("c", "3")), Key(("a", "1")));
        Assert.Equal(0, _index.Add(one));
        Assert.Equal(-1, _index.Find(longer, 0));
        Assert.Equal(-1, _index.Find(shorter, 0));
        Assert.Equal(-1, _index.Find(Key(("a", "1"), ("b", "3")), 0));
        Assert.Equal(-1, _index.Find(Key(("a", "1"), ("c", "2")), 0));
        Assert.Equal(-1, _index.Find([], 0));
        Assert.Equal(-1, _index.Find([0x0A], 0));
        Assert.Equal(-1, _index.Find(one.AsSpan(0, one.Length - 1), 0));
        Assert.Equal(1, _index.Add(longer));
        Assert.Equal(2, _index.Add(shorter));
        Assert.Equal(0, _index.Find(one, 2));
    }

    [Fact]
    public void Labels_of_any_length_are_kept()
    {
        var keys = new[] { 1, 117, 118, 119, 126, 127, 128, 129, 4096, 20_000, 500_000 }.Select(static length => Key(("name", new string('x', length)), ("z", "1"))).ToArray();
        foreach (var key in keys)
            _index.Add(key);
        for (var series = 0; series < keys.Length; series++)
        {
            Assert.Equal(keys[series], _index.Key(series, _room));
            Assert.Equal(series, _index.Find(keys[series], -1));
        }
    }

    [Fact]
    public void Series_are_ordered_as_their_keys_are()
    {
        var keys = RandomKeys(seed: 7, count: 300);
        foreach (var key in keys)
            _index.Add(key);
        for (var left = 0; left < keys.Length; left++)
        {
            for (var right = 0; right < keys.Length; right++)
                Assert.Equal(Math.Sign(SeriesKey.Compare(keys[left], keys[right])), Math.Sign(_index.Compare(left, right)));
        }
    }

    [Fact]
    public void Each_value_has_its_series_be_it_none_one_or_many()
    {
        for (var series = 0; series < 100; series++)
            _index.Add(Key(("all", "x"), ("each", $"{series}"), ("third", $"{series % 3}")));
        Assert.Equal(Enumerable.Range(0, 100), SeriesWith("all", "x"));
        Assert.Equal([42], SeriesWith("each", "42"));
        Assert.Equal(Enumerable.Range(0, 100).Where(static series => series % 3 == 1), SeriesWith("third", "1"));
        Assert.Equal(-1, _index.Labels.Find("each"u8)!.Values.Find("100"u8));
        Assert.Null(_index.Labels.Find("fourth"u8));
    }

    int[] SeriesWith(string name, string value)
    {
        var column = _index.Labels.Find(Encoding.UTF8.GetBytes(name))!;
        return column.Series(column.Values.Find(Encoding.UTF8.GetBytes(value))).ToArray();
    }

    /// <summary>Few names and values, so that series share most of them; each key once.</summary>
    static byte[][] RandomKeys(int seed, int count)
    {
        var random = new Random(seed);
        var keys = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (keys.Count < count)
        {
            var labels = Enumerable.Range(0, 6).Where(_ => random.Next(3) > 0).Select(name => ($"n{name}", $"{"äbc"[random.Next(3)]}{random.Next(12)}")).ToArray();
            if (labels.Length > 0)
                keys[string.Join(',', labels)] = Key(labels);
        }

        return [.. keys.Values];
    }

    static byte[] Key(params (string Name, string Value)[] labels)
    {
        var batch = new SampleBatch();
        return batch.Key(batch.AddSeries(Labels.Of([.. labels.SelectMany(static label => (string[])[label.Name, label.Value])]))).ToArray();
    }
}
