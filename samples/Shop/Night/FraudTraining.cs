using Barograph.Client;
using Shop.Models;
using Shop.Orders;

namespace Shop.Night;

/// <summary>
/// Judges orders that nobody asked money back for within a day, and once a day trains a new version of the model on all that is known: a pipeline with the stages
/// collect, fit and publish.
/// </summary>
internal sealed class FraudTraining(ShopOptions options, OrderBook book, OrderDesk desk, FraudModel model, IPipelineTracker pipelines, TimeProvider clock) : BackgroundService
{
    const int FewestJudged = 30;
    const int MostJudged = 5_000;
    const int ChecksPerDay = 10;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var checks = new PeriodicTimer(options.Day / ChecksPerDay, clock);
        for (var check = 1; await checks.WaitForNextTickAsync(stoppingToken); check++)
        {
            foreach (var order in book.UnjudgedBefore(clock.GetUtcNow() - options.Day))
                desk.Judge(order, wasFraud: false);
            if (check % ChecksPerDay == 0)
                Train();
        }
    }

    void Train()
    {
        using var run = pipelines.Start("train-fraud-model");
        List<(Order Order, bool Fraud)> judged;
        using (var collect = run.Stage("collect"))
        {
            judged = book.Judged(MostJudged);
            collect.Add(recordsIn: judged.Count, recordsOut: judged.Count);
            collect.Succeed();
        }

        if (judged.Count < FewestJudged || judged.TrueForAll(static one => !one.Fraud))
        {
            run.Fail("too few judged orders");
            return;
        }

        FraudWeights fitted;
        using (var fit = run.Stage("fit"))
        {
            fitted = FraudWeights.Fit($"{clock.GetUtcNow():yyyyMMdd-HHmmss}", judged);
            fit.Add(recordsIn: judged.Count, recordsOut: 1);
            fit.Set("weights", string.Join(", ", fitted.Values.Select(static weight => weight.ToString("0.00"))));
            fit.Succeed();
        }

        using (var publish = run.Stage("publish"))
        {
            model.Publish(fitted);
            publish.Add(1, 1);
            publish.Succeed();
        }

        run.Succeed();
    }
}
