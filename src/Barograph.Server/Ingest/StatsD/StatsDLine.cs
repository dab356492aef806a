using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Unicode;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.StatsD;

/// <summary>What a StatsD metric is.</summary>
internal enum StatsDType
{
    Counter,
    Gauge,
    Timer,
    Histogram,
    Set,
}

/// <summary>
/// One line of StatsD with Datadog's additions: <c>name:value[:value …]|type[|@rate][|#tag:value,tag …]</c>. Sections that it does not
/// know (container ids, timestamps) are passed over.
/// </summary>
internal ref struct StatsDLine
{
    /// <summary>The name as it was sent.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The values, separated by colons.</summary>
    public ReadOnlySpan<byte> Values { get; private set; }

    /// <summary>Its kind.</summary>
    public StatsDType Type { get; private set; }

    /// <summary>How many happened for each that was sent, at least 1.</summary>
    public double Weight { get; private set; }

    /// <summary>The tags, separated by commas.</summary>
    public ReadOnlySpan<byte> Tags { get; private set; }

    /// <summary>Takes a line apart.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="read">Its parts.</param>
    /// <param name="problem">What is wrong with it.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, out StatsDLine read, [NotNullWhen(false)] out string? problem)
    {
        read = new StatsDLine { Weight = 1 };
        problem = read.Read(line) is { } wrong ? $"'{SeriesKeyBuilder.Printable(line)}': {wrong}" : null;
        return problem is null;
    }

    /// <summary>Takes the next value off a list.</summary>
    public static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> list, byte separator)
    {
        var end = list.IndexOf(separator);
        var taken = end < 0 ? list : list[..end];
        list = end < 0 ? default : list[(end + 1)..];
        return taken;
    }

    /// <summary>Reads a number; false for what is none, or not finite.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out double number)
    {
        var isSigned = text is [(byte)'+', ..];
        if (isSigned)
            text = text[1..];
        return Utf8Parser.TryParse(text, out number, out var used) && used == text.Length && double.IsFinite(number) && !(isSigned && number < 0);
    }

    /// <summary>Says why one of the values cannot be taken, or null.</summary>
    /// <param name="text">The value.</param>
    /// <param name="value">Its number; 0 for a member of a set, which may be any text.</param>
    public readonly string? FindProblem(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (Type == StatsDType.Set)
            return text.IsEmpty ? "a member of a set is empty" : null;
        if (!TryNumber(text, out value))
            return $"'{SeriesKeyBuilder.Printable(text)}' is not a number";
        if (Type == StatsDType.Counter && value < 0)
            return "a counter cannot fall; send a gauge";
        return double.IsFinite(value * Weight) ? null : $"'{SeriesKeyBuilder.Printable(text)}' over its sample rate is more than a number holds";
    }

    string? Read(ReadOnlySpan<byte> line)
    {
        if (!Utf8.IsValid(line))
            return "it is not UTF-8";
        if (line.StartsWith("_e{"u8) || line.StartsWith("_sc|"u8))
            return "events and service checks are not kept";
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
            return "expected name:value|type";
        Name = line[..colon];
        var sections = line[(colon + 1)..];
        Values = Take(ref sections, (byte)'|');
        if (Values.IsEmpty)
            return "it has no value";
        if (!TryType(Take(ref sections, (byte)'|')))
            return "the type is not one of c, g, ms, h, d, s";
        while (!sections.IsEmpty)
        {
            var section = Take(ref sections, (byte)'|');
            if (section is [(byte)'#', ..])
                Tags = section[1..];
            else if (section is [(byte)'@', ..] && !TryRate(section[1..]))
                return "the sample rate is not above 0 and at most 1";
        }

        return null;
    }

    bool TryType(ReadOnlySpan<byte> text)
    {
        StatsDType? type = text switch
        {
            [(byte)'c'] => StatsDType.Counter,
            [(byte)'g'] => StatsDType.Gauge,
            [(byte)'m', (byte)'s'] => StatsDType.Timer,
            [(byte)'h'] or [(byte)'d'] => StatsDType.Histogram,
            [(byte)'s'] => StatsDType.Set,
            _ => null,
        };
        Type = type.GetValueOrDefault();
        return type is not null;
    }

    bool TryRate(ReadOnlySpan<byte> text)
    {
        if (!TryNumber(text, out var rate) || rate is <= 1e-9 or > 1)
            return false;
        Weight = 1 / rate;
        return true;
    }
}
