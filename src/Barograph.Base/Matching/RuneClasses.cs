using System.Security.Cryptography;

namespace Barograph.Base;

/// <summary>
/// Code points that no set of a pattern tells apart, numbered as classes: what an automaton's table has columns for.
/// </summary>
internal sealed class RuneClasses
{
    readonly int[] _ascii = new int[128];
    readonly int[] _starts; // of each stretch of one class
    readonly int[] _classes;
    readonly List<int> _examples = [];

    public RuneClasses(IEnumerable<RuneSet> sets)
    {
        var (starts, classes) = (new List<int>(), new List<int>());
        var known = new Dictionary<UInt128, int>();
        UInt128 members = 0; // the sum of the random numbers of the sets that have it: equal for those in the same sets
        var edges = Edges(sets);
        for (var i = 0; i <= RuneSet.Last;)
        {
            while (edges.TryPeek(out var edge, out var at) && at == i)
            {
                members += edge;
                edges.Dequeue();
            }

            if (!known.TryGetValue(members, out var one))
            {
                known.Add(members, one = known.Count);
                _examples.Add(i);
            }

            starts.Add(i);
            classes.Add(one);
            i = edges.TryPeek(out _, out var next) ? next : RuneSet.Last + 1;
        }

        (_starts, _classes) = ([.. starts], [.. classes]);
        for (var i = 0; i < _ascii.Length; i++)
            _ascii[i] = Find(i);
    }

    public int Count => _examples.Count;

    /// <summary>The classes of ASCII.</summary>
    public ReadOnlySpan<int> Ascii => _ascii;

    /// <summary>A code point of a class, which stands for all.</summary>
    public int Example(int number) => _examples[number];

    /// <summary>The class of a code point.</summary>
    public int Find(int rune)
    {
        var place = Array.BinarySearch(_starts, rune);
        return _classes[place < 0 ? ~place - 1 : place];
    }

    static PriorityQueue<UInt128, int> Edges(IEnumerable<RuneSet> sets)
    {
        var edges = new PriorityQueue<UInt128, int>();
        foreach (var set in sets)
        {
            var number = System.Runtime.InteropServices.MemoryMarshal.Read<UInt128>(RandomNumberGenerator.GetBytes(16));
            for (var i = 0; i < set.Bounds.Length; i += 2)
            {
                edges.Enqueue(number, set.Bounds[i]);
                edges.Enqueue(UInt128.Zero - number, set.Bounds[i + 1] + 1);
            }
        }

        return edges;
    }
}
