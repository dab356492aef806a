namespace Barograph.TimeSeries.Tests;

/// <summary>
/// A short life on a disk, with everything in it that changes files. It keeps a ledger of what it was promised, and goes on when the
/// disk refuses: of a store, and of a log of records.
/// </summary>
internal interface ILife
{
    /// <summary>How many steps were refused because of the disk.</summary>
    int Refused { get; }

    /// <summary>Lives.</summary>
    /// <param name="data">The folder that it is about.</param>
    /// <param name="elsewhere">Another one, for what goes out of it.</param>
    Task RunAsync(string data, string elsewhere);

    /// <summary>Opens what is left, compares it with what was promised until a moment, and perhaps goes on with it.</summary>
    /// <exception cref="InvalidOperationException">A promise is broken.</exception>
    Task CheckAsync(string data, int moment, bool goesOn);

    /// <summary>Looks at every byte of it.</summary>
    /// <returns>What is not as it was written, or null.</returns>
    Damage? FindDamage(string data);
}
