using System.Text;

namespace Barograph.Base;

/// <summary>
/// Finds where the groups of a match are by trying what is preferred first and going back where it fails, each instruction at each place of the text at
/// most once, so that it stays linear. Faster than all threads step by step where what was tried fits into few bits.
/// </summary>
internal sealed class Backtracker(RegexProgram program, int slots)
{
    const int MostBits = 1 << 16;

    readonly Instruction[] _instructions = program.Instructions;
    readonly Stack<(int Number, int At)> _open = new(); // where to go on; with a negative number, what to put back into a slot
    readonly int[] _captures = new int[slots];
    ulong[] _tried = [];

    /// <summary>Whether a text of so many bytes is short enough.</summary>
    public bool Fits(int length) => (long)_instructions.Length * (length + 1) <= MostBits;

    /// <summary>As <see cref="CaptureFinder.Find"/>.</summary>
    public int[] Find(ReadOnlySpan<byte> text)
    {
        Clear(_instructions.Length * (text.Length + 1));
        _open.Push((program.Start, 0));
        while (_open.TryPop(out var open))
        {
            if (open.Number < 0)
            {
                _captures[~open.Number] = open.At;
                continue;
            }

            if (Follow(open.Number, open.At, text))
            {
                (_captures[0], _captures[1]) = (0, text.Length);
                return [.. _captures];
            }
        }

        return [];
    }

    void Clear(int bits)
    {
        var words = (bits + 63) / 64;
        if (_tried.Length < words)
            _tried = new ulong[words];
        else
            _tried.AsSpan(0, words).Clear();
        _open.Clear();
        Array.Fill(_captures, -1);
    }

    /// <summary>Follows the preferred way to its end; other ways are left open.</summary>
    /// <returns>Whether the end is the match.</returns>
    bool Follow(int number, int at, ReadOnlySpan<byte> text)
    {
        while (IsNew(number * (text.Length + 1) + at))
        {
            ref readonly var instruction = ref _instructions[number];
            switch (instruction.Op)
            {
                case Op.Take:
                    if (at == text.Length || !TryTake(instruction.Set!, text, ref at))
                        return false;
                    break;
                case Op.Fork:
                    _open.Push((instruction.Other, at));
                    break;
                case Op.Save:
                    _open.Push((~instruction.Other, _captures[instruction.Other]));
                    _captures[instruction.Other] = at;
                    break;
                case Op.At:
                    if (!Neighbours.Make((Place)instruction.Other, Neighbours.Before(text, at), Neighbours.After(text, at)))
                        return false;
                    break;
                default:
                    return at == text.Length;
            }

            number = instruction.Next;
        }

        return false;
    }

    static bool TryTake(RuneSet set, ReadOnlySpan<byte> text, ref int at)
    {
        var rune = (int)text[at];
        var width = 1;
        if (rune >= 128)
        {
            Rune.DecodeFromUtf8(text[at..], out var decoded, out width);
            rune = decoded.Value;
        }

        at += width;
        return set.Contains(rune);
    }

    bool IsNew(int bit)
    {
        ref var word = ref _tried[bit >> 6];
        var mask = 1ul << (bit & 63);
        if ((word & mask) != 0)
            return false;
        word |= mask;
        return true;
    }
}
