using Barograph.Server;
using Barograph.Server.Data;
using Barograph.Server.Processes;

DataFolder.KeepPrivate(); // before anything is made
using var tuning = ProcessTuning.Begin();
return await CommandLine.RunAsync(args);
