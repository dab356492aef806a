namespace Barograph.Server.Events;

/// <summary>
/// Which orders were placed and are neither completed nor cancelled. An order is named by its <c>order_id</c>; one that ended before it was heard of is not open.
/// Bounded: of orders that nobody ended, those of the last 30 days count.
/// </summary>
internal sealed class OrderTracker
{
    const int OrdersMax = 100_000;
    const long RememberedMs = 30 * 86_400_000L;

    public static readonly DerivedSpec Active = new("business_orders_active", DerivedKind.Value, "", "Orders that are neither completed nor cancelled.");

    readonly DerivedMetric _active = new(Active);
    readonly Dictionary<string, long> _open = new(StringComparer.Ordinal), _ended = new(StringComparer.Ordinal); // by order: when it was placed, or ended
    long _lastMs;

    public IEnumerable<DerivedMetric> Metrics => [_active];

    public void Apply(EventRecord one)
    {
        var name = one.Text("name");
        var isEnd = name is "order_completed" or "order_cancelled";
        if ((!isEnd && name != "order") || one.Text("order_id") is not { Length: > 0 } order)
            return;
        _lastMs = Math.Max(_lastMs, one.TimeMs);
        if (isEnd)
        {
            _open.Remove(order);
            Note(_ended, order, one.TimeMs);
        }
        else if (!_ended.ContainsKey(order))
        {
            Note(_open, order, one.TimeMs);
        }
    }

    /// <summary>Writes how it is now, once there was an order.</summary>
    public void Report(long nowMs)
    {
        Forget(_open, nowMs);
        Forget(_ended, nowMs);
        if (_lastMs >= nowMs - RememberedMs)
            _active.For().Report(nowMs, _open.Count);
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(_lastMs);
        foreach (var orders in new[] { _open, _ended })
        {
            writer.Write(orders.Count);
            foreach (var (order, timeMs) in orders)
            {
                writer.Write(order);
                writer.Write(timeMs);
            }
        }
    }

    public void Read(BinaryReader reader)
    {
        _lastMs = reader.ReadInt64();
        foreach (var orders in new[] { _open, _ended })
        {
            for (var count = reader.ReadInt32(); count > 0; count--)
                orders[reader.ReadString()] = reader.ReadInt64();
        }
    }

    /// <summary>When there is no room, the oldest tenth goes at once: to look for the oldest each time would cost a walk for each order.</summary>
    static void Note(Dictionary<string, long> orders, string order, long timeMs)
    {
        if (orders.Count >= OrdersMax && !orders.ContainsKey(order))
        {
            foreach (var (oldest, _) in orders.OrderBy(static one => one.Value).Take(OrdersMax / 10).ToList())
                orders.Remove(oldest);
        }

        orders[order] = timeMs;
    }

    static void Forget(Dictionary<string, long> orders, long nowMs)
    {
        foreach (var (order, timeMs) in orders)
        {
            if (timeMs < nowMs - RememberedMs)
                orders.Remove(order);
        }
    }
}
