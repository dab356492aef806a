namespace Barograph.PromQL;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Suggestions
{
    /// <summary>The candidate with the fewest edits, when those are few for the word's length; else null.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > 64)
            return null;
        var lower = word.ToLowerInvariant();
        var best = candidates
            .Select(candidate => (Candidate: candidate, Edits: Edits(lower, candidate)))
            .OrderBy(static pair => pair.Edits)
            .ThenBy(static pair => pair.Candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Candidate is not null && best.Edits <= Math.Max(1, word.Length / 3) && best.Candidate != word ? best.Candidate : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours (Damerau–Levenshtein, restricted).</summary>
    static int Edits(string from, string to)
    {
        var (older, previous, current) = (new int[to.Length + 1], new int[to.Length + 1], new int[to.Length + 1]);
        for (var j = 0; j <= to.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replace = previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                current[j] = Math.Min(replace, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    current[j] = Math.Min(current[j], older[j - 2] + 1);
            }

            (older, previous, current) = (previous, current, older);
        }

        return previous[to.Length];
    }
}
