using Barograph.Reliability;

// One sub-command, one experiment of docs/reliability.md. The exit code is the verdict: 0 held, 1 broken, 2 not understood, 3 not run.
(string Name, string What, Func<string[], Task<int>> Run)[] commands =
[
    ("faults", "D4: a short life of a store in which each change of a file fails once, in every way", FileExperiments.Faults),
    ("crash-states", "D5: the power is cut at moments of a recorded life, and the disk keeps what it likes: [states] [seed]", FileExperiments.CrashStates),
    ("kill", "D1: a process that appends is killed at random moments: [rounds]", ProcessExperiments.Kill),
    ("moments", "D7: it dies before or after each change of a file, in the middle of its upkeep: [times each]", ProcessExperiments.Moments),
    ("power-cut", "D2: its file system is cut off without a flush; needs root and loop mounts: [rounds]", PowerCut.Run),
    ("damage", "D6: files of a store are damaged, cut, zeroed, deleted: [flipped bits in the log, and as many elsewhere] [seed]", StoreExperiments.Damage),
    ("record-faults", "D14: as faults, with a log of records", FileExperiments.RecordFaults),
    ("record-crash-states", "D15: as crash-states, with a log of records: [states] [seed]", FileExperiments.RecordCrashStates),
    ("record-power-cut", "D16: as power-cut, with a log of records: [rounds]", PowerCut.RunRecords),
    ("retries", "D10: each batch comes three times, shuffled, at once, across restarts: [rounds]", StoreExperiments.Retries),
    ("backups", "D12: backups of a store that is being written, restored and verified: [how many]", StoreExperiments.Backups),
    ("replay", "D9: a store with a long log is opened in 1.2 times the memory of its writer; needs root and cgroups: [series] [seconds]", Replay.Run),
    ("replay-write", "(the writer of replay)", Replay.Write),
    ("replay-open", "(the reader of replay)", Replay.Open),
];

var wanted = args.Length > 0 ? args[0] : "";
foreach (var command in commands)
{
    if (command.Name == wanted)
        return await command.Run(args[1..]);
}

Console.Error.WriteLine("Sub-commands:");
foreach (var command in commands.Where(static command => command.What[0] != '('))
    Console.Error.WriteLine($"  {command.Name,-20} {command.What}");
return 2;
