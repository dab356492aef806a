using Barograph.Client;
using Shop.Data;

namespace Shop.Night;

/// <summary>The nightly work, three times a day because days are short: takes the orders that were not counted yet, adds them up by category, and fills the shelves.</summary>
internal sealed class SalesNight(ShopOptions options, ShopDatabase database, Catalogue catalogue, IPipelineTracker pipelines, TimeProvider clock) : BackgroundService
{
    const int MostOfANight = 400;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var nights = new PeriodicTimer(options.Day / 3, clock);
        while (await nights.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Run();
            }
            catch (Microsoft.Data.Sqlite.SqliteException)
            {
                // The run has told it; the next night does the work of both.
            }
        }
    }

    void Run()
    {
        using var run = pipelines.Start("nightly-sales");
        var (orders, lag, backlog) = Extract(run);
        var sales = Transform(run, orders);
        Load(run, orders, sales);
        run.Behind(lag, backlog);
        run.Succeed();
    }

    (List<string> Orders, TimeSpan Lag, long Backlog) Extract(PipelineRun run)
    {
        using var stage = run.Stage("extract");
        var waiting = database.Query("orders", "SELECT id, placed_ms FROM orders WHERE sold = 0 ORDER BY placed_ms", static row => (Id: row.GetString(0), PlacedMs: row.GetInt64(1)));
        var lag = waiting.Count == 0 ? TimeSpan.Zero : clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(waiting[0].PlacedMs);
        var orders = waiting.Take(MostOfANight).Select(static order => order.Id).ToList();
        stage.Add(recordsIn: waiting.Count, recordsOut: orders.Count);
        stage.Behind(lag, waiting.Count - orders.Count);
        stage.Succeed();
        return (orders, lag, waiting.Count - orders.Count);
    }

    /// <summary>Orders that came to nothing are left out; what remains is added up by category.</summary>
    Dictionary<string, (int Items, int Cents)> Transform(PipelineRun run, List<string> orders)
    {
        using var stage = run.Stage("transform");
        var sales = new Dictionary<string, (int Items, int Cents)>(StringComparer.Ordinal);
        var sold = 0;
        foreach (var order in orders)
        {
            var items = database.Query("order_items", """
                SELECT category, quantity, order_items.cents FROM order_items JOIN products ON products.id = product_id JOIN orders ON orders.id = order_id
                WHERE order_id = $order AND status IN ('paid', 'shipped')
                """, static row => (Category: row.GetString(0), Items: row.GetInt32(1), Cents: row.GetInt32(2)), ("$order", order));
            foreach (var (category, quantity, cents) in items)
            {
                var sum = sales.GetValueOrDefault(category);
                sales[category] = (sum.Items + quantity, sum.Cents + (quantity * cents));
            }

            sold += items.Count > 0 ? 1 : 0;
        }

        stage.Add(recordsIn: orders.Count, recordsOut: sold);
        stage.Succeed();
        return sales;
    }

    void Load(PipelineRun run, List<string> orders, Dictionary<string, (int Items, int Cents)> sales)
    {
        using var stage = run.Stage("load");
        var day = clock.GetUtcNow().ToUnixTimeSeconds() / (long)options.Day.TotalSeconds;
        database.Together("INSERT", "sales",
        [
            .. sales.Select(sale => ("INSERT INTO sales VALUES ($day, $category, $items, $cents) ON CONFLICT DO UPDATE SET items = items + $items, cents = cents + $cents",
                new (string, object)[] { ("$day", day), ("$category", sale.Key), ("$items", sale.Value.Items), ("$cents", sale.Value.Cents) })),
            .. orders.Select(static order => ("UPDATE orders SET sold = 1 WHERE id = $id", new (string, object)[] { ("$id", order) })),
        ]);
        catalogue.Restock();
        stage.Add(recordsIn: orders.Count, recordsOut: sales.Count);
        stage.Succeed();
    }
}
