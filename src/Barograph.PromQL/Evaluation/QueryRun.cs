using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Barograph.TimeSeries;

namespace Barograph.PromQL;

/// <summary>One evaluation of a query: what all its parts share. Dispose it to let go of the source.</summary>
internal sealed class QueryRun : IDisposable
{
    // Below this many values, a second thread costs more than it saves (bench promql).
    const long ParallelValues = 20_000;

    // So few series are one part, however many steps there are.
    const int SeriesOfOnePart = 128;

    // What a series costs before any of its samples is read: labels that it does not share, its place in the selection and in groups.
    const long SeriesBytes = 300;

    readonly ISeriesSource _source;
    readonly LabelWork? _work;
    readonly List<IDisposable> _selections = [];
    readonly SortedSet<string> _resolutions = new(StringComparer.Ordinal);
    // A ConcurrentBag would hang what it holds on its thread, and a worker knows nodes that know this run: no run would ever be let go.
    readonly ConcurrentStack<Worker> _workers = [];
    readonly CancellationTokenSource _stop;
    readonly CancellationToken _caller;
    readonly long _started = Stopwatch.GetTimestamp();
    TimeSpan _selectTime;
    long _samplesRead;
    long _seriesSelected;
    long _heldBytes;
    long _peakBytes;

    public QueryRun(PreparedQuery query, ISeriesSource source, QueryTimes times, QueryOptions options, LabelWork? work, CancellationToken cancel)
    {
        (Query, _source, Times, Options, _work, _caller) = (query, source, times, options, work, cancel);
        Annotations = new Annotations(query.Text);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (options.Timeout > TimeSpan.Zero && options.Timeout != Timeout.InfiniteTimeSpan)
            _stop.CancelAfter(options.Timeout);
        Cancel = _stop.Token;
    }

    public PreparedQuery Query { get; }

    public QueryTimes Times { get; }

    public QueryOptions Options { get; }

    public Annotations Annotations { get; }

    public CancellationToken Cancel { get; }

    /// <summary>Names go at the end of the query and not where an operation takes them away.</summary>
    public bool DelaysNameRemoval => Options.Experimental;

    public double StepSeconds => Times.StepMs / 1000.0;

    public double RangeSeconds => (Times.EndMs - Times.StartMs) / 1000.0;

    /// <summary>What is summed up, or null when every sample is to be read.</summary>
    public IRollupSource? Rollups => Options.Resolution == QueryResolution.Raw ? null : _source as IRollupSource;

    /// <summary>Does something that depends on labels alone, see <see cref="LabelWork.Do"/>.</summary>
    public T OfLabels<T>(object task, object input, Func<T> work) where T : class => OfLabels(task, input, null, work);

    /// <inheritdoc cref="OfLabels{T}(object, object, Func{T})"/>
    public T OfLabels<T>(object task, object input, object? other, Func<T> work) where T : class =>
        _work is null ? work() : _work.Do(task, input, other, work);

    /// <summary>Keeps something open until the end of the query.</summary>
    public void Own(IDisposable selection) => _selections.Add(selection);

    /// <summary>Says in the statistics that rollups were read.</summary>
    public void NoteResolution(string resolution) => _resolutions.Add(resolution);

    public SeriesSelection Select(IReadOnlyList<Matcher> matchers, TimeRange range, SelectHints hints)
    {
        var started = Stopwatch.GetTimestamp();
        ThrowIfStopped();
        var selection = _source.Select(matchers, range, hints, Cancel);
        _selections.Add(selection);
        if (selection.Identity is null && _work is not null)
            _work.HasUnknownSeries = true;
        _selectTime += Stopwatch.GetElapsedTime(started);
        _seriesSelected += selection.Count;
        if (selection.Count > Options.MaxSeries)
        {
            throw new LimitExceededException(nameof(QueryOptions.MaxSeries),
                $"A selector matches {selection.Count:N0} series; the limit is {Options.MaxSeries:N0}. Add label matchers, or raise MaxSeries.");
        }

        HoldBytes(selection.Count * SeriesBytes);
        return selection;
    }

    public void CountSamples(int count)
    {
        if (Interlocked.Add(ref _samplesRead, count) > Options.MaxSamples)
        {
            throw new LimitExceededException(nameof(QueryOptions.MaxSamples),
                $"The query reads more than {Options.MaxSamples:N0} samples. Narrow its range or its series, or raise MaxSamples.");
        }
    }

    /// <summary>Counts memory that stays until the end of the query.</summary>
    public void HoldBytes(long bytes)
    {
        var held = Interlocked.Add(ref _heldBytes, bytes);
        _peakBytes = Math.Max(_peakBytes, held);
        if (held > Options.MaxMemoryBytes)
        {
            throw new LimitExceededException(nameof(QueryOptions.MaxMemoryBytes),
                $"The query needs more than {Options.MaxMemoryBytes >> 20:N0} MiB for its series and samples. Narrow its range or its series, take a longer step, or raise MaxMemoryBytes.");
        }
    }

    public void ReleaseBytes(long bytes) => Interlocked.Add(ref _heldBytes, -bytes);

    public void ThrowIfStopped()
    {
        if (!Cancel.IsCancellationRequested)
            return;
        _caller.ThrowIfCancellationRequested();
        throw new QueryTimeoutException(Options.Timeout);
    }

    /// <summary>Whether so many series, read one by one on several threads, keep all of them busy until nearly the end.</summary>
    public bool OccupiesAll(int count) => count >= 4 * Options.Parallelism;

    /// <summary>Does something for each of many series, on several threads when there is enough to do.</summary>
    public void ForEach(int count, int steps, Action<int, Worker> action) =>
        ForEach(count, steps, static _ => 0, (i, worker, _) => action(i, worker), static (_, _) => { });

    /// <summary>Likewise, with a state per thread; the states are merged at the end, on the caller's thread, in the order of the series.</summary>
    public void ForEach<TState>(
        int count, int steps, Func<int, TState> begin, Action<int, Worker, TState> action, Action<int, TState> end)
    {
        // Few results may come of many series: what is to be read tells how much there is to do, not what comes out. The parts follow from the series
        // alone, so that the order of additions, and with it the last digit of sums, is the same every time and for any number of steps.
        var series = Math.Max(count, _seriesSelected);
        var parts = series < SeriesOfOnePart ? 1 : Math.Clamp(count, 1, Options.Parallelism);
        var states = new TState[parts];
        if (parts == 1 || series * (steps + 16) < ParallelValues)
        {
            for (var part = 0; part < parts; part++)
                Run(part);
        }
        else
        {
            RunAtOnce(parts, Run);
        }

        for (var part = 0; part < parts; part++)
            end(part, states[part]);

        void Run(int part)
        {
            states[part] = begin(part);
            RunPart((int)((long)count * part / parts), (int)((long)count * (part + 1) / parts), states[part], action);
        }
    }

    void RunAtOnce(int parts, Action<int> run)
    {
        var failures = new ConcurrentQueue<ExceptionDispatchInfo>();
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part =>
        {
            try
            {
                run(part);
            }
            catch (Exception exception)
            {
                failures.Enqueue(ExceptionDispatchInfo.Capture(exception));
                _stop.Cancel(); // the other parts need not go on
            }
        });
        if (failures.TryDequeue(out var failure))
            failure.Throw();
    }

    void RunPart<TState>(int from, int to, TState state, Action<int, Worker, TState> action)
    {
        var worker = _workers.TryPop(out var idle) ? idle : new Worker();
        for (var i = from; i < to; i++)
        {
            ThrowIfStopped();
            action(i, worker, state);
        }

        _workers.Push(worker);
    }

    /// <summary>Reads all series of a vector and keeps their values.</summary>
    public HeldNode Hold(VectorNode vector, int steps)
    {
        if (vector is HeldNode held)
            return held;
        HoldBytes((long)vector.Heads.Length * (steps * sizeof(double) + 64));
        var columns = new Column[vector.Heads.Length];
        ForEach(columns.Length, steps, (i, worker) =>
        {
            var column = new Column(steps);
            vector.Read(i, column, worker);
            columns[i] = column;
        });
        return new HeldNode(vector.Heads, columns, vector.HasDistinctLabels);
    }

    public QueryStatistics Statistics(long samplesReturned, int steps)
    {
        var total = Stopwatch.GetElapsedTime(_started);
        return new QueryStatistics
        {
            SelectTime = _selectTime,
            EvaluationTime = total - _selectTime,
            TotalTime = total,
            SeriesSelected = _seriesSelected,
            SamplesRead = _samplesRead,
            SamplesReturned = samplesReturned,
            PeakBytes = _peakBytes,
            Steps = steps,
            Rollups = [.. _resolutions],
        };
    }

    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Dispose();
        foreach (var selection in _selections)
            selection.Dispose();
        _stop.Dispose();
    }
}
