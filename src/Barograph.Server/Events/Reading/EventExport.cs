using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Barograph.Server.Events;

/// <summary>Sends all events that pass a filter, in the order of arrival, while they are read.</summary>
internal sealed class EventExport(EventLog log, EventFilter filter, CancellationToken stop)
{
    /// <summary>The columns of a table come from the events at its beginning; what later ones have besides is in the last column.</summary>
    const int EventsForColumns = 10_000;

    const int FlushBytes = 64 << 10;

    public async Task WriteAsync(PipeWriter to, string format)
    {
        var search = new EventSearch(log);
        var columns = format == "csv" ? Columns(search) : null;
        if (columns is not null)
            WriteRow(to, ["id", "type", "time", .. columns, "event"]);
        await Task.Run(() => search.Scan(filter, newestSegmentFirst: false, (one, _) =>
        {
            if (columns is null)
            {
                to.Write(one.Json.Span);
                to.Write("\n"u8);
            }
            else
            {
                WriteRow(to, [one.Id, one.Type, EventTime.Write(one.TimeMs), .. columns.Select(one.Text), Encoding.UTF8.GetString(one.Json.Span)]);
            }

            // The reader of the answer sets the pace.
            return to.UnflushedBytes < FlushBytes || !to.FlushAsync(stop).AsTask().GetAwaiter().GetResult().IsCompleted;
        }, stop), stop);
        await to.FlushAsync(stop);
    }

    List<string> Columns(EventSearch search)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var columns = new List<string>();
        var left = EventsForColumns;
        search.Scan(filter, newestSegmentFirst: false, (one, _) =>
        {
            foreach (var (path, value) in one.Fields)
            {
                if (value.Kind != FieldKind.Many && columns.Count < EventLimits.Fields && seen.Add(path))
                    columns.Add(path);
            }

            return --left > 0;
        }, stop);
        return columns;
    }

    static void WriteRow(PipeWriter to, IEnumerable<string> cells)
    {
        var row = string.Join(',', cells.Select(static cell => cell.AsSpan().ContainsAny(',', '"', '\n') || cell.Contains('\r', StringComparison.Ordinal) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell));
        to.Write(Encoding.UTF8.GetBytes(row + "\r\n"));
    }
}
