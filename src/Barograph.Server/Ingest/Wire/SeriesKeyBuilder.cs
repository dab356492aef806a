using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Barograph.TimeSeries;

namespace Barograph.Server.Ingest.Wire;

/// <summary>
/// Builds the key of a series (its format: <see cref="SampleBatch"/>) from labels in any order. Labels that come in order
/// are written once, straight into the key. Reusable, not thread-safe.
/// </summary>
internal sealed class SeriesKeyBuilder
{
    // These are far above the store's own limits, whose refusals name the series; they only bound the work.
    public const int LabelsMax = 256;
    public const int NameBytesMax = 4096;
    public const int ValueBytesMax = 64 << 10;

    byte[] _written = new byte[1024];
    byte[] _sorted = new byte[1024];
    readonly List<Entry> _labels = new(64);
    int _length;
    readonly List<byte[]> _empty = []; // names of labels that were there without a value
    readonly List<string> _passed = []; // names of labels that were not added, because there were too many or they were too long
    bool _inOrder = true;
    string? _problem;

    /// <param name="First">The name's first eight bytes, or fewer and zeros, so that most comparisons are one of numbers.</param>
    readonly record struct Entry(ulong First, int Start, int NameStart, int NameLength, int ValueStart, int End);

    /// <summary>Forgets all labels, keeps the memory.</summary>
    public void Clear()
    {
        _labels.Clear();
        _passed.Clear();
        _empty.Clear();
        (_length, _inOrder, _problem, PassesLimit) = (0, true, null, false);
    }

    /// <summary>What <see cref="Truncate"/> goes back to: labels many series share are added once, before their own.</summary>
    public int Count => _labels.Count;

    /// <summary>Forgets the labels after the first <paramref name="count"/>; those must have come in this order before.</summary>
    public void Truncate(int count)
    {
        _labels.RemoveRange(count, _labels.Count - count);
        _length = count == 0 ? 0 : _labels[^1].End;
        _passed.Clear();
        (_problem, PassesLimit) = (null, false);
        _inOrder = true;
        for (var i = 1; i < count && _inOrder; i++)
            _inOrder = Compare(_labels[i - 1], _labels[i]) < 0;
    }

    /// <summary>Whether <see cref="TryBuild"/> has a problem because there are too many labels, or one is too long.</summary>
    public bool PassesLimit { get; private set; }

    /// <summary>Adds a label; one with an empty value is the same as none and left out.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            if (_empty.Count < LabelsMax)
                _empty.Add(name.ToArray());
            return;
        }

        if (name.IsEmpty)
            _problem ??= "a label has no name";
        if (_labels.Count == LabelsMax || name.Length > NameBytesMax || value.Length > ValueBytesMax)
        {
            PassesLimit |= _problem is null;
            if (_passed.Count < LabelsMax)
                _passed.Add(Printable(name));
            _problem ??= _labels.Count == LabelsMax
                ? $"a series has more than {LabelsMax} labels"
                : $"the label '{Printable(name)}' has {name.Length} bytes of name and {value.Length} of value; at most {NameBytesMax} and {ValueBytesMax} are read";
            return;
        }

        var inner = 2 + VarintLength(name.Length) + name.Length + VarintLength(value.Length) + value.Length;
        EnsureRoom(1 + VarintLength(inner) + inner);
        var (start, nameStart, valueStart) = (_length, _length + 4, _length + 6 + name.Length);
        if (inner < 0x80)
        {
            var room = _written.AsSpan(start, 2 + inner); // all lengths are one byte
            (room[0], room[1], room[2], room[3]) = (0x0A, (byte)inner, 0x0A, (byte)name.Length);
            name.CopyTo(room[4..]);
            (room[4 + name.Length], room[5 + name.Length]) = (0x12, (byte)value.Length);
            value.CopyTo(room[(6 + name.Length)..]);
            _length += room.Length;
        }
        else
        {
            WriteHeader(0x0A, inner);
            WriteHeader(0x0A, name.Length);
            nameStart = _length;
            Write(name);
            WriteHeader(0x12, value.Length);
            valueStart = _length;
            Write(value);
        }

        _labels.Add(new Entry(First(name), start, nameStart, name.Length, valueStart, _length));
        if (_labels.Count > 1 && _inOrder)
            _inOrder = Compare(_labels[^2], _labels[^1]) < 0;
    }

    /// <summary>Adds a label from text.</summary>
    public void Add(string name, string value)
    {
        Span<byte> bytes = stackalloc byte[512];
        var needed = Encoding.UTF8.GetMaxByteCount(name.Length) + Encoding.UTF8.GetMaxByteCount(value.Length);
        if (needed > bytes.Length)
            bytes = new byte[needed];
        var nameLength = Encoding.UTF8.GetBytes(name, bytes);
        var valueLength = Encoding.UTF8.GetBytes(value, bytes[nameLength..]);
        Add(bytes[..nameLength], bytes.Slice(nameLength, valueLength));
    }

    /// <summary>The label that was added first, for a message.</summary>
    public string FirstLabel
    {
        get
        {
            var label = _labels[0];
            return $"{Printable(Name(label))}=\"{Printable(_written.AsSpan(label.ValueStart..label.End))}\"";
        }
    }

    /// <summary>Whether a label of that name was added.</summary>
    public bool Contains(ReadOnlySpan<byte> name) => ContainsAfter(0, name);

    /// <summary>Whether a label of that name was given an empty value since <see cref="Clear"/>.</summary>
    public bool HasEmpty(ReadOnlySpan<byte> name)
    {
        foreach (var empty in _empty)
        {
            if (name.SequenceEqual(empty))
                return true;
        }

        return false;
    }

    /// <summary>Whether a label of that name was added after the first <paramref name="count"/>.</summary>
    public bool ContainsAfter(int count, ReadOnlySpan<byte> name)
    {
        var first = First(name);
        foreach (ref readonly var label in CollectionsMarshal.AsSpan(_labels)[count..])
        {
            if (label.First == first && Name(label).SequenceEqual(name))
                return true;
        }

        return false;
    }

    /// <summary>Says which of the limits (0: none) the labels pass, or null.</summary>
    public string? Exceeds(int labelsMax, int nameBytesMax, int valueBytesMax)
    {
        if (labelsMax > 0 && _labels.Count > labelsMax)
            return $"a series has {_labels.Count} labels, and label_limit is {labelsMax}";
        if (nameBytesMax == 0 && valueBytesMax == 0)
            return null;
        foreach (var label in _labels)
        {
            if (nameBytesMax > 0 && label.NameLength > nameBytesMax)
                return $"a label's name has {label.NameLength} bytes, and label_name_length_limit is {nameBytesMax}";
            if (valueBytesMax > 0 && label.End - label.ValueStart > valueBytesMax)
                return $"a label's value has {label.End - label.ValueStart} bytes, and label_value_length_limit is {valueBytesMax}";
        }

        return null;
    }

    /// <summary>
    /// Takes away what no series may have of the labels after the first <paramref name="first"/>: those that are too long or no UTF-8,
    /// and of too many the last by name.
    /// </summary>
    /// <param name="first">How many stay in any case.</param>
    /// <param name="labelsMax">How many there may be in all.</param>
    /// <param name="nameBytesMax">Bytes of a name.</param>
    /// <param name="valueBytesMax">Bytes of a value.</param>
    /// <returns>The names of what was taken away.</returns>
    public IReadOnlyList<string> KeepWhatFits(int first, int labelsMax, int nameBytesMax, int valueBytesMax)
    {
        bool Fits(Entry label) => label.NameLength <= nameBytesMax && label.End - label.ValueStart <= valueBytesMax
            && Utf8.IsValid(_written.AsSpan(label.NameStart, label.NameLength)) && Utf8.IsValid(_written.AsSpan(label.ValueStart..label.End));

        var own = _labels[first..];
        if (_passed.Count == 0 && _labels.Count <= labelsMax && own.TrueForAll(Fits))
            return [];
        List<string> leftOut = [.. _passed];
        own.Sort((left, right) => Compare(left, right));
        var bytes = _written[.._length];
        Truncate(first);
        foreach (var label in own)
        {
            if (_labels.Count < labelsMax && Fits(label))
                Add(bytes.AsSpan(label.NameStart, label.NameLength), bytes.AsSpan(label.ValueStart..label.End));
            else
                leftOut.Add(Printable(bytes.AsSpan(label.NameStart, label.NameLength)));
        }

        return leftOut;
    }

    /// <summary>The labels as text; for paths that are not hot.</summary>
    public SortedDictionary<string, string> ToDictionary()
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in _labels)
        {
            labels[Encoding.UTF8.GetString(_written, label.NameStart, label.NameLength)] =
                Encoding.UTF8.GetString(_written, label.ValueStart, label.End - label.ValueStart);
        }

        return labels;
    }

    /// <summary>The key of the labels added so far, valid until the next change.</summary>
    /// <param name="key">The key.</param>
    /// <param name="problem">Otherwise why these labels name no series.</param>
    public bool TryBuild(out ReadOnlySpan<byte> key, [NotNullWhen(false)] out string? problem)
    {
        key = default;
        problem = _problem ?? (_labels.Count == 0 ? "a series has no labels" : null);
        if (problem is not null)
            return false;
        key = _written.AsSpan(0, _length);
        return _inOrder || TrySort(out key, out problem);
    }

    /// <summary>Sorts by insertion: labels are few, and those that many series share come first and in order.</summary>
    bool TrySort(out ReadOnlySpan<byte> key, [NotNullWhen(false)] out string? problem)
    {
        if (_sorted.Length < _length)
            _sorted = new byte[_written.Length];
        var labels = CollectionsMarshal.AsSpan(_labels);
        Span<byte> order = stackalloc byte[LabelsMax];
        for (var i = 0; i < labels.Length; i++)
        {
            var at = i;
            for (; at > 0; at--)
            {
                var compared = Compare(labels[order[at - 1]], labels[i]);
                if (compared == 0)
                {
                    key = default;
                    problem = $"the label '{Printable(Name(labels[i]))}' occurs twice";
                    return false;
                }

                if (compared < 0)
                    break;
                order[at] = order[at - 1];
            }

            order[at] = (byte)i;
        }

        var length = 0;
        foreach (var i in order[..labels.Length])
        {
            ref readonly var label = ref labels[i];
            _written.AsSpan(label.Start..label.End).CopyTo(_sorted.AsSpan(length));
            length += label.End - label.Start;
        }

        key = _sorted.AsSpan(0, length);
        problem = null;
        return true;
    }

    static ulong First(ReadOnlySpan<byte> name)
    {
        if (name.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(name);
        ulong first = 0;
        for (var i = 0; i < name.Length; i++)
            first |= (ulong)name[i] << (56 - (8 * i));
        return first;
    }

    int Compare(in Entry left, in Entry right) =>
        left.First != right.First ? left.First.CompareTo(right.First) : Name(left).SequenceCompareTo(Name(right));

    /// <summary>Bytes of a sender as text for a message: cut at 80, broken UTF-8 and control characters replaced.</summary>
    public static string Printable(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.Length > 80 ? bytes[..80] : bytes);
        return string.Concat(text.Select(static letter => char.IsControl(letter) ? '?' : letter)) + (bytes.Length > 80 ? "…" : "");
    }

    ReadOnlySpan<byte> Name(in Entry label) => _written.AsSpan(label.NameStart, label.NameLength);

    void EnsureRoom(int more)
    {
        if (_length + more > _written.Length)
            Array.Resize(ref _written, Math.Max(_written.Length * 2, _length + more));
    }

    void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_written.AsSpan(_length));
        _length += bytes.Length;
    }

    void WriteHeader(byte tag, int length)
    {
        _written[_length++] = tag;
        for (; length >= 0x80; length >>= 7)
            _written[_length++] = (byte)(length | 0x80);
        _written[_length++] = (byte)length;
    }

    static int VarintLength(int value)
    {
        var length = 1;
        for (; value >= 0x80; value >>= 7)
            length++;
        return length;
    }
}
