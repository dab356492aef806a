using System.Collections.Concurrent;

namespace Barograph.Server.Processes;

/// <summary>What a person should know and the server lives with, one sentence for each place: told by <c>/readyz</c>, which stays 200.</summary>
internal sealed class Warnings
{
    readonly ConcurrentDictionary<string, string> _byPlace = new(StringComparer.Ordinal);

    /// <summary>All, by place.</summary>
    public IReadOnlyList<string> All => [.. _byPlace.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => one.Value)];

    /// <summary>Sets what is to be known of a place, instead of what was.</summary>
    public void Set(string place, string sentence) => _byPlace[place] = sentence;

    /// <summary>The place is well again.</summary>
    public void Clear(string place) => _byPlace.TryRemove(place, out _);
}
