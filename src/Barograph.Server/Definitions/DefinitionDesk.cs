using Barograph.PromQL;
using Barograph.Server.Events;
using Barograph.Server.Processes;
using Barograph.Server.Query;
using Barograph.Server.Settings;

namespace Barograph.Server.Definitions;

/// <summary>A file of definitions that a setting names is wrong: the program does not start.</summary>
internal sealed class DefinitionFileException(string message) : Exception(message);

/// <summary>
/// All definitions: those of files, fixed while the server runs, and those of the API, kept in one file that is replaced whole. Readers see one set at a time.
/// </summary>
internal sealed class DefinitionDesk
{
    const int DefinitionsMax = 1000;

    readonly QueryOptions _options;
    readonly KeptDefinitions _kept;
    readonly string _path;
    readonly Warnings _warnings;
    readonly Lock _gate = new(); // guards changes; readers take the sets as they are
    volatile IReadOnlyDictionary<string, CompiledDefinition> _all;
    volatile IReadOnlyList<UnknownDefinition> _unknown;

    /// <summary>Reads what is there.</summary>
    /// <exception cref="DefinitionFileException">A file of the setting is wrong; says file, definition, field, value and rule.</exception>
    public DefinitionDesk(ServerSettings settings, TimeProvider clock, Warnings warnings, ILogger<DefinitionDesk> log)
    {
        var folder = Path.Combine(settings.Data, "events");
        _path = Path.Combine(folder, "definitions.json");
        (_options, _warnings) = (settings.QueryOptions(), warnings);
        _kept = new KeptDefinitions(_path, _options, clock);
        // Not remembered when it fails: a disk that is full now may have room later.
        Identities = new Lazy<IdentityHash>(() => IdentityHash.Open(folder, clock, Tell), LazyThreadSafetyMode.PublicationOnly);
        var all = new Dictionary<string, CompiledDefinition>(StringComparer.Ordinal);
        foreach (var (file, definition) in DefinitionFiles.Read(settings.Definitions, _options))
        {
            if (!all.TryAdd(definition.Name, new CompiledDefinition(definition, file, Identities)))
                throw new DefinitionFileException($"{file}: definition '{definition.Name}': name must not be there twice");
        }

        var (known, unknown) = _kept.Read();
        foreach (var definition in known)
        {
            if (!all.TryAdd(definition.Name, new CompiledDefinition(definition, null, Identities)))
            {
                var rule = all[definition.Name].File is { } file ? $"must not be that of a definition of {file}" : "must not be there twice";
                unknown.Add(new UnknownDefinition(definition.Name, definition.Written, [new DefinitionError("name", definition.Name, rule)]));
            }
        }

        (_all, _unknown) = (all, unknown);
        foreach (var sentence in Warn())
            DefinitionLog.Kept(log, sentence);

        void Tell(string sentence)
        {
            DefinitionLog.Kept(log, sentence);
            warnings.Set(Path.Combine(folder, "identity-key"), sentence);
        }
    }

    /// <summary>Entries of the file that this program cannot take. They stay there as they are until somebody removes them by their name.</summary>
    public IReadOnlyList<UnknownDefinition> Unknown => _unknown;

    /// <summary>What is wrong with the file, or null.</summary>
    public string? Damage => _kept.Damage;

    /// <summary>Reads one that somebody sends.</summary>
    public DefinitionReader NewReader() => new(_options);

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
            Replace(new Dictionary<string, CompiledDefinition>(_all, StringComparer.Ordinal) { [definition.Name] = new(definition, null, Identities) }, _unknown);
            return isNew;
        }
    }

    /// <summary>Removes one, or the entries of that name that were not understood; its series stay.</summary>
    public void Remove(string name)
    {
        lock (_gate)
        {
            if (_all.ContainsKey(name))
                Replace(_all.Where(one => one.Key != name).ToDictionary(StringComparer.Ordinal), _unknown);
            else
                Replace(new Dictionary<string, CompiledDefinition>(_all, StringComparer.Ordinal), [.. _unknown.Where(one => one.Name != name)]);
        }
    }

    /// <summary>Whether an entry of that name is kept and not understood.</summary>
    public bool HasUnknown(string name) => _unknown.Any(one => one.Name == name);

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

    void Replace(Dictionary<string, CompiledDefinition> all, IReadOnlyList<UnknownDefinition> unknown)
    {
        _kept.Write(all.Values.Where(static one => one.File is null).Select(static one => one.Definition.Written).Concat(unknown.Select(static one => one.Written)));
        (_all, _unknown) = (all, unknown);
        Warn();
        Changed(Rules);
    }

    /// <summary>Says under <c>/readyz</c> what is wrong with the file.</summary>
    List<string> Warn()
    {
        var sentences = new List<string>();
        if (_kept.Damage is { } damage)
            sentences.Add($"Definitions: {damage}.");
        if (_unknown.Count > 0)
        {
            var names = string.Join(", ", _unknown.Take(5).Select(static one => one.Name.Length > 0 ? one.Name : "?"));
            sentences.Add($"Definitions: {_unknown.Count} of {_path} are not understood by this version ({names}) and stay there as they are.");
        }

        if (sentences.Count > 0)
            _warnings.Set(_path, string.Join(' ', sentences));
        else
            _warnings.Clear(_path);
        return sentences;
    }
}
