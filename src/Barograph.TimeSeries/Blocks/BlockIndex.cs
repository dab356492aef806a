namespace Barograph.TimeSeries;

/// <summary>
/// The index of a block, verified: from its sections, or from the spare copy when one of them is damaged. The layouts are
/// drawn at <see cref="SeriesSection"/>, <see cref="BlockLabels"/> and <see cref="PostingsBuilder"/>.
/// </summary>
internal sealed class BlockIndex
{
    readonly ReadOnlyMemory<byte> _times, _labels, _postings;

    BlockIndex(int seriesCount, ReadOnlyMemory<byte>[] sections, bool rebuildPostings)
    {
        SeriesCount = seriesCount;
        Series = new SeriesSection(sections[(int)SectionKind.Series], seriesCount);
        _times = sections[(int)SectionKind.Times];
        _labels = sections[(int)SectionKind.Labels];
        // Building is deterministic: what is rebuilt is byte for byte what was damaged.
        _postings = rebuildPostings ? RebuildPostings() : sections[(int)SectionKind.Postings];
        Labels = new BlockLabels(_labels, _postings);
    }

    public int SeriesCount { get; }

    public BlockLabels Labels { get; }

    public SeriesSection Series { get; }

    /// <summary>Reads the index that the footer tells of.</summary>
    /// <param name="damaged">Told what had to be replaced by the spare.</param>
    /// <exception cref="CorruptBlockException">Neither the sections nor the spare are whole.</exception>
    public static BlockIndex Read(MappedFile file, BlockFooter footer, string path, Action<string> damaged)
    {
        var sections = new ReadOnlyMemory<byte>[(int)SectionKind.Spare];
        List<SectionKind> broken = [];
        for (var kind = SectionKind.Labels; kind < SectionKind.Spare; kind++)
        {
            if (TryReadSection(file, footer[kind], out var section))
                sections[(int)kind] = section;
            else
                broken.Add(kind);
        }

        if (broken.Count > 0)
        {
            var spare = BlockSpare.TryRead(file, footer) ??
                throw new CorruptBlockException(path, $"the index ({string.Join(", ", broken)}) and its spare copy are damaged");
            sections[(int)SectionKind.Labels] = spare.Labels;
            sections[(int)SectionKind.Series] = spare.Series;
            sections[(int)SectionKind.Times] = spare.Times;
            damaged($"the index ({string.Join(", ", broken)}) is damaged, the spare copy serves; merge or restore the block");
        }

        return new BlockIndex(footer.Info.SeriesCount, sections, broken.Contains(SectionKind.Postings));
    }

    /// <summary>The entries of the time columns.</summary>
    public TimesEntry Times(int number) => TimesEntry.Read(_times.Span.Slice(number * TimesEntry.Bytes, TimesEntry.Bytes));

    public int TimesCount => _times.Length / TimesEntry.Bytes;

    /// <summary>Whether a section is as it was written.</summary>
    public static bool TryReadSection(MappedFile file, Section section, out ReadOnlyMemory<byte> content)
    {
        content = default;
        if (section.SizeBytes > int.MaxValue || !file.Contains(section.OffsetBytes, section.SizeBytes))
            return false;
        content = file.Part(section.OffsetBytes, (int)section.SizeBytes);
        return Crc32C.Compute(content.Span) == section.Checksum;
    }

    /// <summary>Whether each label's series are those that have it.</summary>
    public bool PostingsAgree() => RebuildPostings().Span.SequenceEqual(_postings.Span);

    ReadOnlyMemory<byte> RebuildPostings()
    {
        using var counts = new ColumnNumbers(new BlockLabels(_labels, default).CountValues());
        List<(int Column, int Value)> labels = [];
        ForEachLabel((column, value, _) => counts.At(column, value)++);
        var (section, offsets) = PostingsBuilder.Build(counts, ForEachLabel);
        using (section)
        using (offsets)
            return section.Written.ToArray();

        void ForEachLabel(PostingsBuilder.Member use)
        {
            for (var series = 0; series < SeriesCount; series++)
            {
                Series.ReadLabels(series, labels);
                foreach (var (column, value) in labels)
                    use(column, value, series);
            }
        }
    }
}
