using Barograph.Server.Api;

namespace Barograph.Server.Query.Prometheus;

/// <summary>What Prometheus' API sends and takes, for the API's document.</summary>
internal static class PrometheusShapes
{
    public static readonly Shape LabelSet = Shape.Named("Labels", static () => Shape.Map(Shape.Text));

    public static readonly Shape Sample = Shape.Named("Sample", static () => Shape.Tuple(Shape.Number, Shape.Text));

    /// <summary>A time on the way in.</summary>
    public const string TimeText = "RFC 3339, or Unix seconds with decimals";

    static readonly Shape Histogram = Shape.Named("HistogramSample", static () => Shape.Tuple(Shape.Number, Shape.Object(
        new("count", Shape.Text),
        new("sum", Shape.Text),
        new("buckets", Shape.List(Shape.Tuple(Shape.Integer, Shape.Text, Shape.Text, Shape.Text)), "Which bounds are in it (0 upper, 1 lower, 2 none, 3 both), lower, upper, count; empty buckets are left out.", Optional: true))));

    static readonly Shape Statistics = Shape.Named("QueryStatistics", static () => Shape.Object(
        new("timings", Shape.Map(Shape.Number), "Seconds by phase."),
        new("samples", Shape.Object(
            new("totalQueryableSamples", Shape.Integer, "Read from the store."),
            new("peakSamples", Shape.Integer, "Held in memory at once."),
            new("returnedSamples", Shape.Integer, "Only with `stats=all`, as what follows.", Optional: true),
            new("selectedSeries", Shape.Integer, Optional: true),
            new("steps", Shape.Integer, Optional: true),
            new("cachedSteps", Shape.Integer, "Steps that were taken from the result cache.", Optional: true),
            new("rollups", Shape.List(Shape.Text), "The resolutions of the rollups that were read.", Optional: true),
            new("peakBytes", Shape.Integer, Optional: true)))));

    public static readonly Shape VectorItem = Shape.Named("VectorItem", static () => Shape.Object(
        new("metric", LabelSet),
        new("value", Sample, "Unix seconds and the value; a histogram has `histogram` instead.", Optional: true),
        new("histogram", Histogram, Optional: true)));

    public static readonly Shape MatrixItem = Shape.Named("MatrixItem", static () => Shape.Object(
        new("metric", LabelSet),
        new("values", Shape.List(Sample), Optional: true),
        new("histograms", Shape.List(Histogram), Optional: true)));

    public static readonly Shape InstantData = Shape.Named("InstantData", static () => Shape.OneOf(
        Data("vector", Shape.List(VectorItem)), MatrixData!, Data("scalar", Sample), Data("string", Sample)));

    public static readonly Shape MatrixData = Shape.Named("MatrixData", static () => Data("matrix", Shape.List(MatrixItem)));

    public static readonly Shape SeriesExemplars = Shape.Named("SeriesExemplars", static () => Shape.Object(
        new("seriesLabels", LabelSet),
        new("exemplars", Shape.List(Shape.Object(new("labels", LabelSet), new("value", Shape.Text), new("timestamp", Shape.Number, "Unix seconds."))))));

    public static readonly Shape Metadata = Shape.Named("MetricMetadata", static () => Shape.Object(
        new("type", Shape.Text, "`counter`, `gauge`, `histogram`, `summary`, … or `unknown`."), new("help", Shape.Text), new("unit", Shape.Text)));

    static readonly Shape Count = Shape.Named("NamedCount", static () => Shape.Object(new("name", Shape.Text), new("value", Shape.Integer)));

    public static readonly Shape StoreStatus = Shape.Named("StoreStatus", static () => Shape.Object(
        new("headStats", Shape.Object(
            new("numSeries", Shape.Integer), new("numLabelPairs", Shape.Integer), new("chunkCount", Shape.Integer, "Always 0."),
            new("minTime", Shape.Integer, "Unix milliseconds."), new("maxTime", Shape.Integer, "Unix milliseconds."))),
        new("seriesCountByMetricName", Shape.List(Count)),
        new("labelValueCountByLabelName", Shape.List(Count)),
        new("memoryInBytesByLabelName", Shape.List(Count)),
        new("seriesCountByLabelValuePair", Shape.List(Count))));

    public static readonly Shape RuntimeInfo = Shape.Named("RuntimeInfo", static () => Shape.Object(
        new("startTime", Shape.Time), new("CWD", Shape.Text), new("hostname", Shape.Text), new("serverTime", Shape.Time),
        new("reloadConfigSuccess", Shape.Flag), new("lastConfigTime", Shape.Time), new("corruptionCount", Shape.Integer),
        new("goroutineCount", Shape.Integer, "Threads of the pool."), new("GOMAXPROCS", Shape.Integer), new("GOMEMLIMIT", Shape.Integer),
        new("GOGC", Shape.Text), new("GODEBUG", Shape.Text), new("storageRetention", Shape.Text)));

    public static readonly Shape BuildInfo = Shape.Named("BuildInfo", static () => Shape.Object(
        [.. new[] { "version", "revision", "branch", "buildUser", "buildDate", "goVersion" }.Select(static name => new Property(name, Shape.Text))]));

    static readonly Shape ValueType = Shape.Words("scalar", "string", "vector", "matrix");

    static readonly Shape FillValue = Shape.OneOf(Shape.Number, Shape.Words("NaN", "+Inf", "-Inf"), Shape.Null);

    public static readonly Shape SyntaxNode = Shape.Named("SyntaxNode", static () => Shape.Object(
        new("type", Shape.Words("aggregation", "binaryExpr", "call", "matrixSelector", "numberLiteral", "parenExpr", "stringLiteral", "subquery", "unaryExpr", "vectorSelector")),
        new("expr", Shape.OrNull(SyntaxNode!), Optional: true),
        new("lhs", SyntaxNode!, Optional: true),
        new("rhs", SyntaxNode!, Optional: true),
        new("args", Shape.List(SyntaxNode!), Optional: true),
        new("param", Shape.OrNull(SyntaxNode!), Optional: true),
        new("func", Shape.Object(
            new("name", Shape.Text), new("argTypes", Shape.List(ValueType)), new("variadic", Shape.Integer, "How many further arguments there may be; -1: any number."), new("returnType", ValueType)), Optional: true),
        new("op", Shape.Text, Optional: true),
        new("bool", Shape.Flag, Optional: true),
        new("matching", Shape.OrNull(Shape.Object(
            new("card", Shape.Words("one-to-one", "many-to-one", "one-to-many", "many-to-many")), new("on", Shape.Flag), new("labels", Shape.List(Shape.Text)),
            new("include", Shape.List(Shape.Text)), new("fillValues", Shape.Object(new("lhs", FillValue), new("rhs", FillValue))))), Optional: true),
        new("grouping", Shape.List(Shape.Text), Optional: true),
        new("without", Shape.Flag, Optional: true),
        new("anchored", Shape.Flag, Optional: true),
        new("smoothed", Shape.Flag, Optional: true),
        new("name", Shape.Text, Optional: true),
        new("val", Shape.Text, Optional: true),
        new("offset", Shape.Integer, "Milliseconds.", Optional: true),
        new("range", Shape.Integer, "Milliseconds.", Optional: true),
        new("step", Shape.Integer, "Milliseconds.", Optional: true),
        new("timestamp", Shape.OrNull(Shape.Integer), "Of `@`, Unix milliseconds.", Optional: true),
        new("startOrEnd", Shape.OrNull(Shape.Words("start", "end")), Optional: true),
        new("matchers", Shape.List(Shape.Object(new("name", Shape.Text), new("type", Shape.Words("=", "!=", "=~", "!~")), new("value", Shape.Text))), Optional: true)));

    static readonly Shape Error = Shape.Named("PrometheusError", static () => Shape.Object(
        new("status", Shape.Words("error")),
        new("errorType", Shape.Words("bad_data", "execution", "canceled", "timeout", "unavailable", "internal", "not_found", "not_acceptable")),
        new("error", Shape.Text, "A sentence; a mistake in an expression is told with line and column.")));

    /// <summary>The envelope around <paramref name="data"/>, and the errors that every route may answer.</summary>
    public static RouteDescription Succeeds(this RouteDescription route, Shape data, string text = "The answer.") => route
        .Answer(200, text, Shape.Object(
            new("status", Shape.Words("success")),
            new("data", data),
            new("warnings", Shape.List(Shape.Text), "Why the data may be wrong.", Optional: true),
            new("infos", Shape.List(Shape.Text), "Why the data may not be what was meant.", Optional: true)))
        .Answer(400, "`bad_data`: a parameter is missing or wrong.", Error)
        .Answer(500, "`internal`: a mistake of ours; the server's log has it.", Error)
        .Answer(503, "`unavailable`: the store is being opened; `Retry-After` says when to come back.", Error);

    /// <summary>The parameters and errors of a route that evaluates.</summary>
    public static RouteDescription Evaluates(this RouteDescription route) => route.Form()
        .Query("timeout", "A shorter limit than the setting `query-timeout`: a duration such as `10s`, or seconds.")
        .Query("limit", "How many series at most; 0 is all.", Shape.Integer)
        .Query("lookback_delta", "How old a sample may be that stands for a moment; 5 m when left out.")
        .Query("resolution", "`auto` (rollups for long ranges and where samples are gone), `raw`, or the rollups `1m`, `5m`, `1h`, `1d` where they fit.")
        .Query("nocache", "1: nothing is taken from earlier answers.")
        .Query("stats", "`all` adds `stats`, anything else that is not empty the usual ones.")
        .Answer(422, "`execution`: the data does not allow an answer, or a limit was passed.", Error)
        .Answer(499, "`canceled`: the client hung up.", Error)
        .Answer(503, "`timeout`: it took too long. `unavailable`: too many queries wait.", Error);

    /// <summary>The parameter that takes PromQL.</summary>
    public static RouteDescription Expression(this RouteDescription route) => route.Query("query", "PromQL.", required: true);

    /// <summary>The parameters of a route that lists.</summary>
    public static RouteDescription Selects(this RouteDescription route, bool needsMatch = false) => route
        .Query("match[]", "Selectors; what matches one of them counts.", Shape.List(Shape.Text), needsMatch)
        .Query("start", $"From when on: {TimeText}.")
        .Query("end", $"Until when: {TimeText}.")
        .Query("limit", "How many at most; 0 is all.", Shape.Integer);

    static Shape Data(string kind, Shape result) => Shape.Object(
        new("resultType", Shape.Words(kind)), new("result", result), new("stats", Statistics, "Only when it was asked for.", Optional: true));
}
