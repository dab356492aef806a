namespace Barograph.Client;

/// <summary>Tells Barograph about pipelines: records that go through stages. Never waits, never throws.</summary>
/// <example><code>
/// using var run = pipelines.Start("nightly-sales");
/// using (var extract = run.Stage("extract"))
/// {
///     extract.Add(recordsIn: 1_200, recordsOut: 1_198);
///     extract.Succeed();
/// }
/// run.Succeed();
/// </code></example>
public interface IPipelineTracker
{
    /// <summary>A run begins now. Its stages are told by themselves and count in the run.</summary>
    /// <param name="pipeline">The pipeline's name: a label, so one of few.</param>
    PipelineRun Start(string pipeline);

    /// <summary>One stage without a run around it, such as a step of a stream that never ends.</summary>
    PipelineStage Stage(string pipeline, string stage);
}
