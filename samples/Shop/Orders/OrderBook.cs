using Microsoft.Data.Sqlite;
using Shop.Data;

namespace Shop.Orders;

internal sealed record Order(
    string Id, string Customer, int Cents, int Items, string CardCountry, string Country, string Card, string Email, string Status, DateTimeOffset Placed, int EarlierOrders);

/// <summary>The orders, in the database.</summary>
internal sealed class OrderBook(ShopDatabase database)
{
    const string Columns = "id, customer, cents, items, card_country, country, card, email, status, placed_ms, earlier_orders";

    public int CountOf(string customer) => database.Query("orders", "SELECT count(*) FROM orders WHERE customer = $customer", static row => row.GetInt32(0), ("$customer", customer))[0];

    public void Add(Order order, IReadOnlyList<BasketItem> items) => database.Together("INSERT", "orders",
    [
        ($"INSERT INTO orders ({Columns}) VALUES ($id, $customer, $cents, $items, $card_country, $country, $card, $email, $status, $placed, $earlier)",
        [
            ("$id", order.Id), ("$customer", order.Customer), ("$cents", order.Cents), ("$items", order.Items), ("$card_country", order.CardCountry), ("$country", order.Country),
            ("$card", order.Card), ("$email", order.Email), ("$status", order.Status), ("$placed", order.Placed.ToUnixTimeMilliseconds()), ("$earlier", order.EarlierOrders),
        ]),
        .. items.Select(item => ("INSERT INTO order_items VALUES ($order, $product, $quantity, $cents)",
            new (string, object)[] { ("$order", order.Id), ("$product", item.ProductId), ("$quantity", item.Quantity), ("$cents", item.Cents) })),
    ]);

    public Order? Find(string id) => database.Query("orders", $"SELECT {Columns} FROM orders WHERE id = $id", Row, ("$id", id)).SingleOrDefault();

    public List<BasketItem> ItemsOf(string id) =>
        database.Query("order_items", "SELECT product_id, quantity, cents FROM order_items WHERE order_id = $id", static row => new BasketItem(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2)), ("$id", id));

    /// <summary>Moves an order on; false when it was not where it should have been, because somebody cancelled it, say.</summary>
    public bool TryMove(string id, string from, string to) =>
        database.Execute("UPDATE", "orders", "UPDATE orders SET status = $to WHERE id = $id AND status = $from", ("$id", id), ("$from", from), ("$to", to)) == 1;

    /// <summary>Orders that were left in the middle when the shop was closed.</summary>
    public List<Order> Unfinished() => database.Query("orders", $"SELECT {Columns} FROM orders WHERE status IN ('placed', 'paid')", Row);

    /// <summary>It turned out whether an order was fraud; false when that was known.</summary>
    public bool TryJudge(string id, bool fraud) =>
        database.Execute("UPDATE", "orders", "UPDATE orders SET fraud = $fraud WHERE id = $id AND fraud IS NULL", ("$id", id), ("$fraud", fraud ? 1 : 0)) == 1;

    /// <summary>Orders that nobody has asked money back for until now.</summary>
    public List<string> UnjudgedBefore(DateTimeOffset time) =>
        database.Query("orders", "SELECT id FROM orders WHERE fraud IS NULL AND placed_ms < $time", static row => row.GetString(0), ("$time", time.ToUnixTimeMilliseconds()));

    /// <summary>What is known of the newest judged orders.</summary>
    public List<(Order Order, bool Fraud)> Judged(int most) =>
        database.Query("orders", $"SELECT {Columns}, fraud FROM orders WHERE fraud IS NOT NULL ORDER BY placed_ms DESC LIMIT $most", static row => (Row(row), row.GetInt32(11) == 1), ("$most", most));

    static Order Row(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetString(4), row.GetString(5), row.GetString(6), row.GetString(7), row.GetString(8),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(9)), row.GetInt32(10));
}
