using System.Security.Cryptography;
using System.Text;
using Barograph.Server.Storage;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>
/// Replaces who it was by an HMAC-SHA-256 of it, on arrival: the same person stays the same, and nobody can be told from it without
/// the key. The key is made once and lies in the data folder.
/// </summary>
internal sealed class IdentityHash(byte[] key)
{
    const int KeyBytes = 32;

    static readonly Lock s_opening = new(); // who comes second reads what the first has made

    /// <summary>Whether a field names a person, an organisation or a session.</summary>
    public static bool Applies(string path) => path is "user" or "organisation" or "session";

    /// <summary>Reads the key, or makes one. What is there and is no key stays beside: who is who from before is known only by it.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="clock">For the name of what stays beside.</param>
    /// <param name="tell">Gets a sentence when what was there is no key.</param>
    /// <exception cref="IOException">The disk did not give or take it.</exception>
    public static IdentityHash Open(string folder, TimeProvider clock, Action<string> tell)
    {
        lock (s_opening)
        {
            var path = Path.Combine(folder, "identity-key");
            if (File.Exists(path) && File.ReadAllBytes(path) is { Length: KeyBytes } known)
                return new IdentityHash(known);
            if (Path.Exists(path))
                tell($"{path} is no key of {KeyBytes} bytes; it is kept as {DamagedFile.SetAside(path, clock)}, and another is made: who is hashed from now on gets another name");
            var made = RandomNumberGenerator.GetBytes(KeyBytes);
            Directory.CreateDirectory(folder);
            DurableFile.Replace(path, made);
            return new IdentityHash(made);
        }
    }

    /// <summary>16 hexadecimal digits for a text.</summary>
    public string Of(string text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text), hash);
        return Convert.ToHexStringLower(hash[..8]);
    }

    /// <summary>Replaces the values of the fields that name somebody.</summary>
    public void Replace(List<Field> fields)
    {
        for (var i = fields.Count - 1; i >= 0; i--)
        {
            var (path, value) = fields[i];
            if (Applies(path))
                fields[i] = new Field(path, new FieldValue(FieldKind.Text, 0, Of(value.AsText)));
            else if (path.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && Applies(path[..dot]))
                fields.RemoveAt(i); // a member of an object that was replaced as a whole
        }
    }
}
