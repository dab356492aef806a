using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Barograph.Client;
using Shop.Data;

namespace Shop.Orders;

/// <summary>Those who work in the back: two charge cards, two pack, one writes mails. Each message is a task.</summary>
internal sealed class OrderWorkers(ShopOptions options, OrderBook book, OrderQueues queues, OrderDesk desk, Catalogue catalogue, Bank bank, ITaskTracker tasks) : BackgroundService
{
    readonly string _mails = Path.Combine(options.Data, "mails");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Directory.CreateDirectory(_mails);
        var workers = new[]
        {
            WorkAsync("payments", "payments-1", ChargeAsync, stoppingToken), WorkAsync("payments", "payments-2", ChargeAsync, stoppingToken),
            WorkAsync("warehouse", "packer-1", PackAsync, stoppingToken), WorkAsync("warehouse", "packer-2", PackAsync, stoppingToken),
            WorkAsync("mails", "mailer-1", MailAsync, stoppingToken),
        };
        foreach (var order in book.Unfinished())
        {
            if (order.Status == "placed")
                await queues.PutAsync("payments", "charge-card", "payments", order.Id, stoppingToken);
            else
                await queues.PutAsync("warehouse", "pack-order", "warehouse", order.Id, stoppingToken);
        }

        await Task.WhenAll(workers);
    }

    async Task WorkAsync(string queue, string worker, Func<Order, TrackedTask, CancellationToken, Task> work, CancellationToken stopping)
    {
        await foreach (var message in queues.Read(queue).ReadAllAsync(stopping))
        {
            try
            {
                await tasks.RunAsync(message.Ticket, (task, cancel) =>
                {
                    task.Set("order", message.OrderId);
                    return work(book.Find(message.OrderId)!, task, cancel);
                }, worker, stopping);
            }
            catch (Exception) when (!stopping.IsCancellationRequested)
            {
                // The task has told it; the next order is waiting.
            }
        }
    }

    async Task ChargeAsync(Order order, TrackedTask task, CancellationToken cancel)
    {
        task.Set("euros", order.Cents / 100m);
        if (await bank.ChargeAsync(order.Card, order.Cents, cancel) is { } refusal)
        {
            task.Fail(refusal);
            book.TryMove(order.Id, "placed", "refused");
        }
        else if (!book.TryMove(order.Id, "placed", "paid"))
        {
            task.Cancel("order cancelled");
        }
        else
        {
            await queues.PutAsync("warehouse", "pack-order", "warehouse", order.Id, cancel);
        }
    }

    /// <summary>Takes the items from the shelf, and prints the invoice with a seal: real work for a processor.</summary>
    async Task PackAsync(Order order, TrackedTask task, CancellationToken cancel)
    {
        foreach (var item in book.ItemsOf(order.Id))
        {
            if (catalogue.TryTake(item.ProductId, item.Quantity))
                continue;
            task.Set("product", item.ProductId);
            task.Fail("out of stock");
            book.TryMove(order.Id, "paid", "refunded");
            return;
        }

        var invoice = Invoice(order);
        task.Set("invoice_bytes", invoice.Length);
        if (!book.TryMove(order.Id, "paid", "shipped"))
        {
            task.Cancel("order cancelled");
            return;
        }

        desk.Shipped(order);
        await queues.PutAsync("mails", "send-confirmation", "mailer", order.Id, cancel);
    }

    async Task MailAsync(Order order, TrackedTask task, CancellationToken cancel)
    {
        if (!order.Email.Contains('@'))
        {
            task.Fail("bad address");
            return;
        }

        var bin = Math.Abs(order.Id.GetHashCode(StringComparison.Ordinal)) % 200; // the newest 200 or so are kept
        await File.WriteAllTextAsync(Path.Combine(_mails, $"{bin}.txt"), $"To: {order.Email}\nSubject: Your order {order.Id}\n\nIt is on its way.\n", cancel);
    }

    byte[] Invoice(Order order)
    {
        var text = new StringBuilder();
        foreach (var item in book.ItemsOf(order.Id))
            text.Append(CultureInfo.InvariantCulture, $"{item.Quantity,4} x {catalogue.Find(item.ProductId)?.Name,-40} {item.Cents / 100m,10:0.00}\n");
        var seal = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        for (var round = 0; round < 1_000 * order.Items; round++)
            seal = SHA256.HashData(seal);
        text.Append(Convert.ToHexString(seal));

        using var printed = new MemoryStream();
        using (var compressing = new BrotliStream(printed, CompressionLevel.SmallestSize))
            compressing.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return printed.ToArray();
    }
}
