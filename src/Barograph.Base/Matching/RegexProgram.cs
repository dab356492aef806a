namespace Barograph.Base;

/// <summary>What an instruction does.</summary>
internal enum Op : byte
{
    /// <summary>Takes a code point of the set.</summary>
    Take,

    /// <summary>Goes on at both, preferably at the first.</summary>
    Fork,

    /// <summary>Goes on where a <see cref="Place"/> is.</summary>
    At,

    /// <summary>Remembers where it is.</summary>
    Save,

    /// <summary>Whatever follows matches.</summary>
    Rest,

    /// <summary>The end of the pattern.</summary>
    Match,
}

/// <summary>An instruction.</summary>
/// <param name="Op">What it does.</param>
/// <param name="Next">The one after it.</param>
/// <param name="Other">The other one of a fork; the place; the number of what is saved.</param>
/// <param name="Set">What is taken.</param>
internal readonly record struct Instruction(Op Op, int Next = 0, int Other = 0, RuneSet? Set = null);

/// <summary>A pattern as a nondeterministic automaton over code points (Ken Thompson, 1968).</summary>
internal sealed class RegexProgram
{
    readonly List<Instruction> _instructions = [new(Op.Match)];
    readonly Dictionary<int, RuneSet> _singles = [];
    readonly Dictionary<RuneSet, RuneSet> _sets = [];
    readonly bool _captures;

    RegexProgram(Node pattern, bool captures)
    {
        _captures = captures;
        Start = Add(pattern, 0);
        Instructions = [.. _instructions];
        _instructions.Clear();
    }

    /// <summary>All instructions; the first is the match.</summary>
    public Instruction[] Instructions { get; }

    /// <summary>Where it begins.</summary>
    public int Start { get; }

    /// <summary>The different sets that are taken.</summary>
    public IEnumerable<RuneSet> Sets => _sets.Values.Concat(_singles.Values);

    public bool HasLinePlaces { get; private set; }

    public bool HasWordPlaces { get; private set; }

    public bool HasPlaces { get; private set; }

    /// <summary>To ask whether a whole text matches, of a pattern that <see cref="Simplifier"/> made.</summary>
    public static RegexProgram ForMatching(Node simplified) => new(simplified, captures: false);

    /// <summary>To find where the groups are.</summary>
    public static RegexProgram ForCaptures(Node pattern) => new(pattern, captures: true);

    // Each part is written for what follows it, so from the end to the start.
    int Add(Node node, int next)
    {
        switch (node)
        {
            case LiteralNode literal:
                for (var i = literal.Runes.Length - 1; i >= 0; i--)
                    next = Emit(new(Op.Take, next, Set: Single(literal.Runes[i])));
                return next;
            case ClassNode one:
                return Emit(new(Op.Take, next, Set: Known(one.Set)));
            case PlaceNode place:
                HasPlaces = true;
                HasLinePlaces |= place.Place is Place.LineStart or Place.LineEnd;
                HasWordPlaces |= place.Place is Place.WordBoundary or Place.NoWordBoundary;
                return Emit(new(Op.At, next, (int)place.Place));
            case CaptureNode capture:
                var body = Add(capture.Body, Emit(new(Op.Save, next, capture.Number * 2 + 1)));
                return Emit(new(Op.Save, body, capture.Number * 2));
            case SequenceNode sequence:
                for (var i = sequence.Items.Count - 1; i >= 0; i--)
                    next = Add(sequence.Items[i], next);
                return next;
            case AlternateNode alternate:
                var entry = Add(alternate.Items[^1], next);
                for (var i = alternate.Items.Count - 2; i >= 0; i--)
                    entry = Fork(Add(alternate.Items[i], next), entry, lazy: false);
                return entry;
            default:
                return AddRepeat((RepeatNode)node, next);
        }
    }

    int AddRepeat(RepeatNode repeat, int next)
    {
        var must = repeat.Min;
        if (repeat.Max == RepeatNode.Unbounded)
        {
            if (!_captures && next == 0 && repeat.Body is ClassNode any && any.Set.Equals(RuneSet.All))
            {
                next = Emit(new(Op.Rest));
            }
            else if (must > 0)
            {
                next = AddLoop(repeat, next);
                must--;
            }
            else
            {
                // (x+)? where x may take nothing, so that it comes in its turn; else the fork itself is the way in. Which of the two it is
                // decides which groups are kept when loops lie in loops, and upstream's engine does so too.
                next = repeat.Body.MayBeEmpty ? Fork(AddLoop(repeat, next), next, repeat.IsLazy) : AddStar(repeat, next);
            }
        }

        var after = next;
        for (var may = repeat.Min; may < repeat.Max; may++)
            next = Fork(Add(repeat.Body, next), after, repeat.IsLazy);
        for (; must > 0; must--)
            next = Add(repeat.Body, next);
        return next;
    }

    // The body, and after it a fork back to it.
    int AddLoop(RepeatNode repeat, int next)
    {
        var fork = _instructions[AddStar(repeat, next)];
        return repeat.IsLazy ? fork.Other : fork.Next;
    }

    // A fork before the body, which leads back to it.
    int AddStar(RepeatNode repeat, int next)
    {
        var fork = Emit(default);
        var body = Add(repeat.Body, fork);
        _instructions[fork] = repeat.IsLazy ? new(Op.Fork, next, body) : new(Op.Fork, body, next);
        return fork;
    }

    int Fork(int first, int second, bool lazy) => Emit(lazy ? new(Op.Fork, second, first) : new(Op.Fork, first, second));

    int Emit(Instruction instruction)
    {
        _instructions.Add(instruction);
        return _instructions.Count - 1;
    }

    RuneSet Single(int rune)
    {
        if (!_singles.TryGetValue(rune, out var set))
            _singles.Add(rune, set = RuneSet.Of(rune));
        return set;
    }

    RuneSet Known(RuneSet set)
    {
        if (!_sets.TryGetValue(set, out var known))
            _sets.Add(set, known = set);
        return known;
    }
}
