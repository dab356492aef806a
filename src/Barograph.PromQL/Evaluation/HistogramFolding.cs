using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>Where an aggregation of histograms reports what it meets.</summary>
internal sealed record HistogramFoldingSite(Annotations Annotations, SourceSpan At);

/// <summary>The histograms in a <c>sum</c> or <c>avg</c>. A step with floats and histograms has no result.</summary>
internal sealed class HistogramFolding(int steps, HistogramFoldingSite site, bool isMean)
{
    readonly HistogramSum?[] _sums = new HistogramSum?[steps];

    public void Add(NativeHistogram?[] histograms)
    {
        for (var step = 0; step < steps; step++)
        {
            if (histograms[step] is { } histogram)
                (_sums[step] ??= new HistogramSum(isMean)).Add(histogram);
        }
    }

    public static void Merge(ref HistogramFolding? into, HistogramFolding? part)
    {
        if (part is null)
            return;
        if (into is null)
        {
            into = part;
            return;
        }

        for (var step = 0; step < into._sums.Length; step++)
        {
            if (into._sums[step] is null)
                into._sums[step] = part._sums[step];
            else if (part._sums[step] is { } other)
                into._sums[step]!.Add(other);
        }
    }

    public void Finish(Column into)
    {
        for (var step = 0; step < steps; step++)
        {
            if (_sums[step] is not { } sum)
                continue;
            if (into.Has(step))
            {
                site.Annotations.Warn(site.At, "encountered a mix of histograms and floats for aggregation");
                into.Set(step, Absent.Value);
                continue;
            }

            if (sum.IsMixed)
            {
                site.Annotations.Warn(site.At, AnnotationTexts.MixedSchemas(""));
                continue;
            }

            if (sum.Notes.HasFlag(HistogramNotes.Reconciled))
                site.Annotations.Inform(site.At, AnnotationTexts.Reconciled("aggregation"));
            if (sum.Notes.HasFlag(HistogramNotes.ConflictingResets))
                site.Annotations.Warn(site.At, $"{AnnotationTexts.ConflictingResets} aggregation");
            into.Set(step, sum.Result);
        }
    }
}
