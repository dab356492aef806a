namespace Barograph.Server.Events;

/// <summary>Which tasks wait and which run, as far as the server knows now. Bounded: a task of which nothing was heard for a day is forgotten.</summary>
internal sealed class TaskBoard(EventLog log)
{
    const int TasksMax = 100_000;
    const long RememberedMs = 24 * 3_600_000L;

    public static readonly DerivedSpec Depth = new("task_queue_depth", DerivedKind.Value, "", "Tasks that are queued and not started.", "queue");
    public static readonly DerivedSpec Workers = new("task_workers_active", DerivedKind.Value, "", "Workers that have a started task.", "component");

    readonly Dictionary<string, OpenTask> _open = new(StringComparer.Ordinal);
    readonly DerivedMetric _depth = new(Depth), _workers = new(Workers);
    readonly Dictionary<string, long> _queues = new(StringComparer.Ordinal), _components = new(StringComparer.Ordinal); // last seen

    readonly record struct OpenTask(bool IsStarted, string Queue, string Component, string Worker, long SinceMs);

    public IEnumerable<DerivedMetric> Metrics => [_depth, _workers];

    public void Apply(EventRecord one)
    {
        var id = one.Text("task_id");
        if (one.Type == EventTypes.TaskFinished)
        {
            _open.Remove(id);
            return;
        }

        var isStarted = one.Type == EventTypes.TaskStarted;
        // A queue that is emptied as fast as it is filled is known, with a depth of 0.
        if (!isStarted || !one["queue"].IsMissing)
            Note(_queues, one.Text("queue"), one.TimeMs);
        if (isStarted)
            Note(_components, one.Text("component"), one.TimeMs);
        // The end, or the start, may have come before: then the task waits (or runs) no more.
        if (IsKept(EventTypes.TaskFinished, id) || (!isStarted && IsKept(EventTypes.TaskStarted, id)) || (_open.Count >= TasksMax && !_open.ContainsKey(id)))
            return;
        var task = new OpenTask(isStarted, one.Text("queue"), one.Text("component"), one.Text("worker") is { Length: > 0 } worker ? worker : id, one.TimeMs);
        if (isStarted && task.Queue.Length == 0 && _open.TryGetValue(id, out var queued))
            task = task with { Queue = queued.Queue };
        _open[id] = task;
    }

    /// <summary>Writes how it is now.</summary>
    public void Report(long nowMs)
    {
        Forget(nowMs);
        var depth = _open.Values.Where(static task => !task.IsStarted).CountBy(static task => task.Queue).ToDictionary(StringComparer.Ordinal);
        var busy = _open.Values.Where(static task => task.IsStarted).DistinctBy(static task => (task.Component, task.Worker)).CountBy(static task => task.Component).ToDictionary(StringComparer.Ordinal);
        foreach (var queue in _queues.Keys)
            _depth.For(queue).Report(nowMs, depth.GetValueOrDefault(queue));
        foreach (var component in _components.Keys)
            _workers.For(component).Report(nowMs, busy.GetValueOrDefault(component));
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(_open.Count);
        foreach (var (id, task) in _open)
        {
            writer.Write(id);
            writer.Write(task.IsStarted);
            writer.Write(task.Queue);
            writer.Write(task.Component);
            writer.Write(task.Worker);
            writer.Write(task.SinceMs);
        }

        Write(writer, _queues);
        Write(writer, _components);
    }

    public void Read(BinaryReader reader)
    {
        for (var tasks = reader.ReadInt32(); tasks > 0; tasks--)
        {
            var id = reader.ReadString();
            var task = new OpenTask(reader.ReadBoolean(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadInt64());
            _open[id] = task;
        }

        Read(reader, _queues);
        Read(reader, _components);
    }

    static void Note(Dictionary<string, long> seen, string name, long timeMs) => seen[name] = Math.Max(seen.GetValueOrDefault(name), timeMs);

    static void Write(BinaryWriter writer, Dictionary<string, long> seen)
    {
        writer.Write(seen.Count);
        foreach (var (name, lastMs) in seen)
        {
            writer.Write(name);
            writer.Write(lastMs);
        }
    }

    static void Read(BinaryReader reader, Dictionary<string, long> seen)
    {
        for (var names = reader.ReadInt32(); names > 0; names--)
            seen[reader.ReadString()] = reader.ReadInt64();
    }

    void Forget(long nowMs)
    {
        foreach (var (id, task) in _open)
        {
            if (task.SinceMs < nowMs - RememberedMs)
                _open.Remove(id);
        }

        Forget(_queues, nowMs);
        Forget(_components, nowMs);
    }

    static void Forget(Dictionary<string, long> seen, long nowMs)
    {
        foreach (var (name, lastMs) in seen)
        {
            if (lastMs < nowMs - RememberedMs || seen.Count > DerivedMetric.LabelSetsMax)
                seen.Remove(name);
        }
    }

    bool IsKept(string type, string id) => log.Book.TryFind(StableHash.Of($"{type}:{id}") | 1, out _, out _);
}
