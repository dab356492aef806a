using System.Runtime.CompilerServices;

namespace Barograph.PromQL;

/// <summary>
/// What was worked out from labels alone: names taken away, groups, matches. It holds for the next evaluation of the same query when that
/// has the same series, which shows in their <see cref="TimeSeries.SeriesSelection.Identity"/> being the same object, and with it all that is made
/// of them here.
/// </summary>
internal sealed class LabelWork
{
    Dictionary<Of, object> _last = [];
    Dictionary<Of, object> _now = [];

    /// <summary>Whether this evaluation selected series of which nothing tells whether another has the same.</summary>
    public bool HasUnknownSeries { get; set; }

    /// <summary>Begins another evaluation: what the one before did not need is forgotten.</summary>
    public void Begin()
    {
        (_last, _now, HasUnknownSeries) = (_now, _last, false);
        _now.Clear();
    }

    /// <summary>Works something out, unless it was for the last evaluation.</summary>
    /// <param name="task">What is done: a part of the query, or a name.</param>
    /// <param name="input">The series it is done with.</param>
    /// <param name="other">More of them, where there are two sides.</param>
    public T Do<T>(object task, object input, object? other, Func<T> work) where T : class
    {
        var of = new Of(task, input, other);
        if (!_now.TryGetValue(of, out var done))
            _now.Add(of, done = _last.TryGetValue(of, out var before) ? before : work());
        return (T)done;
    }

    // By identity: the same object, not one that looks the same.
    readonly struct Of(object task, object input, object? other) : IEquatable<Of>
    {
        readonly object _task = task;
        readonly object _input = input;
        readonly object? _other = other;

        public bool Equals(Of right) => ReferenceEquals(_task, right._task) && ReferenceEquals(_input, right._input) && ReferenceEquals(_other, right._other);

        public override bool Equals(object? obj) => obj is Of right && Equals(right);

        public override int GetHashCode() => HashCode.Combine(RuntimeHelpers.GetHashCode(_task), RuntimeHelpers.GetHashCode(_input), RuntimeHelpers.GetHashCode(_other));
    }
}
