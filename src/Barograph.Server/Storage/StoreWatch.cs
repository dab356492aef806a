using Barograph.Server.Processes;
using Barograph.TimeSeries;

namespace Barograph.Server.Storage;

/// <summary>
/// Writes to the program's log what is wrong with the store and with the clock, when it begins, changes and ends; of the clock it warns, too.
/// </summary>
internal sealed class StoreWatch(OpenedStore opened, TimeProvider clock, Workers workers, Warnings warnings, ILogger<StoreWatch> log)
    : SupervisedService("store-watch", workers)
{
    const string Place = "clock";

    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    string? _trouble, _clockTrouble;

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stopping)
    {
        var store = await opened.Task.WaitAsync(stopping);
        while (true)
        {
            Look(store.Status);
            await Task.Delay(Interval, clock, stopping);
        }
    }

    void Look(StoreStatus status)
    {
        if (status.Trouble != _trouble)
        {
            if (status.Trouble is { } trouble)
                StorageLog.Trouble(log, trouble);
            else
                StorageLog.WellAgain(log);
            _trouble = status.Trouble;
        }

        if (status.ClockTrouble == _clockTrouble)
            return;
        if (status.ClockTrouble is { } clockTrouble)
        {
            StorageLog.ClockTrouble(log, clockTrouble);
            warnings.Set(Place, clockTrouble);
        }
        else
        {
            StorageLog.ClockWellAgain(log);
            warnings.Clear(Place);
        }

        _clockTrouble = status.ClockTrouble;
    }
}
