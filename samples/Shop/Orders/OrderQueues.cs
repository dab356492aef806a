using System.Threading.Channels;
using Barograph.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Shop.Orders;

/// <summary>A message: what is to be done with which order, and the task's ticket, which goes along.</summary>
internal sealed record OrderMessage(TaskTicket Ticket, string OrderId);

/// <summary>One queue for each kind of work. They are short: when one is full, who puts something into it waits, up to the visitor at the till.</summary>
internal sealed class OrderQueues(ITaskTracker tasks)
{
    public static readonly string[] Names = ["payments", "warehouse", "mails"];

    const int Capacity = 500;

    readonly Dictionary<string, Channel<OrderMessage>> _queues = Names.ToDictionary(static name => name, static _ => Channel.CreateBounded<OrderMessage>(Capacity));

    public ChannelReader<OrderMessage> Read(string queue) => _queues[queue].Reader;

    public ValueTask PutAsync(string queue, string taskType, string component, string orderId, CancellationToken cancel) =>
        _queues[queue].Writer.WriteAsync(new(tasks.Queue(taskType, queue, component, ("order", orderId)), orderId), cancel);

    public double Fullness => _queues.Values.Max(static queue => (double)queue.Reader.Count / Capacity);
}

/// <summary>Degraded when a queue is half full.</summary>
internal sealed class QueueHealth(OrderQueues queues) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(queues.Fullness < 0.5 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded($"A queue is {queues.Fullness:P0} full."));
}
