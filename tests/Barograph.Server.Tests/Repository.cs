namespace Barograph.Server.Tests;

/// <summary>Finds the files of the repository that the tests were built in.</summary>
internal static class Repository
{
    public static string File(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Barograph.slnx")))
                return Path.Combine(folder.FullName, path);
        }

        throw new FileNotFoundException($"The tests do not lie in the repository; {path} was not found.");
    }
}
