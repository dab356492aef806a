namespace Barograph.Client.Tests;

/// <summary>Processor time is compared with what the threads themselves say they used: both are the same clock, so other load on the machine does not matter.</summary>
public sealed class TaskUseTests
{
    const long BurnNs = 30_000_000;

    public TaskUseTests() => Assert.SkipUnless(ThreadClock.IsSupported, "This system has no clock of a thread.");

    [Fact]
    public void What_the_thread_uses_until_the_end_is_the_tasks()
    {
        var use = TaskUse.Begin();
        var burnt = Burn();
        use.End();
        Burn();
        AssertNear(burnt, use);
    }

    [Fact]
    public async Task It_goes_with_the_task_from_thread_to_thread()
    {
        var use = TaskUse.Begin();
        var burnt = Burn();
        for (var i = 0; i < 5; i++)
        {
            await Task.Delay(1);
            burnt += Burn();
        }

        use.End();
        AssertNear(burnt, use);
    }

    [Fact]
    public async Task What_the_task_starts_on_other_threads_is_the_tasks()
    {
        var use = TaskUse.Begin();
        var burnt = await Task.WhenAll(Task.Run(Burn), Task.Run(Burn), Task.Run(Burn));
        use.End();
        AssertNear(burnt.Sum(), use);
    }

    [Fact]
    public async Task Tasks_that_take_turns_on_the_same_threads_are_told_apart()
    {
        var small = TurnsAsync(1);
        var large = TurnsAsync(3);
        AssertNear((await small).Burnt, (await small).Use);
        AssertNear((await large).Burnt, (await large).Use);

        static async Task<(long Burnt, TaskUse Use)> TurnsAsync(int share)
        {
            var use = TaskUse.Begin();
            var burnt = 0L;
            for (var turn = 0; turn < 3; turn++)
            {
                for (var i = 0; i < share; i++)
                    burnt += Burn();
                if (turn < 2) // the thread before has left its turn long before the end
                    await Task.Yield();
            }

            use.End();
            return (burnt, use);
        }
    }

    [Fact]
    public async Task A_task_within_a_task_is_its_own()
    {
        var outer = TaskUse.Begin();
        var outerBurnt = Burn();
        var inner = TaskUse.Begin();
        var innerBurnt = Burn();
        await Task.Yield();
        innerBurnt += Burn();
        inner.End();
        outerBurnt += Burn();
        outer.End();
        AssertNear(innerBurnt, inner);
        AssertNear(outerBurnt, outer);
    }

    [Fact]
    public async Task Others_on_the_same_thread_are_not_counted()
    {
        var use = await StartedElsewhereAsync();
        Burn();
        use.End();
        Assert.True(use.CpuSeconds < BurnNs / 2e9, $"{use.CpuSeconds} s");

        static async Task<TaskUse> StartedElsewhereAsync()
        {
            await Task.Yield();
            return TaskUse.Begin();
        }
    }

    [Fact]
    public async Task A_task_that_is_over_counts_nothing_more_though_its_flow_goes_on()
    {
        var use = TaskUse.Begin();
        var over = new TaskCompletionSource();
        var after = Task.Run(async () =>
        {
            await over.Task;
            Burn();
        });
        use.End();
        var cpuSeconds = use.CpuSeconds;
        over.SetResult();
        await after;
        Assert.Equal(cpuSeconds, use.CpuSeconds);
    }

    [Fact]
    public async Task Allocations_are_the_tasks_own()
    {
        var use = TaskUse.Begin();
        for (var i = 0; i < 10; i++)
        {
            GC.KeepAlive(new byte[100_000]);
            await Task.Yield();
        }

        Burn(); // in which the thread before lays the task down
        use.End();
        GC.KeepAlive(new byte[5_000_000]);
        Assert.InRange(use.AllocatedBytes, 1_000_000, 1_500_000);
    }

    [Fact]
    public async Task A_tracked_task_tells_both()
    {
        await using var test = TestClient.Start();
        using (var task = test.Client.Tasks.Start("burn"))
        {
            Burn();
            GC.KeepAlive(new byte[200_000]);
            task.Succeed();
        }

        await test.PassUntilSettledAsync();
        var finished = System.Text.Json.JsonDocument.Parse(test.Server.Kept[1]).RootElement;
        Assert.InRange(finished.GetProperty("cpu_seconds").GetDouble(), BurnNs / 1e9, 10);
        Assert.InRange(finished.GetProperty("memory_bytes").GetInt64(), 200_000, 2_000_000);
    }

    /// <summary>Uses the processor for a while, on this thread; says for how long, by the thread's own clock.</summary>
    static long Burn()
    {
        var start = ThreadClock.CpuNs();
        long burnt;
        do
            burnt = ThreadClock.CpuNs() - start;
        while (burnt < BurnNs);
        return burnt;
    }

    static void AssertNear(long burntNs, TaskUse use)
    {
        Assert.True(use.CpuSeconds >= burntNs / 1e9, $"{use.CpuSeconds} s of at least {burntNs / 1e9} s");
        Assert.True(use.CpuSeconds < (burntNs / 1e9) + (BurnNs / 1.5e9), $"{use.CpuSeconds} s of {burntNs / 1e9} s and a little");
    }
}
