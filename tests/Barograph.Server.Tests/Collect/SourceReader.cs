using System.Text;
using Barograph.Server.Collect;
using Barograph.TimeSeries;

namespace Barograph.Server.Tests.Collect;

/// <summary>Reads a source tick after tick and shows what it would store.</summary>
internal sealed class SourceReader(ISource source)
{
    readonly TickBatch _batch = new();

    /// <summary>A source's series, labelled as those of the host "here".</summary>
    public static SourceSeries Series => new("host", "here");

    /// <summary>Reads at a time and gives the values by series, such as <c>up{a="b"}</c>, without job and instance.</summary>
    public Dictionary<string, double> Read(long milliseconds = 0)
    {
        source.Series.Begin();
        source.Read(new Tick(1_700_000_000_000 + milliseconds, milliseconds));
        return Collect(milliseconds, succeeded: true);
    }

    /// <summary>What is stored for a tick that the source has lost.</summary>
    public Dictionary<string, double> Lose(long milliseconds) => Collect(milliseconds, succeeded: false);

    Dictionary<string, double> Collect(long milliseconds, bool succeeded)
    {
        _batch.Begin(1_700_000_000_000 + milliseconds);
        source.Series.WriteTo(_batch, succeeded);
        return Contents(_batch.Samples);
    }

    /// <summary>The samples of a batch, by series.</summary>
    public static Dictionary<string, double> Contents(SampleBatch batch)
    {
        var values = new Dictionary<string, double>();
        for (var i = 0; i < batch.SampleCount; i++)
            values.Add(Without(Decode(batch.Key(batch.SampleSeries[i])), "job", "instance").ToString(), batch.Values[i]);
        return values;
    }

    /// <summary>The labels of a series key.</summary>
    public static Labels Decode(ReadOnlySpan<byte> key)
    {
        var labels = new List<Label>();
        for (var at = 0; at < key.Length;)
        {
            at++; // 0x0A
            ReadLength(key, ref at);
            at++; // 0x0A
            var name = ReadText(key, ref at);
            at++; // 0x12
            labels.Add(new Label(name, ReadText(key, ref at)));
        }

        return Labels.From(labels);
    }

    static Labels Without(Labels labels, params string[] names) => Labels.From(labels.Where(label => !names.Contains(label.Name)));

    static string ReadText(ReadOnlySpan<byte> key, ref int at)
    {
        var length = ReadLength(key, ref at);
        at += length;
        return Encoding.UTF8.GetString(key.Slice(at - length, length));
    }

    static int ReadLength(ReadOnlySpan<byte> key, ref int at)
    {
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            length |= (key[at] & 127) << shift;
            if (key[at++] < 128)
                return length;
        }
    }
}
