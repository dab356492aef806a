namespace Barograph.EndToEnd;

/// <summary>Tests that need the machine for themselves, after all others: what they run takes as much of it as there is.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
