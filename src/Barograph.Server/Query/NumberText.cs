using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace Barograph.Server.Query;

/// <summary>Numbers as Prometheus writes them, in UTF-8.</summary>
internal static class NumberText
{
    /// <summary>Room that any value or time fits in.</summary>
    public const int LargestBytes = 32;

    // What people measure mostly has few decimals, and looking for them costs a third of what the general way does. Decimals of up to 15 digits are
    // all told apart by a double: one that gives the value is its shortest text.
    const int ShortPlaces = 4;
    const double ShortScale = 10_000;
    const double ShortLimit = 1e11;

    // Below, neighbouring doubles are less than two apart, and no integer has a shorter text than its own digits.
    const double IntegerLimit = 1L << 53;

    // Of up to eight digits.
    const uint SmallLimit = 100_000_000;

    // Seconds of ten digits, which are those of the years 2001 to 2286.
    const long TenDigitsFromMs = 1_000_000_000_000, TenDigitsToMs = 10_000_000_000_000;
    const int SecondsDigits = 10;

    static ReadOnlySpan<byte> Pairs =>
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"u8;

    /// <summary>Unix milliseconds as seconds, with three decimals where there are any.</summary>
    public static int Seconds(long timestampMs, Span<byte> into)
    {
        var (seconds, fraction) = Math.DivRem(timestampMs, 1000);
        var at = 0;
        if (timestampMs < 0)
        {
            into[at++] = (byte)'-';
            (seconds, fraction) = (-seconds, -fraction);
        }

        if (timestampMs is >= TenDigitsFromMs and < TenDigitsToMs)
        {
            FourDigits((uint)(seconds % 10_000), into[(SecondsDigits - 4)..]);
            var rest = (uint)(seconds / 10_000);
            FourDigits(rest % 10_000, into[(SecondsDigits - 8)..]);
            TwoDigits(rest / 10_000, into);
            at = SecondsDigits;
        }
        else
        {
            at += Integer((ulong)seconds, into[at..]);
        }

        return fraction == 0 ? at : at + Thousandths((uint)fraction, into[at..]);
    }

    static int Thousandths(uint number, Span<byte> into)
    {
        into[0] = (byte)'.';
        into[1] = (byte)('0' + number / 100);
        TwoDigits(number % 100, into[2..]);
        return 4;
    }

    /// <summary>A number below 10,000, with leading zeros.</summary>
    public static void FourDigits(uint number, Span<byte> into)
    {
        var upper = number / 100;
        TwoDigits(upper, into);
        TwoDigits(number - 100 * upper, into[2..]);
    }

    // The numbers of a series mostly have the same length, so that the branches are foreseen.
    static int Small(uint number, Span<byte> into)
    {
        if (number < 10_000)
            return UpToFourDigits(number, into);
        var upper = number / 10_000;
        var length = UpToFourDigits(upper, into);
        FourDigits(number - 10_000 * upper, into[length..]);
        return length + 4;
    }

    static int UpToFourDigits(uint number, Span<byte> into)
    {
        switch (number)
        {
            case < 10:
                into[0] = (byte)('0' + number);
                return 1;
            case < 100:
                TwoDigits(number, into);
                return 2;
            case < 1000:
                into[0] = (byte)('0' + number / 100);
                TwoDigits(number % 100, into[1..]);
                return 3;
            default:
                FourDigits(number, into);
                return 4;
        }
    }

    static void TwoDigits(uint number, Span<byte> into) => Pairs.Slice(2 * (int)number, 2).CopyTo(into);

    /// <summary>
    /// A number in a label, such as the bound of a bucket: the same everywhere, or one bucket has two names. As <see cref="Value"/>
    /// writes it.
    /// </summary>
    public static string Of(double value)
    {
        Span<byte> text = stackalloc byte[LargestBytes];
        return Encoding.ASCII.GetString(text[..Value(value, text)]);
    }

    /// <summary>The shortest digits that read back as the same number; with an exponent below 1e-6 and from 1e21 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // counts, which are most of what is written
    public static int Value(double value, Span<byte> into)
    {
        var whole = double.ConvertToIntegerNative<long>(value);
        return whole == value && (ulong)(whole - 1) < SmallLimit - 1 ? Small((uint)whole, into) : Other(value, into);
    }

    static int Other(double value, Span<byte> into)
    {
        var magnitude = Math.Abs(value);
        if (!(magnitude <= double.MaxValue))
            return Word(value, into);
        into[0] = (byte)'-';
        var sign = double.IsNegative(value) ? 1 : 0;
        into = into[sign..];
        if (magnitude < IntegerLimit)
        {
            var whole = Whole(magnitude);
            if (whole == magnitude)
                return sign + Integer((ulong)whole, into);
        }

        if (magnitude < ShortLimit)
        {
            var mantissa = Whole(magnitude * ShortScale + 0.5);
            if (mantissa / ShortScale == magnitude)
                return sign + Short((ulong)mantissa, into);
        }

        var (digits, exponent) = ShortestDecimal.Of(magnitude);
        return sign + (magnitude is >= 1e-6 and < 1e21 ? Plain(digits, exponent, into) : Scientific(digits, exponent, into));
    }

    // What it is given fits, so that the processor's own conversion will do, and what a cast does besides for what does not is left out.
    static long Whole(double value) => double.ConvertToIntegerNative<long>(value);

    static int Word(double value, Span<byte> into)
    {
        var word = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
        word.CopyTo(into);
        return word.Length;
    }

    static int Integer(ulong number, Span<byte> into)
    {
        if (number < SmallLimit)
            return Small((uint)number, into);
        Utf8Formatter.TryFormat(number, into, out var written);
        return written;
    }

    /// <summary>What has a fraction, but one of few places.</summary>
    static int Short(ulong mantissa, Span<byte> into)
    {
        var (whole, fraction) = Math.DivRem(mantissa, (ulong)ShortScale);
        var at = Integer(whole, into);
        into[at] = (byte)'.';
        FourDigits((uint)fraction, into[(at + 1)..]);
        at += ShortPlaces;
        while (into[at] == '0')
            at--;
        return at + 1;
    }

    static int Plain(ulong digits, int exponent, Span<byte> into)
    {
        var count = Integer(digits, into);
        var whole = count + exponent; // how many digits stand before the point
        if (whole >= count)
        {
            into[count..whole].Fill((byte)'0');
            return whole;
        }

        if (whole > 0)
        {
            into[whole..count].CopyTo(into[(whole + 1)..]);
            into[whole] = (byte)'.';
            return count + 1;
        }

        into[..count].CopyTo(into[(2 - whole)..]);
        into[..(2 - whole)].Fill((byte)'0');
        into[1] = (byte)'.';
        return 2 - whole + count;
    }

    /// <summary>One digit, a point when more follow, and an exponent of a sign and at least two digits.</summary>
    static int Scientific(ulong digits, int exponent, Span<byte> into)
    {
        var count = Integer(digits, into);
        exponent += count - 1;
        if (count > 1)
        {
            into[1..count].CopyTo(into[2..]);
            into[1] = (byte)'.';
            count++;
        }

        into[count++] = (byte)'e';
        into[count++] = exponent < 0 ? (byte)'-' : (byte)'+';
        Utf8Formatter.TryFormat(Math.Abs(exponent), into[count..], out var written, new StandardFormat('D', 2));
        return count + written;
    }
}
