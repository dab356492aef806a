using Shop.Data;
using Shop.Orders;

namespace Shop.Visitors;

/// <summary>One visit: looks around, may search, may fill a basket, may buy. It asks over HTTP like anybody else; what it wants is chance, what the shop does with it is real.</summary>
internal sealed class Robot(HttpClient shop, HttpClient bank, Random random, TimeSpan day)
{
    const int OrganisationCount = 12;
    const int CustomerCount = 300;

    readonly bool _isThief = random.NextDouble() < 0.12;

    public async Task VisitAsync(CancellationToken closing)
    {
        var customer = _isThief ? $"new-{random.Next(1_000_000)}" : $"customer-{random.Next(CustomerCount)}";
        Introduce(customer);
        await GetAsync("/", closing);
        var basket = default(string);
        var looks = random.Next(1, _isThief ? 4 : 8);
        for (var look = 0; look < looks; look++)
        {
            var product = await LookAroundAsync(closing);
            if (product is null || random.NextDouble() > (_isThief ? 0.8 : 0.35))
                continue;
            basket ??= await CreateBasketAsync(closing);
            await PostAsync($"/baskets/{basket}/items?product={product.Id}&quantity={random.Next(1, 4)}", closing);
        }

        if (basket is null || random.NextDouble() < 0.3)
            return;
        await PostAsync($"/baskets/{basket}/checkout", closing);
        await ThinkAsync(closing);
        if (random.NextDouble() < 0.8)
            await BuyAsync(basket, customer, closing);
    }

    void Introduce(string customer)
    {
        shop.DefaultRequestHeaders.Clear();
        shop.DefaultRequestHeaders.Add("X-User", customer);
        shop.DefaultRequestHeaders.Add("X-Organisation", $"company-{(uint)customer.GetHashCode(StringComparison.Ordinal) % OrganisationCount}");
        shop.DefaultRequestHeaders.Add("X-Session", Guid.NewGuid().ToString("N")[..12]);
    }

    /// <summary>Browses or searches, and looks at one of what is shown; thieves at the dearest.</summary>
    async Task<Product?> LookAroundAsync(CancellationToken closing)
    {
        var category = Catalogue.Categories[random.Next(Catalogue.Categories.Length)];
        var path = random.NextDouble() < 0.6
            ? $"/products?category={category}&page={random.Next(3)}"
            : $"/search?words={(random.NextDouble() < 0.9 ? Catalogue.Materials[random.Next(Catalogue.Materials.Length)] : "sundial")}";
        await ThinkAsync(closing);
        var shown = await shop.GetFromJsonAsync<Product[]>(path, closing) ?? [];
        if (shown.Length == 0)
            return null;
        await ThinkAsync(closing);
        var chosen = _isThief ? shown.MaxBy(static product => product.Cents)! : shown[random.Next(shown.Length)];
        await GetAsync($"/products/{chosen.Id}", closing);
        return chosen;
    }

    async Task<string> CreateBasketAsync(CancellationToken closing)
    {
        using var created = await shop.PostAsync(new Uri("/baskets", UriKind.Relative), content: null, closing);
        return (await created.Content.ReadFromJsonAsync<string>(closing))!;
    }

    async Task BuyAsync(string basket, string customer, CancellationToken closing)
    {
        var abroad = random.NextDouble() < (_isThief ? 0.7 : 0.1);
        var email = random.NextDouble() < 0.05 ? customer : $"{customer}@example.org"; // some mistype it
        var request = new OrderRequest(basket, Card(), abroad ? "XX" : "DE", random.NextDouble() < 0.8 ? "DE" : "FR", email);
        using var answer = await shop.PostAsJsonAsync(new Uri("/orders", UriKind.Relative), request, closing);
        if (!answer.IsSuccessStatusCode)
            return;
        var order = (await answer.Content.ReadFromJsonAsync<string>(closing))!;
        await ThinkAsync(closing);
        await GetAsync($"/orders/{order}", closing);
        if (random.NextDouble() < 0.05)
            (await shop.DeleteAsync(new Uri($"/orders/{order}", UriKind.Relative), closing)).Dispose();
        if (random.NextDouble() < (_isThief ? 0.9 : 0.02)) // the owner of the card finds out; a few honest customers quarrel
            _ = AskMoneyBackAsync(order, day * (0.1 + (0.8 * random.NextDouble())), closing);
    }

    /// <summary>Some time of the same day, long after the visit.</summary>
    async Task AskMoneyBackAsync(string order, TimeSpan after, CancellationToken closing)
    {
        try
        {
            await Task.Delay(after, closing);
            (await bank.PostAsync(new Uri($"/bank/chargebacks?order={order}", UriKind.Relative), content: null, closing)).Dispose();
        }
        catch (Exception trouble) when (trouble is HttpRequestException or OperationCanceledException)
        {
            // The shop has closed.
        }
    }

    /// <summary>A number whose sum is right, except for one card in twenty.</summary>
    string Card()
    {
        var digits = random.NextInt64(400_000_000_000_000, 500_000_000_000_000).ToString();
        for (var check = 0; check < 10; check++)
        {
            if (BankRoutes.IsValid($"{digits}{check}"))
                return random.NextDouble() < 0.05 ? $"{digits}{(check + 1) % 10}" : $"{digits}{check}";
        }

        return digits;
    }

    Task ThinkAsync(CancellationToken closing) => Task.Delay(random.Next(40, 400), closing);

    async Task GetAsync(string path, CancellationToken closing) => (await shop.GetAsync(new Uri(path, UriKind.Relative), closing)).Dispose();

    async Task PostAsync(string path, CancellationToken closing) => (await shop.PostAsync(new Uri(path, UriKind.Relative), content: null, closing)).Dispose();
}
