using System.Runtime.CompilerServices;
using static Barograph.TimeSeries.Tests.StoreTesting;

namespace Barograph.TimeSeries.Tests;

/// <summary>Logs as they were written before records of other types came: they are read for ever.</summary>
public sealed class WalFormatTests
{
    [Fact]
    public async Task A_log_of_floats_from_before_there_were_histograms_is_read_and_goes_on()
    {
        using var folder = new TemporaryFolder();
        var old = Fixture("version-1-log");
        foreach (var file in Directory.GetFiles(old, "*", SearchOption.AllDirectories))
        {
            var copy = folder.In(Path.GetRelativePath(old, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        var histogram = new NativeHistogram { Schema = 0, Count = 1, Sum = 1, PositiveSpans = [new BucketSpan(0, 1)], PositiveBuckets = [1] };
        for (var open = 0; open < 2; open++)
        {
            await using var store = MetricStore.Open(folder.Path, AnyTime);
            Assert.Empty(store.Damage);
            for (var series = 0; series < 3; series++)
            {
                var labels = Labels.Of("__name__", "old", "i", $"{series}");
                Assert.Equal(Enumerable.Range(0, 40).Select(i => (i * 1000L, (object)(series * 100 + i * 0.25))), store.ReadAny(labels).Take(40));
                await store.Append(labels, (50_000, histogram));
                Assert.Equal((50_000, (object)histogram), store.ReadAny(labels)[^1]);
            }
        }
    }

    static string Fixture(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "Fixtures", name);
}
