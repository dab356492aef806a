using Barograph.Server.Api;
using Barograph.Server.Measures;

namespace Barograph.Server.Exposition;

/// <summary>What Prometheus and others read as text: the server's own measures, and any of its series.</summary>
internal static class ExpositionSlice
{
    public static void MapExposition(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/metrics", MeasuresAsync).Describe(ApiChapters.Server, "Tells the server's own measures as text", static route => route
            .Says("Prometheus' text format, or OpenMetrics when `Accept` wants it. They are kept as series too, with `job=\"barograph\"`.")
            .Header("Accept", "`application/openmetrics-text` or `text/plain`, with `escaping` for names that are not Prometheus' older ones.")
            .Answer(200, "The measures.", Shape.Text, "text/plain")
            .Answer(200, "The measures.", Shape.Text, "application/openmetrics-text"));
        routes.MapGet("/federate", FederateEndpoint.GetAsync).Describe(ApiChapters.Query, "Gives the newest samples of series to a Prometheus (federation)", static route => route
            .Says("Each series' newest sample within the last 5 minutes, with its own time, sorted by name. Native histograms have no place in this text; use remote read for them.")
            .Query("match[]", "A selector of series; may come several times, one must match. Without any nothing is given.", Shape.List(Shape.Text))
            .Answer(200, "The samples, in Prometheus' text format.", Shape.Text, "text/plain")
            .Answer(400, "A selector is not understood.", Shape.Text, "text/plain")
            .Answer(503, "The store is being opened, or too many queries wait; `Retry-After` says when to come back.", Shape.Text, "text/plain"));
    }

    static void MeasuresAsync(HttpContext http, OwnMeasures measures)
    {
        var format = ExpositionFormat.Negotiate(http.Request, knowsOpenMetrics: true);
        http.Response.ContentType = format.ContentType;
        var text = new ExpositionWriter(http.Response.BodyWriter, format);
        measures.Read(family =>
        {
            text.Family(family.Name, family.Type, family.Unit, family.Help);
            family.Read(sample => text.Sample(sample.Metric.Name, sample.Metric.Labels.Zip(sample.LabelValues), sample.Value));
        });
        text.End();
    }
}
