using System.Globalization;

namespace Shop;

/// <summary>What can be said on the command line.</summary>
/// <param name="Barograph">Where the shop tells what it does.</param>
/// <param name="Port">Where the shop itself listens.</param>
/// <param name="Data">Folder of its database.</param>
/// <param name="Visitors">How many robots visit it at the same time.</param>
/// <param name="Day">How long a day of the shop lasts: its nightly work is done, its model trained and its money asked back within one.</param>
/// <param name="StopAfter">Ends by itself after so long; never when it is 0.</param>
internal sealed record ShopOptions(Uri Barograph, int Port, string Data, int Visitors, TimeSpan Day, TimeSpan StopAfter)
{
    public const string Help = """
        A small shop whose visitors are robots, to see Barograph at work.

          --barograph URL    where Barograph is             (http://localhost:8000)
          --port N           where the shop listens         (8085)
          --data FOLDER      its database                   (a new folder among the temporary files)
          --visitors N       robots at the same time        (12)
          --day SECONDS      how long a day of the shop is  (60)
          --stop-after SECONDS                              (never)
        """;

    /// <exception cref="FormatException">Something is wrong; the message says what.</exception>
    public static ShopOptions Parse(string[] arguments)
    {
        var options = new ShopOptions(new("http://localhost:8000"), 8085, Path.Combine(Path.GetTempPath(), $"shop-{Environment.ProcessId}"), 12, TimeSpan.FromSeconds(60), TimeSpan.Zero);
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var (name, value) = (arguments[i], i + 1 < arguments.Length ? arguments[i + 1] : throw new FormatException($"{arguments[i]} needs a value."));
            options = name switch
            {
                "--barograph" => options with { Barograph = Uri.TryCreate(value, UriKind.Absolute, out var url) ? url : throw new FormatException($"--barograph must be an address such as http://localhost:8000, not '{value}'.") },
                "--port" => options with { Port = (int)Number(name, value, 0, 65_535) },
                "--data" => options with { Data = value },
                "--visitors" => options with { Visitors = (int)Number(name, value, 0, 1_000) },
                "--day" => options with { Day = TimeSpan.FromSeconds(Number(name, value, 1, 86_400)) },
                "--stop-after" => options with { StopAfter = TimeSpan.FromSeconds(Number(name, value, 0, 86_400)) },
                _ => throw new FormatException($"There is no option {name}.\n\n{Help}"),
            };
        }

        return options;
    }

    static double Number(string name, string value, double min, double max) =>
        double.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"{name} must be a number from {min} to {max}, not '{value}'.");
}
