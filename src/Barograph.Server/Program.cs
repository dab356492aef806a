using Barograph.Server;

return await CommandLine.RunAsync(args);
