using Barograph.Client;
using Shop.Models;
using Shop.Orders;

namespace Shop.Night;

/// <summary>
/// Judges orders that nobody asked money back for within a day, and once a day trains the model on all that is known: a pipeline with the stages collect, fit and,
/// when that came out better, publish.
/// </summary>
internal sealed class FraudTraining(ShopOptions options, OrderBook book, OrderDesk desk, FraudModel model, IPipelineTracker pipelines, TimeProvider clock) : BackgroundService
{
    const int FewestJudged = 30;
    const int MostJudged = 5_000;
    const int ChecksPerDay = 10;

    int _version;

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

        if (judged.Count >= FewestJudged && judged.Exists(static one => one.Fraud))
            FitAndPublish(run, judged);
        run.Succeed();
    }

    /// <summary>Learns from the older orders, and is published when it judges the newest ones better than the version of today, so that versions stay few.</summary>
    void FitAndPublish(PipelineRun run, List<(Order Order, bool Fraud)> judged)
    {
        var newest = judged[..(judged.Count / 4)];
        FraudWeights fitted;
        using (var fit = run.Stage("fit"))
        {
            fitted = FraudWeights.Fit($"v{_version + 1}", judged[newest.Count..]);
            fit.Add(recordsIn: judged.Count - newest.Count, recordsOut: 1);
            fit.Set("weights", string.Join(", ", fitted.Values.Select(static weight => weight.ToString("0.00"))));
            fit.Succeed();
        }

        if (Correct(fitted, newest) <= Correct(model.Current, newest))
            return;
        using var publish = run.Stage("publish");
        model.Publish(fitted);
        _version++;
        publish.Add(1, 1);
        publish.Succeed();
    }

    static int Correct(FraudWeights weights, List<(Order Order, bool Fraud)> judged) => judged.Count(one => weights.Score(one.Order) > 0.5 == one.Fraud);
}
