using Barograph.Server;
using Barograph.Server.Processes;

using var tuning = ProcessTuning.Begin();
return await CommandLine.RunAsync(args);
