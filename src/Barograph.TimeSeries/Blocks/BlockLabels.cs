using System.Buffers.Binary;
using System.Text;

namespace Barograph.TimeSeries;

/// <summary>
/// The labels and postings of a block, read where they lie: names and values are sorted by their bytes.
/// <code>
/// u32 names, names × u32 offset of the column in this section
/// column: varint size, name; u32 values, (values + 1) × u32 offset in the texts, values × u32 offset in the postings, texts
/// </code>
/// </summary>
internal sealed class BlockLabels : ILabelColumns
{
    readonly Column[] _columns;

    public BlockLabels(ReadOnlyMemory<byte> labels, ReadOnlyMemory<byte> postings)
    {
        var section = labels.Span;
        _columns = new Column[BinaryPrimitives.ReadUInt32LittleEndian(section)];
        for (var i = 0; i < _columns.Length; i++)
        {
            var offset = (int)BinaryPrimitives.ReadUInt32LittleEndian(section[((i + 1) * sizeof(uint))..]);
            var reader = new ByteReader(section[offset..]);
            var name = reader.Read(reader.ReadCount(section.Length)).ToArray();
            var count = (int)BinaryPrimitives.ReadUInt32LittleEndian(reader.Read(sizeof(uint)));
            _columns[i] = new Column(name, count, labels[(offset + reader.Position)..], postings);
        }
    }

    /// <summary>The columns, sorted by name.</summary>
    public IReadOnlyList<Column> Columns => _columns;

    public IEnumerable<string> Names => _columns.Select(static column => column.Name);

    public int[] CountValues() => [.. _columns.Select(static column => column.Count)];

    public ILabelColumn? Find(ReadOnlySpan<byte> name)
    {
        var (low, high) = (0, _columns.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = name.SequenceCompareTo(_columns[middle].NameBytes);
            if (order == 0)
                return _columns[middle];
            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return null;
    }

    /// <summary>One label's values.</summary>
    internal sealed class Column(byte[] name, int count, ReadOnlyMemory<byte> content, ReadOnlyMemory<byte> postings) : ILabelColumn
    {
        /// <summary>Where the texts begin: behind count + 1 offsets of texts and count offsets of postings.</summary>
        readonly int _textsAt = (2 * count + 1) * sizeof(uint);

        public string Name { get; } = LabelNames.Text(name);

        public ReadOnlySpan<byte> NameBytes => name;

        public int Count => count;

        public ReadOnlySpan<byte> this[int value]
        {
            get
            {
                var bytes = content.Span;
                var (start, end) = (ReadOffset(bytes, value), ReadOffset(bytes, value + 1));
                return bytes[(_textsAt + start)..(_textsAt + end)];
            }
        }

        public string Text(int value) => Encoding.UTF8.GetString(this[value]);

        public int Find(ReadOnlySpan<byte> value)
        {
            var (low, high) = (0, count - 1);
            while (low <= high)
            {
                var middle = (low + high) / 2;
                var order = value.SequenceCompareTo(this[middle]);
                if (order == 0)
                    return middle;
                (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
            }

            return -1;
        }

        public void AddSeries(int value, SeriesSet set) =>
            PostingsBuilder.ReadList(postings.Span[ReadOffset(content.Span, count + 1 + value)..], set);

        static int ReadOffset(ReadOnlySpan<byte> bytes, int index) =>
            (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[(index * sizeof(uint))..]);
    }
}
