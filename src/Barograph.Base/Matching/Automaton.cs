using System.Text;

namespace Barograph.Base;

/// <summary>
/// Says whether a whole text matches, in a step for each code point: a deterministic automaton whose states are made when they are first reached (after
/// RE2, Russ Cox, "Regular Expression Matching in the Wild", 2010). Any number of threads use it at the same time; readers take no lock.
/// </summary>
internal sealed class Automaton
{
    /// <summary>Bytes of states at which all are thrown away and made anew.</summary>
    const long Budget = 2 << 20;

    /// <summary>From so many new states in one text on, more than one for every second code point are not worth keeping.</summary>
    const int Patience = 64;

    readonly RegexProgram _program;
    readonly RuneClasses _classes;
    readonly Lock _making = new();
    readonly Dictionary<StateKey, State> _states = [];
    readonly Walk _walk;
    State? _start;
    long _bytes;

    public Automaton(Node simplified)
    {
        _program = RegexProgram.ForMatching(simplified);
        var sets = _program.Sets;
        if (_program.HasLinePlaces)
            sets = sets.Append(RuneSet.LineFeed);
        if (_program.HasWordPlaces)
            sets = sets.Append(RuneSet.Word);
        _classes = new RuneClasses(sets);
        _walk = new Walk(_program);
    }

    /// <summary>How many states there are now.</summary>
    internal int StateCount => _states.Count;

    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        var state = Volatile.Read(ref _start) ?? Start();
        var ascii = _classes.Ascii;
        var made = 0;
        for (var at = 0; at < text.Length && !state.IsSettled;)
        {
            int one;
            if (text[at] < 128)
            {
                one = ascii[text[at++]];
            }
            else
            {
                Rune.DecodeFromUtf8(text[at..], out var rune, out var width);
                one = _classes.Find(rune.Value);
                at += width;
            }

            var next = state.Next[one];
            if (next is null)
            {
                next = Make(state, one);
                if (++made > Patience && made > at / 2)
                    return Simulate(next, text[at..]);
            }

            state = next;
        }

        return state.Matches;
    }

    State Start()
    {
        lock (_making)
        {
            if (_start is null)
            {
                _walk.Begin();
                _walk.Reach(_program.Start);
                Volatile.Write(ref _start, Known(_walk.Sorted(), Neighbour.End));
            }

            return _start;
        }
    }

    State Make(State from, int one)
    {
        lock (_making)
        {
            // Another thread may have been here first.
            if (from.Next[one] is { } made)
                return made;
            var before = _walk.Step(from.Places, from.Before, _classes.Example(one));
            var next = Known(_walk.Sorted(), before);
            from.Next[one] = next; // a reference is seen with what it refers to
            return next;
        }
    }

    // Threads that are in states of before the clearing go on there; nothing else refers to those.
    State Known(int[] places, Neighbour before)
    {
        var key = new StateKey(places, before);
        if (_states.TryGetValue(key, out var known))
            return known;
        if (_bytes > Budget)
        {
            _states.Clear();
            _bytes = 0;
            _start = null;
        }

        var state = new State(places, before, _walk.Matches(places, before), IsSettled(places), _classes.Count);
        _states.Add(key, state);
        _bytes += 160 + places.Length * sizeof(int) + _classes.Count * IntPtr.Size;
        return state;
    }

    // No text that follows changes the answer.
    bool IsSettled(int[] places) => places.Length == 0 || Array.Exists(places, place => _program.Instructions[place].Op == Op.Rest);

    // Texts that make a new state with nearly every code point: the same steps, with nothing kept.
    bool Simulate(State from, ReadOnlySpan<byte> text)
    {
        var walk = new Walk(_program);
        var (places, before) = (from.Places, from.Before);
        while (text.Length > 0 && places.Length > 0)
        {
            Rune.DecodeFromUtf8(text, out var rune, out var width);
            before = walk.Step(places, before, rune.Value);
            places = walk.Found();
            text = text[width..];
        }

        return walk.Matches(places, before);
    }

    /// <summary>The instructions that may come next, and what was before.</summary>
    sealed class State(int[] places, Neighbour before, bool matches, bool isSettled, int classes)
    {
        public readonly State?[] Next = isSettled ? [] : new State?[classes];

        /// <summary>Whether no text that follows changes the answer.</summary>
        public readonly bool IsSettled = isSettled;

        /// <summary>Whether a text that ends here matches.</summary>
        public readonly bool Matches = matches;

        public int[] Places => places;

        public Neighbour Before => before;
    }

    readonly struct StateKey(int[] places, Neighbour before) : IEquatable<StateKey>
    {
        readonly int[] _places = places;
        readonly Neighbour _before = before;

        public bool Equals(StateKey other) => _before == other._before && _places.AsSpan().SequenceEqual(other._places);

        public override bool Equals(object? obj) => obj is StateKey other && Equals(other);

        public override int GetHashCode() =>
            (int)KeyHash.Of(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_places.AsSpan())) + (int)_before;
    }
}
