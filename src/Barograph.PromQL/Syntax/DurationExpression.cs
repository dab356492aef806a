namespace Barograph.PromQL;

/// <summary>A duration where the grammar wants one: in brackets and after <c>offset</c>. It may be calculated.</summary>
public abstract record DurationExpression
{
    /// <summary>Where it stands in the text.</summary>
    public SourceSpan Span { get; init; }

    /// <summary>The duration in seconds.</summary>
    /// <param name="stepSeconds">What <c>step()</c> is.</param>
    /// <param name="rangeSeconds">What <c>range()</c> is: the end of the query minus its start.</param>
    public abstract double Seconds(double stepSeconds, double rangeSeconds);

    /// <summary>A duration of a number of seconds, written as one.</summary>
    public static DurationExpression OfSeconds(double seconds) => new Literal(seconds, IsDuration: true);

    /// <summary>A number of seconds, or a duration.</summary>
    public sealed record Literal(double Value, bool IsDuration) : DurationExpression
    {
        public override double Seconds(double stepSeconds, double rangeSeconds) => Value;
    }

    /// <summary>A sign and a duration.</summary>
    public sealed record Signed(bool Negates, DurationExpression Operand) : DurationExpression
    {
        public override double Seconds(double stepSeconds, double rangeSeconds) =>
            Negates ? -Operand.Seconds(stepSeconds, rangeSeconds) : Operand.Seconds(stepSeconds, rangeSeconds);
    }

    /// <summary>A duration in parentheses.</summary>
    public sealed record Wrapped(DurationExpression Inner) : DurationExpression
    {
        public override double Seconds(double stepSeconds, double rangeSeconds) => Inner.Seconds(stepSeconds, rangeSeconds);
    }

    /// <summary>The query's step.</summary>
    public sealed record QueryStep : DurationExpression
    {
        public override double Seconds(double stepSeconds, double rangeSeconds) => stepSeconds;
    }

    /// <summary>The query's range.</summary>
    public sealed record QueryRange : DurationExpression
    {
        public override double Seconds(double stepSeconds, double rangeSeconds) => rangeSeconds;
    }

    /// <summary>The smaller or the larger of two.</summary>
    public sealed record Extreme(bool Larger, DurationExpression First, DurationExpression Second) : DurationExpression
    {
        public override double Seconds(double stepSeconds, double rangeSeconds)
        {
            var (first, second) = (First.Seconds(stepSeconds, rangeSeconds), Second.Seconds(stepSeconds, rangeSeconds));
            return Larger ? Math.Max(first, second) : Math.Min(first, second);
        }
    }

    /// <summary>Two durations with one of <c>+ - * / % ^</c> between them.</summary>
    public sealed record Calculated(BinaryOperator Operator, DurationExpression Left, DurationExpression Right) : DurationExpression
    {
        public override double Seconds(double stepSeconds, double rangeSeconds) => Arithmetic.Apply(
            Operator, Left.Seconds(stepSeconds, rangeSeconds), Right.Seconds(stepSeconds, rangeSeconds));
    }
}
