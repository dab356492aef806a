using Barograph.Bench;

// One sub-command, one file, one figure. "dotnet run -c Release --project bench/Barograph.Bench -- <sub-command> [arguments]"
(string Name, string What, Action<string[]> Run)[] commands =
[
    ("codecs", "bytes per sample, encode and decode ns per sample, of every shape of the realistic mix", CodecsBench.Run),
    ("blocksize", "total bytes per sample of a block of 10,000 series: [series] [samples] [jitter ms]", BlockSizeBench.Run),
    ("rollups", "bytes per window of a rollup, ns per sample to build it, at every resolution", RollupsBench.Run),
    ("append", "samples per second and per CPU-second into a store in this process, every batch durable", AppendBench.Run),
    ("open", "seconds to open a store with 10 M samples in its log", StoreBench.Open),
    ("matching", "milliseconds to match 100,000 values with a regular expression of each kind, beside .NET's engines", MatchingBench.Run),
    ("query", "milliseconds to read 1 series of 24 h at 1 s and 100 series of 24 h at 1 min", StoreBench.Query),
    ("select", "bytes allocated and ns per series of a select of 100,000 that reads the newest sample of each", StoreBench.Select),
    ("short-windows", "processor time of instant queries and refreshes over many series: [queries a row] [part of a row] [series]", ShortWindowBench.Run),
    ("year", "milliseconds to read 1 series of a year at 10 s from rollups", StoreBench.Year),
    ("read-write", "how long appends take while nobody reads, and while readers select all there is: [series] [readers] [stretches] [seconds]", ReadWriteBench.Run),
    ("capacity", "bytes and query times of a year of samples and windows of five years: [series] [interval s] [years]", CapacityBench.Run),
    ("size", "bytes per sample of the whole folder: 10,000 series of the mix, 10 s, 2 h, settled", StoreBench.Size),
    ("collect", "processor time and bytes allocated per tick of host collection, by source [ticks] [idle processes to add]", CollectBench.Run),
    ("host-accuracy", "how far each host metric is from the kernel's counters, read independently: [ticks] [milliseconds]", HostAccuracyBench.Run),
    ("ingest-decode", "ns per sample of a door's work before the store: decompression and decoding", IngestDecodeBench.Run),
    ("remote-write", "samples per second into a server over HTTP, and what it costs that server: <address> <process id> [series] [senders] …", RemoteWriteBench.Run),
    ("peers-query", "the same queries to Barograph, Prometheus and VictoriaMetrics over HTTP: <program barograph> [rounds] [folder] …", PeersQueryBench.Run),
    ("peers-first", "the first answers of servers that have just started: <program barograph> [folder] [port] [part of a row's name]", PeersFirstBench.Run),
    ("viewers", "share of dashboard queries under 100 ms with viewers who refresh every 10 s: <program barograph> [folder] [viewers] [seconds] [port]", ViewersBench.Run),
    ("events", "events per second into a server over HTTP with 50 definitions, and what they cost it: <address> <process id> [rate] [seconds] …", EventsBench.Run),
    ("events-read", "milliseconds of every route that reads events, with a million of them kept: <address> <process id> [events] [times]", EventsReadBench.Run),
    ("client", "ns and bytes per call of Barograph.Client in an application, by kind, and of sending [calls]", ClientBench.Run),
    ("otlp", "data points per second into a server over OTLP/HTTP, and what it costs that server: <address> <process id> [series] [senders] …", OtlpBench.Run),
    ("scrape", "1,000 targets at 15 s by a server of its own: [targets] [interval s] [seconds] [samples a target]", ScrapeBench.Run),
    ("doors", "attacks on a server's doors (bombs, churn, overload, slow senders) and how it bears them: <address> <process id> [seconds] [which]", DoorsBench.Run),
    ("live", "processor time of the server for viewers of the live stream: <program barograph> [viewers] [seconds] [port]", LiveBench.Run),
    ("answer", "ns per sample to write an answer as JSON, for values of each kind", AnswerBench.Run),
    ("promql", "milliseconds and bytes allocated per query over data in memory [repeats] [part of the expression]", PromQLBench.Run),
];

var wanted = args.Length > 0 ? args[0] : "";
foreach (var command in commands)
{
    if (command.Name != wanted)
        continue;
    command.Run(args[1..]);
    return 0;
}

Console.Error.WriteLine("Sub-commands:");
foreach (var command in commands)
    Console.Error.WriteLine($"  {command.Name,-13} {command.What}");
return 2;
