using System.Globalization;
using System.Text;
using Barograph.Server.Query;
using Barograph.Server.Query.Prometheus;
using FsCheck;
using FsCheck.Fluent;

namespace Barograph.Server.Tests.Query;

public sealed class NumberTextTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1, "1")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e15, "1000000000000000")]
    [InlineData(1.5e20, "150000000000000000000")]
    [InlineData(999999999999999900000.0, "999999999999999900000")]
    [InlineData(1e21, "1e+21")]
    [InlineData(-1.25e300, "-1.25e+300")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(-0.00001234, "-0.00001234")]
    [InlineData(0.00000099, "9.9e-07")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.MaxValue, "1.7976931348623157e+308")]
    [InlineData(12345678901234567, "12345678901234568")]
    [InlineData(1.0 / (1 << 25), "2.9802322387695312e-08")]
    [InlineData(1.0 / (1L << 44), "5.684341886080802e-14")]
    [InlineData(9007199254740993, "9007199254740992")]
    [InlineData(1e11, "100000000000")]
    [InlineData(123456789012.5, "123456789012.5")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void A_value_is_written_as_upstream_writes_it(double value, string text) => Assert.Equal(text, Write(value));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0.001")]
    [InlineData(1435781430781, "1435781430.781")]
    [InlineData(1435781430000, "1435781430")]
    [InlineData(999_999_999_000, "999999999")]
    [InlineData(1_000_000_000_000, "1000000000")]
    [InlineData(9_999_999_999_000, "9999999999")]
    [InlineData(10_000_000_000_000, "10000000000")]
    [InlineData(1500, "1.500")]
    [InlineData(-25, "-0.025")]
    [InlineData(-60_000, "-60")]
    public void A_time_is_seconds_with_three_decimals_or_none(long timestampMs, string text)
    {
        Span<byte> into = stackalloc byte[32];
        Assert.Equal(text, Encoding.ASCII.GetString(into[..NumberText.Seconds(timestampMs, into)]));
    }

    [Fact]
    public void Every_value_reads_back_as_it_was_and_has_an_exponent_only_where_upstream_has_one() =>
        Prop.ForAll(ArbMap.Default.ArbFor<long>(), static bits =>
        {
            var value = BitConverter.Int64BitsToDouble(bits * 0x9E3779B97F4A7C1); // spread over all exponents
            if (!double.IsFinite(value))
                return true;
            var text = Write(value);
            return double.Parse(text, CultureInfo.InvariantCulture).Equals(value)
                && text.Contains('e') == (value != 0 && Math.Abs(value) is < 1e-6 or >= 1e21)
                && text.Contains('E') == false;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_value_has_the_digits_of_the_plain_formatter()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var i = 0; i < 300_000; i++)
        {
            var value = (i % 6) switch
            {
                0 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)), // every exponent
                1 => random.Next() / (double)random.Next(1, 1000), // what a rate gives
                2 => Math.Round(random.NextDouble() * 1e6, random.Next(0, 9)),
                3 => random.NextInt64(-1L << 60, 1L << 60) >> random.Next(0, 60),
                4 => Math.ScaleB(1, random.Next(-1074, 1024)), // where the neighbours are not equally far away
                _ => Math.BitIncrement(Math.Round(random.NextDouble() * 1000, 3)),
            };
            if (!double.IsFinite(value))
                continue;
            var (text, plain) = (Write(value), value.ToString("R", CultureInfo.InvariantCulture));
            Assert.True(double.Parse(text, CultureInfo.InvariantCulture).Equals(value), $"seed {seed}: {plain} became {text}");

            // Of some powers of two the framework leaves a digit out that it takes to read them back.
            if (double.Parse(plain, CultureInfo.InvariantCulture).Equals(value))
                Assert.True(Digits(text) == Digits(plain), $"seed {seed}: {plain} became {text}");
        }
    }

    [Theory]
    [InlineData("job", "job")]
    [InlineData("U__http_2e_code", "http.code")]
    [InlineData("U__a__b", "a_b")]
    [InlineData("U___1F600_x", "\U0001F600x")]
    [InlineData("U__a_", "U__a_")]
    [InlineData("U__a_zz_", "U__a_zz_")]
    [InlineData("U__a_d800_", "U__a_d800_")]
    [InlineData("U__", "")]
    public void A_label_name_may_be_escaped(string escaped, string name) => Assert.Equal(name, SeriesEndpoints.Unescape(escaped));

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1435781430.781", 1435781430781)]
    [InlineData("-1.5", -1500)]
    [InlineData("2015-07-01T20:10:51.781Z", 1435781451781)]
    [InlineData("2015-07-01T22:10:51+02:00", 1435781451000)]
    public void A_time_is_seconds_or_rfc_3339(string text, long timestampMs)
    {
        Assert.True(RequestParameters.TryTime(text, out var read));
        Assert.Equal(timestampMs, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("NaN")]
    [InlineData("now")]
    [InlineData("1e300")]
    [InlineData("2015-07-01")]
    [InlineData("2015-07-01T20:10:51")]
    public void Anything_else_is_no_time(string text) => Assert.False(RequestParameters.TryTime(text, out _));

    /// <summary>Its digits without zeros around them, and the power of ten of the first one.</summary>
    static (string Digits, int Power) Digits(string text)
    {
        var parts = text.TrimStart('-').ToLowerInvariant().Split('e');
        var (mantissa, exponent) = (parts[0], parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var significant = all.TrimStart('0');
        return (significant.TrimEnd('0'), significant.Length == 0 ? 0 : (point < 0 ? all.Length : point) - (all.Length - significant.Length) + exponent);
    }

    static string Write(double value)
    {
        Span<byte> into = stackalloc byte[NumberText.LargestBytes];
        return Encoding.ASCII.GetString(into[..NumberText.Value(value, into)]);
    }
}
