namespace Barograph.Server.Processes;

/// <summary>
/// The switch of what this room does about heap, mapped pages and receiving threads: <c>Barograph.ProcessTuning</c> among the <c>configProperties</c> of
/// <c>barograph.runtimeconfig.json</c>, on unless it says <c>false</c>. Off, they are as the runtime has them. Described in docs/operations.md.
/// </summary>
internal static class ProcessTuning
{
    const string Switch = "Barograph.ProcessTuning";

    /// <summary>Whether it is on.</summary>
    public static bool IsOn => !AppContext.TryGetSwitch(Switch, out var isOn) || isOn;

    /// <summary>Begins with the memory of the process; call it first of all. Disposing ends it.</summary>
    public static IDisposable? Begin()
    {
        if (!IsOn)
            return null;
        NativeHeap.GiveBack();
        return ProgramPages.LetGoNowAndThen();
    }
}
