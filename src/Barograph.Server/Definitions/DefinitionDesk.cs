using System.Text.Json;
using Barograph.Server.Events;
using Barograph.Server.Settings;
using Barograph.TimeSeries;

namespace Barograph.Server.Definitions;

/// <summary>A file of definitions is wrong: the program does not start.</summary>
internal sealed class DefinitionFileException(string message) : Exception(message);

/// <summary>
/// All definitions: those of files, fixed while the server runs, and those of the API, kept in one file that is replaced whole. Readers see one set at a time.
/// </summary>
internal sealed class DefinitionDesk
{
    const int DefinitionsMax = 1000;

    readonly string _path;
    readonly Lock _gate = new(); // guards changes; readers take the set as it is
    volatile IReadOnlyDictionary<string, CompiledDefinition> _all;

    /// <summary>Reads what is there.</summary>
    /// <exception cref="DefinitionFileException">A file is wrong; says file, definition, field, value and rule.</exception>
    public DefinitionDesk(ServerSettings settings)
    {
        var folder = Path.Combine(settings.Data, "events");
        _path = Path.Combine(folder, "definitions.json");
        Identities = new Lazy<IdentityHash>(() => IdentityHash.Open(folder));
        var all = new Dictionary<string, CompiledDefinition>(StringComparer.Ordinal);
        foreach (var (file, definition) in DefinitionFiles.Read(settings.Definitions))
        {
            if (!all.TryAdd(definition.Name, new CompiledDefinition(definition, file, Identities)))
                throw new DefinitionFileException($"{file}: definition '{definition.Name}': name must not be there twice");
        }

        foreach (var definition in DefinitionFiles.ReadKept(_path))
            all.TryAdd(definition.Name, new CompiledDefinition(definition, null, Identities));
        _all = all;
    }

    /// <summary>All, by name.</summary>
    public IReadOnlyDictionary<string, CompiledDefinition> All => _all;

    /// <summary>The key of hashed labels, the same as that of hashed identities. The folder is ours only when the store is open, which is when the first is asked for.</summary>
    public Lazy<IdentityHash> Identities { get; }

    /// <summary>The rules of all.</summary>
    public IReadOnlyList<EventRule> Rules => [.. _all.Values.SelectMany(static one => one.Rules)];

    /// <summary>Called with each new set.</summary>
    public Action<IReadOnlyList<EventRule>> Changed { get; set; } = static _ => { };

    /// <summary>Whether there is room for another.</summary>
    public bool HasRoom => _all.Count < DefinitionsMax;

    /// <summary>Makes or replaces one; durable on return.</summary>
    /// <returns>Whether it is new.</returns>
    /// <exception cref="IOException">The disk did not take it; nothing has changed.</exception>
    public bool Put(Definition definition)
    {
        lock (_gate)
        {
            var isNew = !_all.ContainsKey(definition.Name);
            Replace(new Dictionary<string, CompiledDefinition>(_all, StringComparer.Ordinal) { [definition.Name] = new(definition, null, Identities) });
            return isNew;
        }
    }

    /// <summary>Removes one; its series stay.</summary>
    public void Remove(string name)
    {
        lock (_gate)
            Replace(_all.Where(one => one.Key != name).ToDictionary(StringComparer.Ordinal));
    }

    /// <summary>Checks an event by the rules of all definitions that look at it.</summary>
    /// <exception cref="BadEventException">It breaks one.</exception>
    public void Check(EventRecord one)
    {
        foreach (var definition in _all.Values)
        {
            if (definition.Definition.Validate.Length > 0 && definition.Check(one) is var (field, value, rule))
                throw new BadEventException(field, value, rule);
        }
    }

    void Replace(Dictionary<string, CompiledDefinition> all)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        DurableFile.Replace(_path, JsonSerializer.SerializeToUtf8Bytes(
            all.Values.Where(static one => one.File is null).Select(static one => one.Definition.Written).ToArray(), DefinitionsJson.Default.JsonElementArray));
        _all = all;
        Changed(Rules);
    }
}
