using System.Globalization;
using System.Text;

namespace Barograph.TimeSeries.Tests;

/// <summary>
/// The life of a log of records: appends one by one and many at once, segments that fill, files beside them, a bookmark, deletes (of
/// the segment that is written, too), a restart.
/// </summary>
internal sealed class RecordLife(Disk disk, Func<int> now) : ILife
{
    readonly List<Promise> _promises = [];

    enum PromiseKind
    {
        Sent,
        Acknowledged,
        DeleteSent,
        BookmarkSent,
        Bookmarked,
        BesideSent,
        Beside,
    }

    /// <summary>An answer (or a question): of a record by its number, of a segment, or of a place.</summary>
    sealed record Promise(PromiseKind Kind, int Moment, long Number, RecordPlace Place = default);

    public int Refused { get; private set; }

    public async Task RunAsync(string data, string elsewhere)
    {
        using (var log = Open(data))
        {
            if (log is not null)
            {
                await AppendAsync(log, 0, 12);
                await AppendAtOnceAsync(log, 12, 30);
                WriteBeside(log);
                Bookmark(log);
                Delete(log, isOldest: true);
                await AppendAsync(log, 30, 40);
                Delete(log, isOldest: false);
                await AppendAsync(log, 40, 45);
            }
        }

        using (var again = Open(data))
        {
            if (again is null)
                return;
            await AppendAtOnceAsync(again, 45, 60);
            WriteBeside(again);
            Bookmark(again);
            Delete(again, isOldest: true);
            await AppendAsync(again, 60, 65);
        }
    }

    public async Task CheckAsync(string data, int moment, bool goesOn)
    {
        using var log = RecordLog.Open(data, OptionsOn(new FaultyDisk(Fault.Slow, failsAt: 0)));
        var promises = _promises.Where(promise => promise.Moment <= moment).ToList();
        CheckRecords(log, promises);
        CheckBookmark(log, promises);
        CheckBeside(log, promises);
        if (goesOn)
            await GoOnAsync(log);
    }

    public Damage? FindDamage(string data)
    {
        using var log = RecordLog.Open(data, OptionsOn(new FaultyDisk(Fault.Slow, failsAt: 0)));
        ReadAll(log);
        return log.Damage.Where(static damage => !damage.IsUsualAfterKill).Select(static damage => (Damage?)damage).FirstOrDefault();
    }

    static RecordLogOptions OptionsOn(Disk disk) => new() { SegmentBytes = 500, Disk = disk };

    static string TextOf(long number) => $"{number} {new string((char)('a' + number % 26), (int)(number * 7 % 90))}";

    static string BesideOf(long segment) => $"beside segment {segment}";

    static List<(RecordPlace Place, long Number)> ReadAll(RecordLog log)
    {
        var read = new List<(RecordPlace, long)>();
        foreach (var segment in log.Segments)
        {
            log.Read(new RecordPlace(segment.Number, 0), (place, payload) =>
            {
                var text = Encoding.UTF8.GetString(payload);
                var number = long.Parse(text.Split(' ')[0], CultureInfo.InvariantCulture);
                Expect(text == TextOf(number), $"record {number} reads {text}");
                read.Add((place, number));
                return true;
            });
        }

        return read;
    }

    static void CheckRecords(RecordLog log, List<Promise> promises)
    {
        var sent = Numbers(promises, PromiseKind.Sent).ToHashSet();
        var deleted = Numbers(promises, PromiseKind.DeleteSent).ToHashSet();
        var read = ReadAll(log);
        for (var i = 0; i < read.Count; i++)
        {
            Expect(sent.Contains(read[i].Number), $"record {read[i].Number} was never sent");
            Expect(i == 0 || read[i - 1].Number < read[i].Number, $"record {read[i].Number} comes behind {read[Math.Max(0, i - 1)].Number}");
        }

        var there = read.ToHashSet();
        foreach (var promise in promises.Where(promise => promise.Kind == PromiseKind.Acknowledged && !deleted.Contains(promise.Place.Segment)))
            Expect(there.Contains((promise.Place, promise.Number)), $"record {promise.Number} is not at {promise.Place}");
    }

    static void CheckBookmark(RecordLog log, List<Promise> promises)
    {
        var acknowledged = promises.FindLastIndex(static promise => promise.Kind == PromiseKind.Bookmarked);
        var may = promises.Skip(Math.Max(0, acknowledged)).Where(static promise => promise.Kind is PromiseKind.Bookmarked or PromiseKind.BookmarkSent)
            .Select(static promise => (RecordPlace?)promise.Place).ToList();
        var bookmark = log.ReadBookmark();
        Expect(may.Contains(bookmark) || (bookmark is null && acknowledged < 0), $"the bookmark is at {bookmark}");
    }

    static void CheckBeside(RecordLog log, List<Promise> promises)
    {
        var deleted = Numbers(promises, PromiseKind.DeleteSent).ToHashSet();
        var must = Numbers(promises, PromiseKind.Beside).Where(segment => !deleted.Contains(segment)).ToHashSet();
        foreach (var segment in Numbers(promises, PromiseKind.BesideSent))
        {
            var content = log.ReadBeside(segment);
            Expect(content is not null || !must.Contains(segment), $"what was beside segment {segment} is gone");
            Expect(content is null || Encoding.UTF8.GetString(content) == BesideOf(segment), $"something else is beside segment {segment}");
        }
    }

    /// <summary>A log that only opens is not well.</summary>
    static async Task GoOnAsync(RecordLog log)
    {
        const long Later = 1000;
        var place = await log.AppendAsync(Encoding.UTF8.GetBytes(TextOf(Later)));
        Expect(ReadAll(log)[^1] == (place, Later), "a new record is not the last");
        log.WriteBookmark(place);
        foreach (var segment in log.Segments)
            log.Delete(segment.Number);
        Expect(ReadAll(log).Count == 0, "records are left of deleted segments");
    }

    static IEnumerable<long> Numbers(List<Promise> promises, PromiseKind kind) =>
        promises.Where(promise => promise.Kind == kind).Select(static promise => promise.Number);

    static void Expect(bool claim, string text)
    {
        if (!claim)
            throw new InvalidOperationException(text);
    }

    RecordLog? Open(string data)
    {
        RecordLog? log = null;
        Try(() => log = RecordLog.Open(data, OptionsOn(disk)));
        return log;
    }

    async Task AppendAsync(RecordLog log, int from, int end)
    {
        for (var number = from; number < end; number++)
            await AcknowledgeAsync(number, Send(log, number));
    }

    async Task AppendAtOnceAsync(RecordLog log, int from, int end)
    {
        foreach (var (number, sent) in Enumerable.Range(from, end - from).Select(number => (number, Send(log, number))).ToList())
            await AcknowledgeAsync(number, sent);
    }

    Task<RecordPlace> Send(RecordLog log, long number)
    {
        Note(PromiseKind.Sent, number);
        return log.AppendAsync(Encoding.UTF8.GetBytes(TextOf(number)));
    }

    async Task AcknowledgeAsync(long number, Task<RecordPlace> sent)
    {
        try
        {
            Note(PromiseKind.Acknowledged, number, await sent);
        }
        catch (IOException)
        {
            Refused++;
        }
    }

    void WriteBeside(RecordLog log)
    {
        foreach (var segment in log.Segments.Where(static segment => segment.IsSealed).TakeLast(2))
        {
            Note(PromiseKind.BesideSent, segment.Number);
            if (Try(() => log.WriteBeside(segment.Number, Encoding.UTF8.GetBytes(BesideOf(segment.Number)))))
                Note(PromiseKind.Beside, segment.Number);
        }
    }

    void Bookmark(RecordLog log)
    {
        var place = _promises.FindLast(static promise => promise.Kind == PromiseKind.Acknowledged)?.Place ?? default;
        Note(PromiseKind.BookmarkSent, 0, place);
        if (Try(() => log.WriteBookmark(place)))
            Note(PromiseKind.Bookmarked, 0, place);
    }

    void Delete(RecordLog log, bool isOldest)
    {
        if (log.Segments is not { Count: > 0 } segments)
            return;
        var number = (isOldest ? segments[0] : segments[^1]).Number;
        Note(PromiseKind.DeleteSent, number);
        Try(() => log.Delete(number));
    }

    void Note(PromiseKind kind, long number, RecordPlace place = default) => _promises.Add(new Promise(kind, now(), number, place));

    /// <summary>Takes a step; a disk that refuses is no mistake, anything else is.</summary>
    bool Try(Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (IOException)
        {
            Refused++;
            return false;
        }
    }
}
