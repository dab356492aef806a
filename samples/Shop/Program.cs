using Barograph.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shop;
using Shop.Data;
using Shop.Models;
using Shop.Night;
using Shop.Orders;
using Shop.Visitors;
using Shop.Web;

if (args is ["--help"] or ["-h"])
{
    Console.WriteLine(ShopOptions.Help);
    return 0;
}

ShopOptions options;
try
{
    options = ShopOptions.Parse(args);
}
catch (FormatException mistake)
{
    Console.Error.WriteLine($"shop: {mistake.Message}");
    return 2;
}

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "shop" });
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls($"http://localhost:{options.Port}");

// All that an application needs to be watched. The two lines below the address are only for a database library without metrics of its own.
builder.Services.AddBarograph(barograph =>
{
    barograph.Endpoint = options.Barograph;
    barograph.DatabaseSources.Add(ShopDatabase.SpanSource);
});

builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database").AddCheck<QueueHealth>("queues");
builder.Services.Configure<HealthCheckPublisherOptions>(static publisher => (publisher.Delay, publisher.Period) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)));

builder.Services.AddSingleton(options).AddSingleton(TimeProvider.System).AddSingleton<ShopDatabase>().AddSingleton<Catalogue>().AddSingleton<Baskets>();
builder.Services.AddSingleton<OrderBook>().AddSingleton<OrderQueues>().AddSingleton<OrderDesk>().AddSingleton<Bank>();
builder.Services.AddSingleton<FraudModel>().AddSingleton<DeliveryModel>();
builder.Services.AddHostedService<OrderWorkers>().AddHostedService<SalesNight>().AddHostedService<FraudTraining>().AddHostedService<Crowd>();

await using var app = builder.Build();
app.UseMiddleware<ApiUse>();
app.MapShop();
app.MapBank();
app.MapHealthChecks("/health");

var client = app.Services.GetRequiredService<BarographClient>();
try
{
    await app.StartAsync();
}
catch (IOException taken)
{
    Console.Error.WriteLine($"shop: {taken.Message} Choose another port with --port.");
    return 1;
}

Console.WriteLine($"The shop is at http://localhost:{options.Port}, with {options.Visitors} robots in it; Barograph is at {options.Barograph}.");
using var stop = new CancellationTokenSource();
if (options.StopAfter > TimeSpan.Zero)
    stop.CancelAfter(options.StopAfter);
await app.WaitForShutdownAsync(stop.Token);
var told = client.Statistics;
Console.WriteLine($"Told {told.Tracked} events: {told.Accepted} accepted, {told.Duplicates} sent twice, {told.Rejected} rejected, {told.Dropped} dropped.");
return 0;
