using System.Security.Cryptography;
using System.Text.Json;

namespace Barograph.Server.Data.Backup;

/// <summary>A folder is no whole backup: says why, and what can be done.</summary>
internal sealed class BackupException(string message) : IOException(message);

/// <summary>A folder that a backup cannot go into.</summary>
internal sealed class BackupTargetException(string message) : IOException(message);

/// <summary>One file of a backup.</summary>
/// <param name="Path">Within it, with slashes.</param>
/// <param name="SizeBytes">Its bytes.</param>
/// <param name="Sha256">Of its content, hexadecimal.</param>
internal sealed record BackupFile(string Path, long SizeBytes, string Sha256);

/// <summary>What a backup has of a room.</summary>
/// <param name="Name">The room's.</param>
/// <param name="Holds">What the room keeps.</param>
/// <param name="Files">Its files, by path.</param>
internal sealed record BackupRoom(string Name, string Holds, IReadOnlyList<BackupFile> Files);

/// <summary>What a backup holds: the file that makes a folder one.</summary>
/// <param name="Format">1.</param>
/// <param name="Made">When it was begun.</param>
/// <param name="Program">The version of the program that made it.</param>
/// <param name="Rooms">Each room that has files.</param>
/// <param name="Sha256">Of this manifest with "" in this place, hexadecimal.</param>
internal sealed record BackupManifest(int Format, DateTimeOffset Made, string Program, IReadOnlyList<BackupRoom> Rooms, string Sha256)
{
    public const string FileName = "backup.json";
    public const int CurrentFormat = 1;

    /// <summary>The files of all rooms.</summary>
    public IEnumerable<BackupFile> Files() => Rooms.SelectMany(static room => room.Files);

    public long SizeBytes() => Files().Sum(static file => file.SizeBytes);

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = Sum() }, DataJson.Default.BackupManifest);

    /// <summary>Reads that of a backup.</summary>
    /// <exception cref="BackupException">There is none, or it is not as it was written.</exception>
    public static BackupManifest Read(string backup)
    {
        var path = Path.Combine(backup, FileName);
        if (!Directory.Exists(backup))
            throw new BackupException($"There is no folder {backup}.");
        if (File.Exists(Path.Combine(backup, BackupFolder.UnfinishedFile)))
            throw new BackupException($"{backup} is a backup that was cut short: it is not whole. Delete it, and use another one.");
        if (!File.Exists(path))
            throw new BackupException($"{backup} is no backup: it has no file {FileName}. Copies by earlier versions of 'barograph store backup' go through 'barograph store restore'.");
        BackupManifest? manifest = null;
        try
        {
            manifest = JsonSerializer.Deserialize(File.ReadAllBytes(path), DataJson.Default.BackupManifest);
        }
        catch (JsonException)
        {
            // as if it had another sum
        }

        if (manifest is { Format: > CurrentFormat })
            throw new BackupException($"{backup} has format {manifest.Format}; this program knows up to {CurrentFormat}. Use a newer program.");
        if (manifest?.Rooms is null || manifest.Rooms.Any(static room => room?.Files is null || room.Files.Any(static file => file?.Path is null)) || manifest.Sha256 != manifest.Sum())
            throw new BackupException($"{path} is damaged: it cannot be told what belongs to the backup. Use another one.");
        return manifest;
    }

    string Sum() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = "" }, DataJson.Default.BackupManifest)));
}
