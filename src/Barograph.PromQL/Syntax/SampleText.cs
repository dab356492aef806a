using System.Globalization;
using System.Text;

namespace Barograph.PromQL;

/// <summary>Sample values as text.</summary>
public static class SampleText
{
    /// <summary>The shortest digits that read back as the same number, never with an exponent: as <c>count_values</c> writes them.</summary>
    public static string Of(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var exponentAt = text.IndexOf('E', StringComparison.Ordinal);
        return exponentAt < 0 ? text : WithoutExponent(text[..exponentAt], int.Parse(text.AsSpan(exponentAt + 1), CultureInfo.InvariantCulture));
    }

    static string WithoutExponent(string mantissa, int exponent)
    {
        var sign = mantissa[0] == '-' ? "-" : "";
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var digits = mantissa.Replace("-", "").Replace(".", "");
        var whole = (point < 0 ? mantissa.Length : point) - sign.Length + exponent;
        var text = new StringBuilder(sign);
        if (whole <= 0)
            return text.Append("0.").Append('0', -whole).Append(digits).ToString();
        return whole >= digits.Length
            ? text.Append(digits).Append('0', whole - digits.Length).ToString()
            : text.Append(digits, 0, whole).Append('.').Append(digits, whole, digits.Length - whole).ToString();
    }
}
