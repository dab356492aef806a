namespace Barograph.Client;

internal sealed class ModelTracker(EventDoor door) : IModelTracker
{
    public void Predict(string model, string predictionId, string predicted, PredictionDetails? details = null) => TellPrediction(model, predictionId, predicted, details);

    public void Predict(string model, string predictionId, bool predicted, PredictionDetails? details = null) => TellPrediction(model, predictionId, predicted, details);

    public void Predict(string model, string predictionId, double predicted, PredictionDetails? details = null) => TellPrediction(model, predictionId, predicted, details);

    public void Outcome(string model, string predictionId, string actual) => TellOutcome(model, predictionId, actual);

    public void Outcome(string model, string predictionId, bool actual) => TellOutcome(model, predictionId, actual);

    public void Outcome(string model, string predictionId, double actual) => TellOutcome(model, predictionId, actual);

    void TellPrediction(string model, string id, object predicted, PredictionDetails? details) =>
        door.Tell(new ModelFact("model.prediction", model, id, "predicted", predicted, details, door.Clock.GetUtcNow()));

    void TellOutcome(string model, string id, object actual) =>
        door.Tell(new ModelFact("model.outcome", model, id, "actual", actual, details: null, door.Clock.GetUtcNow()));

    /// <summary><c>model.prediction</c> and <c>model.outcome</c></summary>
    readonly struct ModelFact(string type, string model, string id, string valueName, object value, PredictionDetails? details, DateTimeOffset at) : IFact
    {
        public string Type => type;

        public bool NamesItself => true;

        public DateTimeOffset? Time => at;

        public void WriteFields(EventWriter json)
        {
            json.Text("model", model);
            json.Text("prediction_id", id);
            json.Fields([(valueName, value)]);
            json.Text("version", details?.Version);
            json.Number("score", details?.Score);
            json.Seconds("duration_seconds", details?.Duration);
            json.Context([.. details?.Context ?? []]);
        }
    }
}
