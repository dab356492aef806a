using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Barograph.Server.Exposition;

/// <summary>
/// How names are written that are none in Prometheus' older sense, as the parameter <c>escaping</c> of <c>Accept</c> has it.
/// </summary>
internal enum NameEscaping
{
    /// <summary>Every other character becomes an underscore: what readers understand that say nothing.</summary>
    Underscores,

    /// <summary>A dot becomes <c>_dot_</c>, an underscore two, anything else two as well.</summary>
    Dots,

    /// <summary>
    /// The name begins with <c>U__</c>, and every other character is its code point between underscores: it can be read back.
    /// </summary>
    Values,

    /// <summary>As they are, in quotes.</summary>
    AllowUtf8,
}

/// <summary>One of the text formats for samples, as who asks wants it.</summary>
/// <param name="IsOpenMetrics">OpenMetrics 1.0, or Prometheus' text format 0.0.4 (1.0.0 with names in quotes).</param>
/// <param name="Escaping">How names are written.</param>
internal sealed record ExpositionFormat(bool IsOpenMetrics, NameEscaping Escaping)
{
    const string OpenMetrics = "application/openmetrics-text";

    static readonly string[] s_escapings = ["underscores", "dots", "values", "allow-utf-8"];

    /// <summary>The answer's content type.</summary>
    public string ContentType => (IsOpenMetrics, Escaping) switch
    {
        (true, NameEscaping.Underscores) => $"{OpenMetrics}; version=1.0.0; charset=utf-8",
        (false, NameEscaping.Underscores) => "text/plain; version=0.0.4; charset=utf-8",
        var (isOpenMetrics, escaping) => $"{(isOpenMetrics ? OpenMetrics : "text/plain")}; version=1.0.0; charset=utf-8; escaping={s_escapings[(int)escaping]}",
    };

    /// <summary>
    /// Chooses by the header <c>Accept</c>: the most wanted of those there are, Prometheus' text format when none is named.
    /// </summary>
    /// <param name="request">Who asks.</param>
    /// <param name="knowsOpenMetrics">Whether the route has it.</param>
    public static ExpositionFormat Negotiate(HttpRequest request, bool knowsOpenMetrics)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var wanted))
            return new ExpositionFormat(false, NameEscaping.Underscores);
        var best = wanted.Where(static type => (type.Quality ?? 1) > 0).OrderByDescending(static type => type.Quality ?? 1)
            .FirstOrDefault(type => IsText(type) || (knowsOpenMetrics && type.MediaType.Value == OpenMetrics));
        if (best is null)
            return new ExpositionFormat(false, NameEscaping.Underscores);
        var escaping = best.Parameters.FirstOrDefault(static one => one.Name == "escaping")?.Value.Value;
        return new ExpositionFormat(!IsText(best), (NameEscaping)Math.Max(0, Array.IndexOf(s_escapings, escaping)));
    }

    /// <summary>A name as this format writes it, without quotes.</summary>
    /// <param name="name">A metric's or a label's.</param>
    /// <param name="isLabel">Labels may not have colons.</param>
    public string Escape(string name, bool isLabel)
    {
        if (Escaping == NameEscaping.AllowUtf8 || (IsPlain(name, isLabel) && Escaping != NameEscaping.Dots))
            return name;
        var written = new StringBuilder(Escaping == NameEscaping.Values ? "U__" : "");
        var at = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            var isPlain = rune.IsAscii && IsPlain((char)rune.Value, isLabel) && (at++ > 0 || !Rune.IsDigit(rune));
            written.Append((Escaping, rune.Value) switch
            {
                (NameEscaping.Dots, '.') => "_dot_",
                (NameEscaping.Dots or NameEscaping.Values, '_') => "__",
                _ when isPlain => ((char)rune.Value).ToString(),
                (NameEscaping.Values, var code) => $"_{code.ToString("x", CultureInfo.InvariantCulture)}_",
                (NameEscaping.Dots, _) => "__",
                _ => "_",
            });
        }

        return written.ToString();
    }

    /// <summary>Whether a name needs no quotes.</summary>
    public static bool IsPlain(string name, bool isLabel)
    {
        foreach (var letter in name)
        {
            if (!IsPlain(letter, isLabel))
                return false;
        }

        return name.Length > 0 && !char.IsAsciiDigit(name[0]);
    }

    static bool IsPlain(char letter, bool isLabel) => char.IsAsciiLetterOrDigit(letter) || letter == '_' || (letter == ':' && !isLabel);

    static bool IsText(MediaTypeHeaderValue type) => type.MediaType.Value is "text/plain" or "text/*" or "*/*";
}
