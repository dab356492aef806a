using Barograph.Server;

NativeHeap.GiveBack();
return await CommandLine.RunAsync(args);
