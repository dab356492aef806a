namespace Barograph.Base;

/// <summary>One step of all threads of a program at once. Kept between steps for its memory; one thread uses it.</summary>
internal sealed class Walk(RegexProgram program)
{
    readonly Instruction[] _instructions = program.Instructions;
    readonly SparseSet _found = new(program.Instructions.Length);
    readonly SparseSet _here = new(program.Instructions.Length);
    readonly Stack<int> _open = new();

    public void Begin() => _found.Clear();

    /// <summary>Adds an instruction and those that follow it without taking anything; where a <see cref="Place"/> is asked for, it stays.</summary>
    public void Reach(int start) => Reach(_found, start, null);

    /// <summary>The instructions that may come next. Forks are behind them already.</summary>
    public int[] Found()
    {
        var found = new int[_found.Members.Length];
        var count = 0;
        foreach (var number in _found.Members)
        {
            if (_instructions[number].Op != Op.Fork)
                found[count++] = number;
        }

        return found[..count];
    }

    /// <summary>As <see cref="Found"/>, ascending.</summary>
    public int[] Sorted()
    {
        var sorted = Found();
        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>Takes a code point: afterwards <see cref="Found"/> are the instructions that may come next.</summary>
    /// <returns>What is now before them, as far as the pattern asks.</returns>
    public Neighbour Step(int[] places, Neighbour before, int rune)
    {
        var after = Neighbours.Of(rune);
        _found.Clear();
        foreach (var place in Passed(places, before, after))
        {
            var instruction = _instructions[place];
            if (instruction.Op == Op.Rest)
                _found.Add(place);
            else if (instruction.Op == Op.Take && instruction.Set!.Contains(rune))
                Reach(_found, instruction.Next, null);
        }

        return after switch
        {
            Neighbour.LineFeed when program.HasLinePlaces => after,
            Neighbour.WordPart when program.HasWordPlaces => after,
            _ => Neighbour.Other,
        };
    }

    /// <summary>Whether a text that ends here matches.</summary>
    public bool Matches(int[] places, Neighbour before)
    {
        foreach (var place in Passed(places, before, Neighbour.End))
        {
            if (_instructions[place].Op is Op.Match or Op.Rest)
                return true;
        }

        return false;
    }

    // With what stood before a place that is one of those asked for.
    ReadOnlySpan<int> Passed(int[] places, Neighbour before, Neighbour after)
    {
        if (!program.HasPlaces)
            return places;
        _here.Clear();
        foreach (var place in places)
            Reach(_here, place, (before, after));
        return _here.Members;
    }

    void Reach(SparseSet into, int start, (Neighbour Before, Neighbour After)? between)
    {
        _open.Push(start);
        while (_open.TryPop(out var number))
        {
            if (!into.Add(number))
                continue;
            var instruction = _instructions[number];
            if (instruction.Op == Op.Fork)
            {
                _open.Push(instruction.Other);
                _open.Push(instruction.Next);
            }
            else if (instruction.Op == Op.At && between is { } sides && Neighbours.Make((Place)instruction.Other, sides.Before, sides.After))
            {
                _open.Push(instruction.Next);
            }
        }
    }
}
