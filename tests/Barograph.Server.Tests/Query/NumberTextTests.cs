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
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void A_value_is_written_as_upstream_writes_it(double value, string text) => Assert.Equal(text, Write(value));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0.001")]
    [InlineData(1435781430781, "1435781430.781")]
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

    static string Write(double value)
    {
        Span<byte> into = stackalloc byte[64];
        return Encoding.ASCII.GetString(into[..NumberText.Value(value, into)]);
    }
}
