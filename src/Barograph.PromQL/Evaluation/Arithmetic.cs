namespace Barograph.PromQL;

/// <summary>The operators on floats.</summary>
internal static class Arithmetic
{
    public static double Apply(BinaryOperator @operator, double left, double right) => @operator switch
    {
        BinaryOperator.Add => left + right,
        BinaryOperator.Subtract => left - right,
        BinaryOperator.Multiply => left * right,
        BinaryOperator.Divide => left / right,
        BinaryOperator.Modulo => left % right,
        BinaryOperator.Power => Math.Pow(left, right),
        BinaryOperator.Atan2 => Math.Atan2(left, right),
        _ => Compare(@operator, left, right) ? 1 : 0,
    };

    public static bool Compare(BinaryOperator @operator, double left, double right) => @operator switch
    {
        BinaryOperator.Equal => left == right,
        BinaryOperator.NotEqual => left != right,
        BinaryOperator.Less => left < right,
        BinaryOperator.LessOrEqual => left <= right,
        BinaryOperator.Greater => left > right,
        BinaryOperator.GreaterOrEqual => left >= right,
        _ => throw new InvalidOperationException($"{@operator} is no operator between floats."),
    };
}

/// <summary>
/// A sum that keeps what rounding takes away (Neumaier, ZAMM 54, 1974). An infinite sum keeps no compensation, which would turn it into NaN.
/// </summary>
internal struct CompensatedSum
{
    double _sum;
    double _compensation;

    public readonly double Value => double.IsInfinity(_sum) ? _sum : _sum + _compensation;

    /// <summary>The sum by a count, each part for itself, as <see cref="Mean"/> does it.</summary>
    public readonly double MeanOf(int count) => _sum / count + _compensation / count;

    public static void Add(double value, ref double sum, ref double compensation)
    {
        var total = sum + value;
        if (double.IsInfinity(total))
            compensation = 0;
        else if (Math.Abs(sum) >= Math.Abs(value))
            compensation += sum - total + value;
        else
            compensation += value - total + sum;
        sum = total;
    }

    public void Add(double value) => Add(value, ref _sum, ref _compensation);

    public void Add(CompensatedSum other)
    {
        Add(other._sum, ref _sum, ref _compensation);
        if (!double.IsInfinity(_sum))
            _compensation += other._compensation;
    }
}
