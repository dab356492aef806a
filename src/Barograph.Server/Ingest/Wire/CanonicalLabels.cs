using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Barograph.Server.Ingest.Wire;

/// <summary>
/// Tells whether the labels of a remote-write series are a series key as they stand, so that the request's own bytes can be
/// looked up without being copied: the fields in the order that every known sender writes, names ascending, nothing empty.
/// </summary>
internal static class CanonicalLabels
{
    const byte LabelTag = 0x0A, NameTag = 0x0A, ValueTag = 0x12;

    /// <summary>
    /// Measures the run of labels at the start of a series. UTF-8 and lengths are the store's to check, once per series.
    /// </summary>
    /// <returns>How many bytes of it are a key, or -1 when the labels are not written the canonical way.</returns>
    public static int Measure(ReadOnlySpan<byte> series)
    {
        // Labels whose lengths take a byte each, as nearly all do: 0x0A n 0x0A n name 0x12 n value.
        const int ShortestLabel = 8;
        ref var start = ref MemoryMarshal.GetReference(series);
        var (at, previousAt) = (0, 0);
        int previousFirst = 0;
        while (series.Length - at >= ShortestLabel && Unsafe.Add(ref start, at) == LabelTag)
        {
            int inner = Unsafe.Add(ref start, at + 1), nameLength = Unsafe.Add(ref start, at + 3);
            if (inner >= 0x80 || nameLength == 0 || nameLength + 5 > inner || series.Length - at < inner + 2 || Unsafe.Add(ref start, at + 2) != NameTag
                || Unsafe.Add(ref start, at + 4 + nameLength) != ValueTag || Unsafe.Add(ref start, at + 5 + nameLength) != inner - nameLength - 4)
                return MeasureLong(series);
            int first = Unsafe.Add(ref start, at + 4);
            // The first byte decides nearly always.
            if (first <= previousFirst && (first < previousFirst || NameAt(series, previousAt).SequenceCompareTo(NameAt(series, at)) >= 0))
                return -1;
            (previousFirst, previousAt) = (first, at);
            at += inner + 2;
        }

        return at < series.Length && Unsafe.Add(ref start, at) == LabelTag ? MeasureLong(series) : at;

        static ReadOnlySpan<byte> NameAt(ReadOnlySpan<byte> series, int label) => series.Slice(label + 4, series[label + 3]);
    }

    static int MeasureLong(ReadOnlySpan<byte> series)
    {
        ReadOnlySpan<byte> previous = default;
        var at = 0;
        while (at < series.Length && series[at] == LabelTag)
        {
            if (!TryTakeLong(series[at..], out var name, out var length))
                return -1;
            if (!previous.IsEmpty && previous.SequenceCompareTo(name) >= 0)
                return -1;
            previous = name;
            at += length;
        }

        return at;
    }

    static bool TryTakeLong(ReadOnlySpan<byte> label, out ReadOnlySpan<byte> name, out int length)
    {
        name = default;
        length = 0;
        var at = 0;
        if (!TryReadHeader(label, ref at, LabelTag, out var inner) || inner > label.Length - at)
            return false;
        length = at + inner;
        if (!TryReadHeader(label, ref at, NameTag, out var nameLength) || nameLength == 0 || nameLength > length - at)
            return false;
        name = label.Slice(at, nameLength);
        at += nameLength;
        return TryReadHeader(label, ref at, ValueTag, out var valueLength) && valueLength > 0 && valueLength == length - at;
    }

    static bool TryReadHeader(ReadOnlySpan<byte> label, ref int at, byte tag, out int length)
    {
        length = 0;
        if (at >= label.Length || label[at++] != tag)
            return false;
        for (var shift = 0; shift < 28 && at < label.Length; shift += 7)
        {
            var more = label[at++];
            length |= (more & 0x7F) << shift;
            if (more < 0x80)
                return shift == 0 || more != 0; // one spelling only: a padded length would make two keys of one series
        }

        return false;
    }
}
