using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>
/// An arithmetic or comparing operator between two vectors. Who matches whom is found once, by labels; whether both are there is looked
/// at step by step. "Many" is the left side, or the right one with <c>group_right</c>; one-to-one is the case of one series on each.
/// </summary>
internal sealed class VectorMatchNode : VectorNode
{
    readonly QueryRun _run;
    readonly Binary _binary;
    readonly VectorNode _many;
    readonly VectorNode _one;
    readonly Pair[] _pairs;
    readonly bool _swapped;

    VectorMatchNode(QueryRun run, Binary binary, VectorNode many, VectorNode one, Pair[] pairs, SeriesHead[] heads)
    {
        (_run, _binary, _many, _one, _pairs, Heads) = (run, binary, many, one, pairs, heads);
        _swapped = binary.Matching.Cardinality == MatchCardinality.OneToMany;
    }

    /// <summary>What makes one series of the result: a series of the many side (or -1: filled in) and its candidates on the one side.</summary>
    readonly record struct Pair(int Many, int[] Ones, int[] Rivals);

    public override SeriesHead[] Heads { get; }

    public static VectorNode Open(QueryRun run, Binary binary, VectorNode left, VectorNode right, StepGrid grid)
    {
        var matching = binary.Matching;
        var (many, one) = matching.Cardinality == MatchCardinality.OneToMany ? (right, left) : (left, right);
        var pairing = run.OfLabels(binary, many.Heads, one.Heads, () => Pairing.Find(run, binary, many.Heads, one.Heads));

        // A column is read once; what several pairs need is held.
        if (pairing.UsesOnesTwice)
            one = run.Hold(one, grid.Count);
        if (pairing.UsesManyTwice)
            many = run.Hold(many, grid.Count);
        if (one is HeldNode heldOne)
        {
            CheckOnes(run, binary, pairing.Groups, ref many, heldOne, grid.Count);
            if (matching.Cardinality == MatchCardinality.OneToOne && many is HeldNode heldMany)
                CheckManys(run, binary, pairing.Groups, heldMany, heldOne, grid.Count);
        }

        var node = new VectorMatchNode(run, binary, many, one, pairing.Pairs, pairing.Heads);
        return matching.Include.Count > 0 || pairing.Fills ? MergedNode.Exactly(run, node) : node;
    }

    public override void Read(int series, Column into, Worker worker)
    {
        var pair = _pairs[series];
        var many = worker.Rent(into.Count);
        var one = worker.Rent(into.Count);
        ReadAny(_many, pair.Many < 0 ? [] : [pair.Many], many, worker);
        ReadAny(_one, pair.Ones, one, worker);
        if (pair.Many < 0)
            FillMany(pair, many, worker);
        else if (_binary.Matching.FillRight is { } fillOne)
            FillOne(pair, one, many, fillOne, worker);
        if (many.Histograms is null && one.Histograms is null)
            CalculateFloats(many.Values, one.Values, into);
        else
            Calculate(many, one, into);
        worker.Return(many);
        worker.Return(one);
    }

    static void ReadAny(VectorNode node, ReadOnlySpan<int> series, Column into, Worker worker)
    {
        if (series.IsEmpty)
        {
            into.Clear();
            return;
        }

        node.Read(series[0], into, worker);
        if (series.Length == 1)
            return;
        var next = worker.Rent(into.Count);
        foreach (var other in series[1..])
        {
            node.Read(other, next, worker);
            for (var step = 0; step < into.Count; step++)
            {
                if (next.Has(step))
                    into.Set(step, next[step]);
            }
        }

        worker.Return(next);
    }

    // The pair stands for a series that the many side lacks: it is there when none of its group is.
    void FillMany(Pair pair, Column many, Worker worker)
    {
        many.Values.Fill(_binary.Matching.FillLeft!.Value);
        Remove(pair.Rivals, many, worker);
    }

    // Filled in only where no other candidate (with other included labels) is there.
    void FillOne(Pair pair, Column one, Column many, double value, Worker worker)
    {
        var rivals = worker.Rent(one.Count);
        ReadAny(_one, pair.Ones.Length == 0 ? pair.Rivals : [], rivals, worker);
        for (var step = 0; step < one.Count; step++)
        {
            if (!one.Has(step) && many.Has(step) && !rivals.Has(step) && (pair.Ones.Length == 0 || _binary.Matching.Include.Count == 0))
                one.Set(step, value);
        }

        worker.Return(rivals);
    }

    void Remove(int[] present, Column from, Worker worker)
    {
        var column = worker.Rent(from.Count);
        foreach (var series in present)
        {
            _many.Read(series, column, worker);
            for (var step = 0; step < from.Count; step++)
            {
                if (column.Has(step))
                    from.Set(step, Absent.Value);
            }
        }

        worker.Return(column);
    }

    void CalculateFloats(ReadOnlySpan<double> many, ReadOnlySpan<double> one, Column into)
    {
        into.DropHistograms();
        var results = into.Values;
        var @operator = _binary.Operator;
        var isArithmetic = @operator < BinaryOperator.Equal;
        for (var step = 0; step < results.Length; step++)
        {
            if (Absent.Is(many[step]) || Absent.Is(one[step]))
            {
                results[step] = Absent.Value;
                continue;
            }

            var (left, right) = _swapped ? (one[step], many[step]) : (many[step], one[step]);
            results[step] = isArithmetic ? Arithmetic.Apply(@operator, left, right) : BinaryResult.Of(_run, _binary, left, right).Float;
        }
    }

    void Calculate(Column many, Column one, Column into)
    {
        into.Clear();
        for (var step = 0; step < into.Count; step++)
        {
            if (!many.Has(step) || !one.Has(step))
                continue;
            var (left, right) = _swapped ? (one[step], many[step]) : (many[step], one[step]);
            into.Set(step, BinaryResult.Of(_run, _binary, left, right));
        }
    }

    // No two series of a group may be there at the same step on the one side. A step without the other side is over before anybody looks for them.
    static void CheckOnes(QueryRun run, Binary binary, SeriesGroups groups, ref VectorNode many, HeldNode one, int steps)
    {
        var manyCount = many.Heads.Length;
        var isOver = Fills(binary.Matching) ? new bool[steps] : null; // found when there are two for the first time
        for (var group = 0; group < groups.Count; group++)
        {
            var ones = OnesOf(groups.Members(group), manyCount);
            if (ones.Length < 2)
                continue;
            run.ThrowIfStopped();
            var there = new int[steps]; // which one (from 1) is there
            for (var i = 0; i < ones.Length; i++)
            {
                for (var step = 0; step < steps; step++)
                {
                    if (!one[ones[i] - manyCount].Has(step))
                        continue;
                    if (there[step] > 0 && !(isOver ??= StepsWithout(many = run.Hold(many, steps), steps))[step])
                        throw Duplicate(binary, one.Heads[ones[there[step] - 1] - manyCount], one.Heads[ones[i] - manyCount]);
                    there[step] = i + 1;
                }
            }
        }
    }

    static bool[] StepsWithout(VectorNode held, int steps)
    {
        var isWithout = new bool[steps];
        var columns = (HeldNode)held;
        for (var step = 0; step < steps; step++)
        {
            isWithout[step] = true;
            for (var series = 0; isWithout[step] && series < columns.Heads.Length; series++)
                isWithout[step] = !columns[series].Has(step);
        }

        return isWithout;
    }

    static bool Fills(VectorMatching matching) => (matching.FillLeft ?? matching.FillRight) is not null;

    // One-to-one: neither may two on the many side, where they have a match.
    static void CheckManys(QueryRun run, Binary binary, SeriesGroups groups, HeldNode many, HeldNode one, int steps)
    {
        for (var group = 0; group < groups.Count; group++)
        {
            var members = groups.Members(group);
            var ones = OnesOf(members, many.Heads.Length);
            var manys = members[..^ones.Length];
            if (manys.Length < 2)
                continue;
            run.ThrowIfStopped();
            var hasMatch = new bool[steps];
            if (binary.Matching.FillRight is not null)
                Array.Fill(hasMatch, value: true);
            foreach (var index in ones)
            {
                for (var step = 0; step < steps; step++)
                    hasMatch[step] |= one[index - many.Heads.Length].Has(step);
            }

            var isThere = new bool[steps];
            foreach (var index in manys)
            {
                for (var step = 0; step < steps; step++)
                {
                    if (!hasMatch[step] || !many[index].Has(step))
                        continue;
                    if (isThere[step])
                        throw new QueryException("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
                    isThere[step] = true;
                }
            }
        }
    }

    static QueryException Duplicate(Binary binary, SeriesHead first, SeriesHead second)
    {
        var matching = binary.Matching;
        var side = matching.Cardinality == MatchCardinality.OneToMany ? "left" : "right";
        var key = GroupKey.Of(matching, seesNames: true).LabelsOf(first);
        string[] both = [Text(first.Labels), Text(second.Labels)];
        Array.Sort(both, string.CompareOrdinal);
        return new QueryException($"found duplicate series for the match group {Text(key)} on the {side} hand-side of the operation: "
            + $"[{both[0]}, {both[1]}];many-to-many matching not allowed: matching labels must be unique on one side");
    }

    static string Text(Labels labels) => $"{{{string.Join(", ", labels.Select(static label => $"{Quoting.Label(label.Name)}={Quoting.Quote(label.Value)}"))}}}";

    static ReadOnlySpan<int> OnesOf(ReadOnlySpan<int> members, int manyCount)
    {
        var first = 0;
        while (first < members.Length && members[first] < manyCount)
            first++;
        return members[first..];
    }

    /// <summary>Finds the pairs and the labels of their results.</summary>
    sealed class Pairing(bool delaysNameRemoval, Binary binary, SeriesHead[] many, SeriesHead[] one, SeriesGroups groups, GroupKey key)
    {
        readonly VectorMatching _matching = binary.Matching;
        readonly bool _nameless = !BinaryResult.KeepsName(binary);
        readonly List<Pair> _pairs = [];
        readonly List<SeriesHead> _heads = [];

        public Pair[] Pairs { get; private set; } = [];

        public SeriesHead[] Heads { get; private set; } = [];

        public SeriesGroups Groups => groups;

        public bool UsesOnesTwice { get; private set; }

        public bool UsesManyTwice { get; private set; }

        public bool Fills => VectorMatchNode.Fills(_matching);

        public static Pairing Find(QueryRun run, Binary binary, SeriesHead[] many, SeriesHead[] one)
        {
            var key = GroupKey.Of(binary.Matching, run.DelaysNameRemoval);
            var pairing = new Pairing(run.DelaysNameRemoval, binary, many, one, SeriesGroups.Of([.. many, .. one], key), key);
            pairing.Find();
            return pairing;
        }

        void Find()
        {
            for (var group = 0; group < groups.Count; group++)
            {
                var members = groups.Members(group);
                var ones = OnesOf(members, many.Length);
                var manys = members[..^ones.Length].ToArray();
                var oneIndices = new int[ones.Length];
                for (var i = 0; i < ones.Length; i++)
                    oneIndices[i] = ones[i] - many.Length;
                FindInGroup(manys, oneIndices);
            }

            (Pairs, Heads) = ([.. _pairs], [.. _heads]);
        }

        void FindInGroup(int[] manys, int[] ones)
        {
            UsesOnesTwice |= ones.Length > 1;
            if (ones.Length > 0 && _matching.FillLeft is not null)
                AddFilled(manys, ones);
            if (ones.Length == 0 && _matching.FillRight is null)
                return;
            UsesOnesTwice |= manys.Length > 1 || (manys.Length > 0 && Fills);
            var isOneToOne = _matching.Cardinality == MatchCardinality.OneToOne;
            UsesManyTwice |= manys.Length > 1 && isOneToOne;
            foreach (var series in manys)
            {
                int[] rivals = _matching.FillRight is not null ? ones : [];
                if (_matching.Include.Count == 0 || ones.Length == 0 || (ones.Length == 1 && _matching.FillRight is null))
                {
                    Add(series, ones, rivals, ones.Length == 0 ? null : ones[0]);
                    continue;
                }

                UsesManyTwice = true;
                foreach (var candidate in ones)
                    Add(series, [candidate], rivals, candidate);
                if (_matching.FillRight is not null)
                    Add(series, [], ones, null);
            }
        }

        void AddFilled(int[] manys, int[] ones)
        {
            UsesManyTwice |= manys.Length > 0;
            UsesOnesTwice |= manys.Length > 0;
            _pairs.Add(new Pair(-1, ones, manys));
            _heads.Add(new SeriesHead(key.LabelsOf(one[ones[0]]), nameless: _nameless));
        }

        void Add(int series, int[] ones, int[] rivals, int? included)
        {
            _pairs.Add(new Pair(series, ones, rivals));
            _heads.Add(Head(many[series], included is { } index ? one[index].Labels : Labels.Empty));
        }

        SeriesHead Head(SeriesHead head, Labels included)
        {
            var nameless = head.Nameless || _nameless;
            if (_matching is { Cardinality: MatchCardinality.OneToOne, On: false, Labels.Count: 0 })
                return head with { Nameless = nameless };
            var labels = head.Nameless && !delaysNameRemoval ? head.Effective : head.Labels;
            if (_matching.Cardinality == MatchCardinality.OneToOne)
            {
                labels = Labels.From(labels.Where(label => _matching.Labels.Contains(label.Name, StringComparer.Ordinal) == _matching.On));
            }

            if (_matching.Include.Count > 0)
            {
                labels = Labels.From(labels.Where(label => !_matching.Include.Contains(label.Name, StringComparer.Ordinal))
                    .Concat(_matching.Include.Select(name => new Label(name, included.Get(name)))));
            }

            return new SeriesHead(labels, nameless);
        }
    }
}
