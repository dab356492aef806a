namespace Barograph.Base;

/// <summary>
/// Parses RE2's syntax (github.com/google/re2/wiki/Syntax) as Go's regexp/syntax reads it, with a dot that matches a line feed. Without recursion,
/// so that a deep pattern is refused and not the end of the process.
/// </summary>
internal sealed class PatternParser
{
    const int MaxRepeats = 1000;
    const int MaxHeight = 1000;
    const int MaxSize = 1_000_000;

    readonly PatternReader _reader;
    readonly Stack<Group> _open = new();
    readonly List<string> _names = [""];
    Group _group = new(0, Modes.DotAll, 0);
    Modes _modes = Modes.DotAll;
    int _lastRepeat = -1; // where what was just taken began, if it is a repetition

    PatternParser(string pattern) => _reader = new PatternReader(pattern);

    [Flags]
    enum Modes
    {
        None = 0,
        FoldCase = 1,
        MultiLine = 2,
        DotAll = 4,
        Lazy = 8,
    }

    /// <param name="pattern">The text of the pattern.</param>
    /// <param name="groups">The names of the groups by their number, "" for those without; the first is the whole match.</param>
    /// <exception cref="Re2SyntaxException">It is none of RE2, or too large.</exception>
    public static Node Parse(string pattern, out IReadOnlyList<string> groups)
    {
        var parser = new PatternParser(pattern);
        groups = parser._names;
        return parser.Run();
    }

    Node Run()
    {
        while (!_reader.IsAtEnd)
        {
            var lastRepeat = _lastRepeat;
            _lastRepeat = -1;
            TakeOne(lastRepeat);
        }

        if (_open.Count > 0)
            throw _reader.Mistake(_group.Start, "a '(' without its ')'");
        return Checked(_group.Close(), 0);
    }

    void TakeOne(int lastRepeat)
    {
        switch (_reader.Peek())
        {
            case '(':
                Open();
                break;
            case ')':
                Close();
                break;
            case '|':
                _reader.At++;
                _group.EndAlternative();
                break;
            case '^':
                _reader.At++;
                _group.Add(new PlaceNode(Has(Modes.MultiLine) ? Place.LineStart : Place.TextStart));
                break;
            case '$':
                _reader.At++;
                _group.Add(new PlaceNode(Has(Modes.MultiLine) ? Place.LineEnd : Place.TextEnd));
                break;
            case '.':
                _reader.At++;
                _group.Add(new ClassNode(Has(Modes.DotAll) ? RuneSet.All : RuneSet.AllButLineFeed));
                break;
            case '[':
                _group.Add(new ClassNode(_reader.TakeClass(Has(Modes.FoldCase))));
                break;
            case '\\':
                TakeEscape();
                break;
            case '*' or '+' or '?' or '{' when TryTakeCounts(out var start, out var counts):
                Repeat(start, counts, lastRepeat);
                break;
            default:
                AddLiteral(_reader.Take());
                break;
        }
    }

    bool Has(Modes mode) => (_modes & mode) != Modes.None;

    void AddLiteral(int rune)
    {
        if (Has(Modes.FoldCase) && CaseFolding.Orbit(rune) is { Length: > 0 })
            _group.Add(new ClassNode(CaseFolding.SetOf(rune)));
        else
            _group.Add(rune);
    }

    void TakeEscape()
    {
        PlaceNode? place = _reader.Peek(1) switch
        {
            'A' => new(Place.TextStart),
            'z' => new(Place.TextEnd),
            'b' => new(Place.WordBoundary),
            'B' => new(Place.NoWordBoundary),
            _ => null,
        };
        if (place is not null)
        {
            _reader.At += 2;
            _group.Add(place);
        }
        else if (_reader.Peek(1) == 'Q')
        {
            TakeQuoted();
        }
        else if (_reader.TryTakeClassEscape(Has(Modes.FoldCase), out var set))
        {
            _group.Add(new ClassNode(set));
        }
        else
        {
            AddLiteral(_reader.TakeEscape());
        }
    }

    // Go reads \Q without \E to the end; a pattern in Prometheus is never at the end of the text that Go reads, and is refused.
    void TakeQuoted()
    {
        var end = _reader.Find(@"\E");
        if (end < 0)
            throw _reader.Mistake(_reader.At, @"a \Q without its \E");
        for (_reader.At += 2; _reader.At < end;)
            AddLiteral(_reader.Take());
        _reader.At = end + 2;
    }

    void Open()
    {
        var start = _reader.At;
        if (_reader.Peek(1) != '?')
        {
            _reader.At++;
            OpenGroup(start, "");
        }
        else if (_reader.Sees("(?P<") || (_reader.Sees("(?<") && _reader.Peek(3) is not '=' and not '!'))
        {
            _reader.At = _reader.Find("<") + 1;
            var nameStart = _reader.At;
            while (char.IsAsciiLetterOrDigit(_reader.Peek()) || _reader.Peek() == '_')
                _reader.At++;
            if (_reader.Peek() != '>' || _reader.At == nameStart)
                throw _reader.Mistake(start, "the name of a group is letters, digits and '_', and ends with '>'");
            var name = _reader.TextFrom(nameStart);
            _reader.At++;
            OpenGroup(start, name);
        }
        else
        {
            TakeModes(start);
        }
    }

    void OpenGroup(int start, string? name)
    {
        _open.Push(_group);
        _group = new Group(start, _modes, name is null ? 0 : _names.Count);
        if (name is not null)
            _names.Add(name);
    }

    // (?flags) and (?flags:…), where a minus takes away what follows it.
    void TakeModes(int start)
    {
        var modes = _modes;
        var (negative, seen) = (false, false);
        for (_reader.At += 2; !_reader.IsAtEnd; _reader.At++)
        {
            var sign = _reader.Peek();
            if (sign == '-' && !negative)
            {
                (negative, seen) = (true, false);
            }
            else if (ModeOf(sign) is var mode and not Modes.None)
            {
                modes = negative ? modes & ~mode : modes | mode;
                seen = true;
            }
            else if (sign is ':' or ')' && (seen || !negative))
            {
                _reader.At++;
                if (sign == ':')
                    OpenGroup(start, null);
                _modes = modes;
                return;
            }
            else
            {
                break;
            }
        }

        var found = _reader.IsAtEnd ? "" : $"{_reader.TextFrom(start)}{_reader.Peek()}";
        throw _reader.Mistake(start, found.Length == 0 ? "a '(' without its ')'" : $"RE2 has no '{found}'");
    }

    static Modes ModeOf(char sign) => sign switch
    {
        'i' => Modes.FoldCase,
        'm' => Modes.MultiLine,
        's' => Modes.DotAll,
        'U' => Modes.Lazy,
        _ => Modes.None,
    };

    void Close()
    {
        if (_open.Count == 0)
            throw _reader.Mistake(_reader.At, "a ')' without its '('");
        _reader.At++;
        var closed = _group;
        _group = _open.Pop();
        _modes = closed.Outside;
        var body = Checked(closed.Close(), closed.Start);
        _group.Add(closed.Capture > 0 ? Checked(new CaptureNode(closed.Capture, body), closed.Start) : body);
    }

    bool TryTakeCounts(out int start, out (int Min, int Max, bool Counted) counts)
    {
        start = _reader.At;
        counts = _reader.Peek() switch
        {
            '*' => (0, RepeatNode.Unbounded, false),
            '+' => (1, RepeatNode.Unbounded, false),
            _ => (0, 1, false),
        };
        _reader.At++;
        if (_reader.Peek(-1) != '{')
            return true;
        if (TryTakeNumber(out var min))
        {
            var max = min;
            if (_reader.Peek() == ',')
            {
                _reader.At++;
                if (!TryTakeNumber(out max))
                    max = RepeatNode.Unbounded;
            }

            counts = (min, max, true);
            if (_reader.Peek() == '}')
            {
                _reader.At++;
                return true;
            }
        }

        _reader.At = start; // a brace as it is
        return false;
    }

    bool TryTakeNumber(out int number)
    {
        number = 0;
        if (!char.IsAsciiDigit(_reader.Peek()) || (_reader.Peek() == '0' && char.IsAsciiDigit(_reader.Peek(1))))
            return false;
        while (char.IsAsciiDigit(_reader.Peek()))
            number = Math.Min(number * 10 + _reader.Take() - '0', MaxRepeats + 1);
        return true;
    }

    void Repeat(int start, (int Min, int Max, bool Counted) counts, int lastRepeat)
    {
        var lazy = _reader.Peek() == '?';
        _reader.At += lazy ? 1 : 0;
        if (lastRepeat >= 0)
            throw _reader.Mistake(lastRepeat, $"'{_reader.TextFrom(lastRepeat)}' repeats a repetition, which needs parentheses");
        if (counts.Min > MaxRepeats || counts.Max > MaxRepeats)
            throw _reader.Mistake(start, $"RE2 repeats at most {MaxRepeats} times");
        if (counts.Max != RepeatNode.Unbounded && counts.Min > counts.Max)
            throw _reader.Mistake(start, $"'{_reader.TextFrom(start)}' is more times at least than at most");
        var body = _group.TakeLast() ?? throw _reader.Mistake(start, $"'{_reader.TextFrom(start)}' with nothing before it to repeat");
        var repeat = new RepeatNode(body, counts.Min, counts.Max, lazy != Has(Modes.Lazy), counts.Counted);
        if (counts.Counted && (counts.Min >= 2 || counts.Max >= 2) && repeat.Repeats > MaxRepeats)
            throw _reader.Mistake(start, $"with the repetitions inside it, it is more than {MaxRepeats} times");
        _group.Add(Checked(repeat, start));
        _lastRepeat = start;
    }

    Node Checked(Node node, int start) => node switch
    {
        { Height: > MaxHeight } => throw _reader.Mistake(start, $"it is nested deeper than {MaxHeight} levels"),
        { Size: > MaxSize } => throw _reader.Mistake(start, $"it is too large: written out it has more than {MaxSize:N0} parts"),
        _ => node,
    };

    /// <summary>What stands between a parenthesis and the next place that ends it.</summary>
    /// <param name="start">Where it was opened.</param>
    /// <param name="outside">The modes that hold again after it.</param>
    /// <param name="capture">Its number, or 0.</param>
    sealed class Group(int start, Modes outside, int capture)
    {
        readonly List<Node> _alternatives = [];
        readonly List<Node> _items = [];
        readonly List<int> _literal = [];

        public int Start => start;

        public Modes Outside => outside;

        public int Capture => capture;

        public void Add(int rune) => _literal.Add(rune);

        public void Add(Node node)
        {
            EndLiteral();
            _items.Add(node);
        }

        /// <summary>What a repetition repeats.</summary>
        public Node? TakeLast()
        {
            if (_literal.Count > 0)
            {
                var rune = _literal[^1];
                _literal.RemoveAt(_literal.Count - 1);
                return new LiteralNode([rune]);
            }

            if (_items.Count == 0)
                return null;
            var last = _items[^1];
            _items.RemoveAt(_items.Count - 1);
            return last;
        }

        public void EndAlternative()
        {
            EndLiteral();
            _alternatives.Add(SequenceNode.Of([.. _items]));
            _items.Clear();
        }

        public Node Close()
        {
            EndAlternative();
            return AlternateNode.Of(_alternatives);
        }

        void EndLiteral()
        {
            if (_literal.Count == 0)
                return;
            _items.Add(new LiteralNode([.. _literal]));
            _literal.Clear();
        }
    }
}
