namespace Barograph.Client;

/// <summary>
/// Tells Barograph what models predict and, whenever that is known, what turned out to be true; the two are joined by the prediction's id, however late. Never waits, never
/// throws.
/// </summary>
/// <example><code>
/// models.Predict("fraud", order.Id, predicted: true, new() { Version = "7", Score = 0.93 });
/// …
/// models.Outcome("fraud", order.Id, actual: false);
/// </code></example>
public interface IModelTracker
{
    /// <summary>A model predicted a class.</summary>
    /// <param name="model">The model's name: a label.</param>
    /// <param name="predictionId">Names the prediction among those of the model, for ever; the outcome has the same.</param>
    /// <param name="predicted">The class: a label, so one of few.</param>
    /// <param name="details">Version, score and more.</param>
    void Predict(string model, string predictionId, string predicted, PredictionDetails? details = null);

    /// <summary>A model predicted yes or no.</summary>
    /// <inheritdoc cref="Predict(string, string, string, PredictionDetails?)"/>
    void Predict(string model, string predictionId, bool predicted, PredictionDetails? details = null);

    /// <summary>A model predicted a number.</summary>
    /// <inheritdoc cref="Predict(string, string, string, PredictionDetails?)"/>
    void Predict(string model, string predictionId, double predicted, PredictionDetails? details = null);

    /// <summary>What the prediction was about turned out to be of this class.</summary>
    void Outcome(string model, string predictionId, string actual);

    /// <summary>What was predicted turned out to be true or false.</summary>
    void Outcome(string model, string predictionId, bool actual);

    /// <summary>What was predicted turned out to be this number.</summary>
    void Outcome(string model, string predictionId, double actual);
}

/// <summary>What is known of a prediction beside its value.</summary>
public sealed record PredictionDetails
{
    /// <summary>The model's version: a label.</summary>
    public string? Version { get; init; }

    /// <summary>How sure the model is, from 0 to 1.</summary>
    public double? Score { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Facts to find it by: text, numbers, true or false, times.</summary>
    public IReadOnlyList<(string Name, object? Value)> Context { get; init; } = [];
}
