namespace Shop.Models;

/// <summary>How long an order will take until it leaves the house: what orders of that size took lately, which is an exponential moving average.</summary>
internal sealed class DeliveryModel
{
    const double Weight = 0.2; // of the newest one
    const int LargestSize = 10;

    readonly Lock _lock = new(); // guards _seconds
    readonly double[] _seconds = Enumerable.Repeat(0.1, LargestSize + 1).ToArray();

    public double Predict(int items)
    {
        lock (_lock)
            return _seconds[Math.Min(items, LargestSize)];
    }

    public void Learn(int items, double seconds)
    {
        lock (_lock)
            _seconds[Math.Min(items, LargestSize)] += Weight * (seconds - _seconds[Math.Min(items, LargestSize)]);
    }
}
