using Barograph.Client;
using Shop.Data;
using Shop.Orders;

namespace Shop.Web;

/// <summary>The shop as its visitors see it. Each route tells what was done in its own line.</summary>
internal static class ShopApi
{
    public static void MapShop(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", Home);
        routes.MapGet("/products", Browse);
        routes.MapGet("/products/{id:int}", Look);
        routes.MapGet("/search", Search);
        routes.MapPost("/baskets", Begin);
        routes.MapPost("/baskets/{id}/items", Add);
        routes.MapPost("/baskets/{id}/checkout", CheckOut);
        routes.MapPost("/orders", OrderAsync);
        routes.MapGet("/orders/{id}", Track);
        routes.MapDelete("/orders/{id}", Cancel);
    }

    static IResult Home(HttpContext context, IActivityTracker activity)
    {
        activity.Page("/", context.Visitor());
        activity.Step("buy", "home", context.Visitor());
        return Results.Ok(Catalogue.Categories);
    }

    static IResult Browse(HttpContext context, Catalogue catalogue, IActivityTracker activity, string category, int page = 0)
    {
        activity.Page("/products", context.Visitor(), ("category", category));
        activity.Feature("browse", context.Visitor());
        return Results.Ok(catalogue.Browse(category, page));
    }

    static IResult Look(HttpContext context, int id, Catalogue catalogue, IActivityTracker activity, IBusinessEvents business)
    {
        if (catalogue.Find(id) is not { } product)
            return Results.NotFound();
        activity.Page("/products/{id}", context.Visitor());
        activity.Step("buy", "product", context.Visitor());
        business.Record("product_view", context.Visitor(), ("product", id), ("category", product.Category));
        return Results.Ok(product);
    }

    static IResult Search(HttpContext context, Catalogue catalogue, IActivityTracker activity, IBusinessEvents business, string words)
    {
        var found = catalogue.Search(words);
        activity.Feature("search", context.Visitor());
        business.Record("search", context.Visitor(), ("words", words), ("hits", found.Count));
        return Results.Ok(found);
    }

    static IResult Begin(HttpContext context, Baskets baskets, IBusinessEvents business)
    {
        business.Record("cart_created", context.Visitor());
        return Results.Ok(baskets.Create());
    }

    static IResult Add(HttpContext context, string id, int product, int quantity, Catalogue catalogue, Baskets baskets, IActivityTracker activity)
    {
        if (catalogue.Find(product) is not { } found || quantity is < 1 or > 10)
            return Results.BadRequest("There is no such product, or not so many.");
        if (!baskets.TryAdd(id, new(product, quantity, found.Cents)))
            return Results.NotFound();
        activity.Step("buy", "basket", context.Visitor());
        return Results.NoContent();
    }

    static IResult CheckOut(HttpContext context, string id, Baskets baskets, IActivityTracker activity, IBusinessEvents business)
    {
        var items = baskets.Items(id);
        if (items.Count == 0)
            return Results.NotFound();
        activity.Step("buy", "checkout", context.Visitor());
        business.Record("checkout_started", items.Sum(static item => item.Quantity * item.Cents) / 100m, "EUR", context.Visitor());
        return Results.Ok(items);
    }

    static async Task<IResult> OrderAsync(HttpContext context, OrderRequest request, Baskets baskets, OrderDesk desk, IActivityTracker activity, CancellationToken hungUp)
    {
        var items = baskets.Items(request.Basket);
        if (items.Count == 0)
            return Results.NotFound();
        var who = context.Visitor();
        var order = await desk.PlaceAsync(who.User ?? "guest", items, request, who, hungUp);
        baskets.Remove(request.Basket);
        activity.Step("buy", "order", who);
        return Results.Ok(order.Id);
    }

    static IResult Track(HttpContext context, string id, OrderBook book, IActivityTracker activity)
    {
        activity.Feature("track-order", context.Visitor());
        return book.Find(id) is { } order ? Results.Ok(order.Status) : Results.NotFound();
    }

    static IResult Cancel(HttpContext context, string id, OrderDesk desk) => desk.TryCancel(id, context.Visitor()) ? Results.NoContent() : Results.Conflict();
}
