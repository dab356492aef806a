using Barograph.Server;

NativeHeap.GiveBack();
using var letGo = ProgramPages.LetGoNowAndThen();
return await CommandLine.RunAsync(args);
