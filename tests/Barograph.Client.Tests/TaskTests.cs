using System.Text.Json;

namespace Barograph.Client.Tests;

public sealed class TaskTests
{
    [Fact]
    public async Task A_task_is_told_when_it_waits_when_it_starts_and_when_it_ends()
    {
        await using var test = Start();
        var ticket = test.Client.Tasks.Queue("send-mail", "mails", "mailer", ("order", "o-17"), ("attempt", 1));
        test.Clock.Advance(2_000);
        using (var task = test.Client.Tasks.Start(ticket, "worker-1"))
        {
            test.Clock.Advance(1_500);
            task.Set("bytes", 120);
            task.Set("bytes", 130);
            (task.CpuSeconds, task.MemoryBytes) = (0.25, 4_096);
            task.Succeed();
        }

        await test.PassUntilSettledAsync();
        Assert.Equal(
        [
            $$$"""{"type":"task.queued","time":"2026-01-02T03:04:05Z","service":"shop","task_id":"{{{ticket.Id}}}","task_type":"send-mail","queue":"mails","component":"mailer","context":{"order":"o-17","attempt":1}}""",
            $$$"""{"type":"task.started","time":"2026-01-02T03:04:07Z","service":"shop","task_id":"{{{ticket.Id}}}","task_type":"send-mail","queue":"mails","component":"mailer","worker":"worker-1","queued":"2026-01-02T03:04:05Z"}""",
            $$$"""{"type":"task.finished","service":"shop","task_id":"{{{ticket.Id}}}","task_type":"send-mail","queue":"mails","component":"mailer","worker":"worker-1","queued":"2026-01-02T03:04:05Z","start":"2026-01-02T03:04:07Z","end":"2026-01-02T03:04:08.5Z","duration_seconds":1.5,"status":"succeeded","cpu_seconds":0.25,"memory_bytes":4096,"context":{"bytes":130}}""",
        ],
            test.Server.Kept);
    }

    [Fact]
    public async Task A_task_that_came_from_no_queue_says_nothing_of_one()
    {
        await using var test = Start();
        using (var task = test.Client.Tasks.Start("import-orders", new() { Id = "t-1", Component = "orders" }))
            task.Fail("card declined");
        await test.PassUntilSettledAsync();
        Assert.Equal(
            """{"type":"task.finished","service":"shop","task_id":"t-1","task_type":"import-orders","component":"orders","start":"2026-01-02T03:04:05Z","end":"2026-01-02T03:04:05Z","duration_seconds":0,"status":"failed","failure_reason":"card declined"}""",
            test.Server.Kept[1]);
    }

    [Fact]
    public async Task The_component_is_the_service_unless_one_is_named()
    {
        await using var test = Start();
        test.Client.Tasks.Start("import-orders").Succeed();
        await test.PassUntilSettledAsync();
        Assert.Equal("shop", Finished(test).GetProperty("component").GetString());
    }

    [Fact]
    public async Task The_first_outcome_counts()
    {
        await using var test = Start();
        using (var task = test.Client.Tasks.Start("import-orders"))
        {
            task.Cancel("by hand");
            task.Succeed();
            task.Fail("late");
            task.Set("late", true);
        }

        await test.PassUntilSettledAsync();
        Assert.Equal(2, test.Server.Kept.Count);
        Assert.Equal(("cancelled", "by hand"), Outcome(test));
    }

    [Fact]
    public async Task A_using_that_is_left_by_an_exception_tells_a_failure()
    {
        await using var test = Start();
        Assert.Throws<InvalidOperationException>(() => Work(test.Client.Tasks));
        await test.PassUntilSettledAsync();
        Assert.Equal(("failed", "unfinished"), Outcome(test));

        static void Work(ITaskTracker tasks)
        {
            using var task = tasks.Start("import-orders");
            throw new InvalidOperationException();
        }
    }

    [Fact]
    public async Task Setting_the_wall_clock_back_does_not_make_a_task_end_before_it_began()
    {
        await using var test = Start();
        using (var task = test.Client.Tasks.Start("import-orders"))
        {
            test.Clock.Advance(1_000);
            test.Clock.Step(-3_600_000);
            task.TimeOut();
        }

        await test.PassUntilSettledAsync();
        Assert.Equal("2026-01-02T03:04:06Z", Finished(test).GetProperty("end").GetString());
        Assert.Equal(("timed_out", null), Outcome(test));
    }

    [Theory]
    [InlineData(null, "succeeded", null)]
    [InlineData(typeof(InvalidOperationException), "failed", "InvalidOperationException")]
    [InlineData(typeof(TimeoutException), "timed_out", "TimeoutException")]
    [InlineData(typeof(OperationCanceledException), "failed", "OperationCanceledException")]
    public async Task What_becomes_of_the_work_is_the_outcome(Type? exception, string status, string? reason)
    {
        await using var test = Start();
        async Task Work(TrackedTask task, CancellationToken cancel)
        {
            await Task.Yield();
            if (exception is not null)
                throw (Exception)Activator.CreateInstance(exception, new string('x', 2_000))!;
        }

        var run = test.Client.Tasks.RunAsync("import-orders", Work);
        if (exception is null)
            await run;
        else
            Assert.Equal(exception, (await Assert.ThrowsAnyAsync<Exception>(() => run)).GetType());
        await test.PassUntilSettledAsync();
        Assert.Equal((status, reason), Outcome(test));
        if (exception is not null)
            Assert.Equal(1_000, Finished(test).GetProperty("context").GetProperty("error").GetString()!.Length);
    }

    [Fact]
    public async Task Work_that_was_asked_to_stop_is_cancelled()
    {
        await using var test = Start();
        using var stop = new CancellationTokenSource();
        var ticket = test.Client.Tasks.Queue("import", "imports");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => test.Client.Tasks.RunAsync(ticket, async (_, cancel) =>
        {
            await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, cancel);
        }, "worker-1", stop.Token));
        await test.PassUntilSettledAsync();
        Assert.Equal("cancelled", Outcome(test).Status);
    }

    [Fact]
    public async Task An_outcome_that_the_work_told_itself_stands()
    {
        await using var test = Start();
        await test.Client.Tasks.RunAsync("import", static (task, _) =>
        {
            task.Fail("nothing to import");
            return Task.CompletedTask;
        });
        await test.PassUntilSettledAsync();
        Assert.Equal(("failed", "nothing to import"), Outcome(test));
    }

    [Fact]
    public async Task A_null_where_none_should_be_is_no_exception_of_ours()
    {
        await using var test = Start();
        using (var task = test.Client.Tasks.Start((string)null!))
        {
            task.Set(null!, null);
            task.Fail((Exception)null!);
        }

        test.Client.Business.Record(null!);
        test.Client.Events.Record(null!, (null!, "x"));
        test.Client.Models.Predict(null!, null!, (string)null!);
        test.Client.Pipelines.Start(null!).Fail(null!);
        await test.PassUntilSettledAsync();
        Assert.Equal(6, test.Statistics.Tracked);
    }

    [Fact]
    public void A_ticket_survives_the_way_through_a_queue()
    {
        var ticket = new TaskTicket("t-1", "mail", "mails", "mailer", new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));
        Assert.Equal(ticket, JsonSerializer.Deserialize<TaskTicket>(JsonSerializer.Serialize(ticket)));
    }

    static TestClient Start() => TestClient.Start(configure: static options => options.MeasureTasks = false);

    static JsonElement Finished(TestClient test) => JsonDocument.Parse(test.Server.Kept.Single(static json => json.Contains("task.finished"))).RootElement;

    static (string? Status, string? Reason) Outcome(TestClient test)
    {
        var task = Finished(test);
        return (task.GetProperty("status").GetString(), task.TryGetProperty("failure_reason", out var reason) ? reason.GetString() : null);
    }
}
