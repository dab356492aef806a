using System.Text;

namespace Barograph.Base;

/// <summary>
/// Finds where the groups of a match are, as Perl would choose: by a <see cref="Backtracker"/> where that fits, otherwise all threads of the program step by
/// step, in the order of their preference (Rob Pike's machine, after Russ Cox, "Regular Expression Matching: the Virtual Machine Approach", 2009). One thread
/// uses it at a time.
/// </summary>
internal sealed class CaptureFinder
{
    readonly RegexProgram _program;
    readonly Backtracker _backtracker;
    readonly int _slots;
    readonly SparseSet _visited;
    readonly Stack<(int Number, int Slot, int Old)> _open = new();
    readonly int[] _current;
    Threads _now;
    Threads _next;

    /// <param name="pattern">The pattern, as it was parsed.</param>
    /// <param name="groups">How many groups it has, with the whole match.</param>
    public CaptureFinder(Node pattern, int groups)
    {
        _program = RegexProgram.ForCaptures(pattern);
        _slots = groups * 2;
        _backtracker = new Backtracker(_program, _slots);
        _visited = new SparseSet(_program.Instructions.Length);
        _current = new int[_slots];
        (_now, _next) = (new Threads(_slots), new Threads(_slots));
    }

    /// <summary>Start and end of each group in bytes, the whole match first; -1 for a group that took no part. Empty when there is no match.</summary>
    public int[] Find(ReadOnlySpan<byte> text) => _backtracker.Fits(text.Length) ? _backtracker.Find(text) : FindByThreads(text);

    internal int[] FindByThreads(ReadOnlySpan<byte> text)
    {
        _now.Clear();
        var at = 0;
        var (rune, width) = Decode(text);
        Array.Fill(_current, -1);
        var matched = Follow(_program.Start, _now, at, Neighbour.End, rune);
        while (rune >= 0)
        {
            var before = Neighbours.Of(rune);
            at += width;
            (rune, width) = Decode(text[at..]);
            _next.Clear();
            _visited.Clear();
            matched = false;
            for (var thread = 0; thread < _now.Count && !matched; thread++)
            {
                _now.Captures(thread).CopyTo(_current);
                matched = Follow(_now.Numbers[thread], _next, at, before, rune);
            }

            (_now, _next) = (_next, _now);
            if (_now.Count == 0 && !matched)
                break;
        }

        _visited.Clear();
        if (!matched || rune >= 0)
            return [];
        (_current[0], _current[1]) = (0, text.Length);
        return [.. _current];
    }

    static (int Rune, int Width) Decode(ReadOnlySpan<byte> text)
    {
        if (text.Length == 0)
            return (-1, 0);
        Rune.DecodeFromUtf8(text, out var rune, out var width);
        return (rune.Value, width);
    }

    /// <summary>
    /// Follows an instruction to those that take <paramref name="rune"/>, and keeps what comes after them as threads with their groups; at the end of the text,
    /// to the match.
    /// </summary>
    /// <returns>Whether it is the match; <see cref="_current"/> has its groups then.</returns>
    bool Follow(int start, Threads into, int at, Neighbour before, int rune)
    {
        var after = rune < 0 ? Neighbour.End : Neighbours.Of(rune);
        _open.Clear();
        _open.Push((start, -1, 0));
        while (_open.TryPop(out var open))
        {
            if (open.Slot >= 0)
            {
                _current[open.Slot] = open.Old; // all that followed the group's edge is done
                continue;
            }

            if (!_visited.Add(open.Number))
                continue;
            var instruction = _program.Instructions[open.Number];
            switch (instruction.Op)
            {
                case Op.Take when rune >= 0 && instruction.Set!.Contains(rune):
                    into.Add(instruction.Next, _current);
                    break;
                case Op.Fork:
                    _open.Push((instruction.Other, -1, 0));
                    _open.Push((instruction.Next, -1, 0));
                    break;
                case Op.At when Neighbours.Make((Place)instruction.Other, before, after):
                    _open.Push((instruction.Next, -1, 0));
                    break;
                case Op.Save:
                    _open.Push((0, instruction.Other, _current[instruction.Other]));
                    _current[instruction.Other] = at;
                    _open.Push((instruction.Next, -1, 0));
                    break;
                case Op.Match when rune < 0:
                    return true;
            }
        }

        return false;
    }

    /// <summary>Where to go on, by preference, each with the groups so far.</summary>
    sealed class Threads(int slots)
    {
        int[] _captures = new int[slots * 8];

        public int[] Numbers { get; private set; } = new int[8];

        public int Count { get; private set; }

        public void Clear() => Count = 0;

        public void Add(int number, ReadOnlySpan<int> captures)
        {
            if (Count == Numbers.Length)
            {
                var numbers = Numbers;
                Array.Resize(ref numbers, Count * 2);
                Numbers = numbers;
                Array.Resize(ref _captures, Count * 2 * slots);
            }

            Numbers[Count] = number;
            captures.CopyTo(_captures.AsSpan(Count++ * slots));
        }

        public ReadOnlySpan<int> Captures(int thread) => _captures.AsSpan(thread * slots, slots);
    }
}
