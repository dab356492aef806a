using System.Collections.Concurrent;

namespace Shop.Data;

internal sealed record BasketItem(int ProductId, int Quantity, int Cents);

/// <summary>Baskets that are being filled, in memory; the oldest go when there are too many.</summary>
internal sealed class Baskets
{
    const int Most = 5_000;

    readonly ConcurrentDictionary<string, ConcurrentQueue<BasketItem>> _baskets = new(StringComparer.Ordinal);
    readonly ConcurrentQueue<string> _order = new();

    public string Create()
    {
        var id = Guid.NewGuid().ToString("N");
        _baskets[id] = new();
        _order.Enqueue(id);
        if (_order.Count > Most && _order.TryDequeue(out var oldest))
            _baskets.TryRemove(oldest, out _);
        return id;
    }

    public bool TryAdd(string id, BasketItem item)
    {
        if (!_baskets.TryGetValue(id, out var items))
            return false;
        items.Enqueue(item);
        return true;
    }

    /// <summary>Empty when there is no such basket, or nothing in it.</summary>
    public IReadOnlyList<BasketItem> Items(string id) => _baskets.TryGetValue(id, out var items) ? [.. items] : [];

    public void Remove(string id) => _baskets.TryRemove(id, out _);
}
