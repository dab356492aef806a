using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>
/// Values in a row, in rented pages: one array that doubles would leave its halves in the pool, and each thread of the pool keeps the largest. Whoever
/// makes it disposes it, once.
/// </summary>
internal sealed class RentedList<T> : IDisposable
    where T : unmanaged
{
    const int PageBytes = 64 << 10; // no large object
    const int Smallest = 64;

    static readonly int s_pageShift = BitOperations.Log2((uint)(PageBytes / Unsafe.SizeOf<T>()));

    T[][] _pages = [];
    int _pageCount;
    int _capacity;

    public int Count { get; private set; }

    public T this[int index] => _pages[index >> s_pageShift][index & ((1 << s_pageShift) - 1)];

    public void Add(T value)
    {
        if (Count == _capacity)
            Grow();
        _pages[Count >> s_pageShift][Count & ((1 << s_pageShift) - 1)] = value;
        Count++;
    }

    /// <summary>Forgets the content, keeps the memory.</summary>
    public void Clear() => Count = 0;

    public void Dispose()
    {
        foreach (var page in _pages.AsSpan(0, _pageCount))
            ArrayPool<T>.Shared.Return(page);
        (_pages, _pageCount, _capacity, Count) = ([], 0, 0, 0);
    }

    void Grow()
    {
        var pageLength = 1 << s_pageShift;
        if (_capacity < pageLength) // the first page grows, for most lists are short
        {
            var larger = ArrayPool<T>.Shared.Rent(Math.Clamp(2 * _capacity, Smallest, pageLength));
            if (_pageCount == 0)
            {
                _pages = new T[1][];
            }
            else
            {
                _pages[0].AsSpan(0, Count).CopyTo(larger);
                ArrayPool<T>.Shared.Return(_pages[0]);
            }

            (_pages[0], _pageCount, _capacity) = (larger, 1, Math.Min(larger.Length, pageLength));
            return;
        }

        if (_pageCount == _pages.Length)
            Array.Resize(ref _pages, 2 * _pageCount);
        _pages[_pageCount++] = ArrayPool<T>.Shared.Rent(pageLength);
        _capacity += pageLength;
    }
}
