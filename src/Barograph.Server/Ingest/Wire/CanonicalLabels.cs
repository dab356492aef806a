namespace Barograph.Server.Ingest.Wire;

/// <summary>
/// Tells whether the labels of a remote-write series are a series key as they stand, so that the request's own bytes can be
/// looked up without being copied: the fields in the order that every known sender writes, names ascending, nothing empty.
/// </summary>
internal static class CanonicalLabels
{
    /// <summary>Checks the bytes of all labels of one series. UTF-8 and lengths are the store's to check, once per series.</summary>
    public static bool IsKey(ReadOnlySpan<byte> labels)
    {
        ReadOnlySpan<byte> previous = default;
        var at = 0;
        while (at < labels.Length)
        {
            if (!TryReadHeader(labels, ref at, 0x0A, out var inner) || inner > labels.Length - at)
                return false;
            var end = at + inner;
            if (!TryReadHeader(labels, ref at, 0x0A, out var nameLength) || nameLength == 0 || nameLength > end - at)
                return false;
            var name = labels.Slice(at, nameLength);
            at += nameLength;
            if (!TryReadHeader(labels, ref at, 0x12, out var valueLength) || valueLength == 0 || valueLength != end - at)
                return false;
            at = end;
            if (!Ascends(previous, name))
                return false;
            previous = name;
        }

        return at > 0;
    }

    static bool Ascends(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> name)
    {
        // The first byte decides nearly always.
        if (!previous.IsEmpty && previous[0] != name[0])
            return previous[0] < name[0];
        return previous.SequenceCompareTo(name) < 0;
    }

    static bool TryReadHeader(ReadOnlySpan<byte> labels, ref int at, byte tag, out int length)
    {
        length = 0;
        if (labels.Length - at < 2 || labels[at] != tag)
            return false;
        length = labels[at + 1];
        at += 2;
        return length < 0x80 || TryReadLonger(labels, ref at, ref length);
    }

    static bool TryReadLonger(ReadOnlySpan<byte> labels, ref int at, ref int length)
    {
        length &= 0x7F;
        for (var shift = 7; shift < 28 && at < labels.Length; shift += 7)
        {
            var more = labels[at++];
            length |= (more & 0x7F) << shift;
            if (more < 0x80)
                return more != 0; // one spelling only: a padded length would make two keys of one series
        }

        return false;
    }
}
