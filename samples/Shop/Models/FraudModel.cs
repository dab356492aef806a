using Shop.Orders;

namespace Shop.Models;

/// <summary>Whether an order is fraud. Begins with a rule of thumb; is trained on the shop's own orders as soon as enough of them have been judged.</summary>
internal sealed class FraudModel
{
    volatile FraudWeights _current = new("rule-of-thumb", [-3, 2, 0, 0, 0]);

    public FraudWeights Current => _current;

    public void Publish(FraudWeights trained) => _current = trained;
}

/// <summary>Logistic regression: the weighted sum of what is known of an order, pressed between 0 and 1.</summary>
internal sealed record FraudWeights(string Version, double[] Values)
{
    public double Score(Order order) => Score(Features(order));

    /// <summary>Fits weights by gradient descent.</summary>
    public static FraudWeights Fit(string version, IReadOnlyList<(Order Order, bool Fraud)> judged)
    {
        const int Rounds = 300;
        const double Step = 0.5;
        const double Shrink = 0.001; // keeps weights small when the classes can be told apart perfectly
        var features = judged.Select(static one => Features(one.Order)).ToArray();
        var fitted = new FraudWeights(version, new double[features[0].Length]);
        for (var round = 0; round < Rounds; round++)
        {
            var gradient = new double[fitted.Values.Length];
            for (var i = 0; i < features.Length; i++)
            {
                var error = fitted.Score(features[i]) - (judged[i].Fraud ? 1 : 0);
                for (var j = 0; j < gradient.Length; j++)
                    gradient[j] += error * features[i][j];
            }

            for (var j = 0; j < gradient.Length; j++)
                fitted.Values[j] -= Step * ((gradient[j] / features.Length) + (Shrink * fitted.Values[j]));
        }

        return fitted;
    }

    double Score(double[] features)
    {
        var sum = 0.0;
        for (var i = 0; i < features.Length; i++)
            sum += Values[i] * features[i];
        return 1 / (1 + Math.Exp(-sum));
    }

    /// <summary>A constant; the amount (1 at 500 €); the card is from abroad; a new customer; how many items.</summary>
    static double[] Features(Order order) =>
        [1, order.Cents / 50_000.0, order.CardCountry == order.Country ? 0 : 1, order.EarlierOrders == 0 ? 1 : 0, order.Items / 5.0];
}
