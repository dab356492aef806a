using System.Diagnostics;
using Barograph.Client;
using Shop.Data;
using Shop.Models;

namespace Shop.Orders;

/// <summary>Takes orders: two models say what they think of each, the customer's card is charged by a worker, and what turns out to be true is told when it is known.</summary>
internal sealed class OrderDesk(OrderBook book, OrderQueues queues, FraudModel fraud, DeliveryModel delivery, IModelTracker models, IBusinessEvents business, TimeProvider clock)
{
    public async Task<Order> PlaceAsync(string customer, IReadOnlyList<BasketItem> items, OrderRequest request, Visitor who, CancellationToken cancel)
    {
        var order = new Order(
            Guid.CreateVersion7().ToString("N"), customer, items.Sum(static item => item.Cents * item.Quantity), items.Sum(static item => item.Quantity), request.CardCountry,
            request.Country, request.Card, request.Email, "placed", clock.GetUtcNow(), book.CountOf(customer));
        book.Add(order, items);
        Predict(order);
        business.Record("order", order.Cents / 100m, "EUR", who, ("id", $"order-{order.Id}"), ("order_id", order.Id), ("country", order.Country), ("items", order.Items));
        await queues.PutAsync("payments", "charge-card", "payments", order.Id, cancel);
        return order;
    }

    /// <summary>The customer thought better of it, before it was packed.</summary>
    public bool TryCancel(string id, Visitor who)
    {
        if (!book.TryMove(id, "placed", "cancelled") && !book.TryMove(id, "paid", "cancelled"))
            return false;
        business.Record("order_cancelled", who, ("order_id", id));
        return true;
    }

    /// <summary>The order left the house: now it is known how long that took.</summary>
    public void Shipped(Order order)
    {
        var seconds = (clock.GetUtcNow() - order.Placed).TotalSeconds;
        delivery.Learn(order.Items, seconds);
        models.Outcome("delivery-time", order.Id, seconds);
    }

    /// <summary>Somebody wants their money back, or the time for that is over: now it is known whether it was fraud.</summary>
    public void Judge(string orderId, bool wasFraud)
    {
        if (book.TryJudge(orderId, wasFraud))
            models.Outcome("fraud", orderId, wasFraud);
    }

    void Predict(Order order)
    {
        var start = Stopwatch.GetTimestamp();
        var model = fraud.Current;
        var score = model.Score(order);
        models.Predict("fraud", order.Id, score > 0.5, new() { Version = model.Version, Score = score, Duration = Stopwatch.GetElapsedTime(start), Context = [("order", order.Id), ("euros", order.Cents / 100m)] });

        start = Stopwatch.GetTimestamp();
        var seconds = delivery.Predict(order.Items);
        models.Predict("delivery-time", order.Id, seconds, new() { Version = "average", Duration = Stopwatch.GetElapsedTime(start), Context = [("items", order.Items)] });
    }
}

internal sealed record OrderRequest(string Basket, string Card, string CardCountry, string Country, string Email);
