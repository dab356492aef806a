using System.Security.Cryptography;
using System.Text;
using Barograph.TimeSeries;

namespace Barograph.Server.Events;

/// <summary>
/// Replaces who it was by an HMAC-SHA-256 of it, on arrival: the same person stays the same, and nobody can be told from it without
/// the key. The key is made once and lies in the data folder.
/// </summary>
internal sealed class IdentityHash(byte[] key)
{
    const int KeyBytes = 32;

    /// <summary>Whether a field names a person, an organisation or a session.</summary>
    public static bool Applies(string path) => path is "user" or "organisation" or "session";

    /// <summary>Reads the key, or makes one.</summary>
    public static IdentityHash Open(string folder)
    {
        var path = Path.Combine(folder, "identity-key");
        if (File.Exists(path) && File.ReadAllBytes(path) is { Length: KeyBytes } known)
            return new IdentityHash(known);
        var made = RandomNumberGenerator.GetBytes(KeyBytes);
        Directory.CreateDirectory(folder);
        DurableFile.Replace(path, made);
        return new IdentityHash(made);
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
