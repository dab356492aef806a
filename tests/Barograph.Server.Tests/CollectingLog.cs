using Microsoft.Extensions.Logging;

namespace Barograph.Server.Tests;

/// <summary>Keeps the lines that are logged, for tests that read them; a provider for a whole server, or a log of its own.</summary>
internal class CollectingLog : ILogger, ILoggerProvider
{
    readonly List<string> _lines = [];

    /// <summary>What was logged so far, Information and above.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
            _lines.Add(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}

internal sealed class CollectingLog<T> : CollectingLog, ILogger<T>;
