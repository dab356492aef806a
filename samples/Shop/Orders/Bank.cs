using System.Net;

namespace Shop.Orders;

/// <summary>Asks the bank. The bank is played by this same process, over real HTTP (<see cref="BankRoutes"/>).</summary>
internal sealed class Bank(ShopOptions options) : IDisposable
{
    /// <summary>As long as a customer at the till has patience.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);

    readonly HttpClient _http = new() { BaseAddress = new Uri($"http://localhost:{options.Port}") };

    /// <summary>Null when the money is there, otherwise why it is not.</summary>
    /// <exception cref="TimeoutException">The bank did not answer in time.</exception>
    public async Task<string?> ChargeAsync(string card, int cents, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            using var response = await _http.PostAsync(new Uri($"/bank/charges?card={card}&cents={cents}", UriKind.Relative), content: null, patience.Token);
            return response.StatusCode == HttpStatusCode.PaymentRequired ? "card declined" : response.IsSuccessStatusCode ? null : "bank error";
        }
        catch (OperationCanceledException late) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"The bank did not answer within {Patience.TotalMilliseconds} ms.", late);
        }
    }

    public void Dispose() => _http.Dispose();
}

internal static class BankRoutes
{
    public static void MapBank(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/bank/charges", async (string card, int cents, CancellationToken hungUp) =>
        {
            // The dearer, the longer they look; one card in forty makes them look for very long.
            var slow = card.EndsWith("00", StringComparison.Ordinal) || card[^3..] is "125" or "625";
            await Task.Delay(slow ? 400 : 2 + (cents / 10_000), hungUp);
            return IsValid(card) ? Results.NoContent() : Results.StatusCode(StatusCodes.Status402PaymentRequired);
        });
        routes.MapPost("/bank/chargebacks", (string order, OrderDesk desk) => desk.Judge(order, wasFraud: true));
    }

    /// <summary>Luhn's sum, as on real cards.</summary>
    public static bool IsValid(string card)
    {
        var sum = 0;
        for (var i = 0; i < card.Length; i++)
        {
            var digit = card[^(i + 1)] - '0';
            sum += i % 2 == 0 ? digit : digit < 5 ? digit * 2 : (digit * 2) - 9;
        }

        return sum % 10 == 0;
    }
}
