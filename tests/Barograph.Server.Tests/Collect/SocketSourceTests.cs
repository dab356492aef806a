using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Barograph.Server.Collect.Host;

namespace Barograph.Server.Tests.Collect;

public sealed class SocketSourceTests : IDisposable
{
    readonly FixtureTree _tree = new FixtureTree()
        .Proc("net/sockstat", "sockets: used 14\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 0\nUDP: inuse 3 mem 0\n")
        .Proc("net/sockstat6", "TCP6: inuse 0\nUDP6: inuse 2\n");

    readonly ManualClock _clock = new(DateTimeOffset.UnixEpoch);

    public void Dispose() => _tree.Dispose();

    SourceReader Reader(Func<long[], string?> count) => new(new SocketSource(_tree.Paths, SourceReader.Series, count, _clock));

    static string Tcp(string state) => $$"""system_network_connection_count{network_connection_state="{{state}}",network_transport="tcp"}""";

    static Dictionary<string, double> ReadUntil(SourceReader reader, string series)
    {
        Dictionary<string, double> read = [];
        Assert.True(SpinWait.SpinUntil(() => (read = reader.Read()).ContainsKey(series), TimeSpan.FromMinutes(2)));
        return read;
    }

    [Fact]
    public void Sockets_of_both_versions_of_IP_are_added_up() =>
        Assert.Equal(5, Reader(static _ => null).Read()["""system_network_connection_count{network_transport="udp"}"""]);

    [Fact]
    public void Every_state_has_its_number()
    {
        var read = ReadUntil(Reader(static counts =>
        {
            (counts[1], counts[6], counts[10]) = (7, 2, 1);
            return null;
        }), Tcp("established"));
        Assert.Equal(7, read[Tcp("established")]);
        Assert.Equal(2, read[Tcp("time_wait")]);
        Assert.Equal(1, read[Tcp("listen")]);
        Assert.Equal(0, read[Tcp("close_wait")]);
    }

    [Fact]
    public void Where_the_kernel_does_not_count_there_are_only_the_others()
    {
        var asked = 0;
        var reader = Reader(_ => Interlocked.Increment(ref asked) > 0 ? "no" : null);
        reader.Read();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref asked) > 0, TimeSpan.FromMinutes(2)));
        Assert.Equal(["""system_network_connection_count{network_transport="udp"}"""], reader.Read(1000).Keys);
    }

    [Fact]
    public void States_are_counted_every_five_seconds()
    {
        var asked = 0;
        var reader = Reader(_ =>
        {
            Interlocked.Increment(ref asked);
            return null;
        });
        for (var second = 0; second < 11; second++)
            ReadUntilAsked(reader, second * 1000, () => asked == 1 + second / 5);
        Assert.Equal(3, asked);
    }

    [Fact]
    public void Where_counting_takes_long_it_is_done_less_often()
    {
        var asked = 0;
        var reader = Reader(_ =>
        {
            _clock.Advance(10); // a two-thousandth of a processor allows for 10 ms every 20 s
            Interlocked.Increment(ref asked);
            return null;
        });
        ReadUntilAsked(reader, 0, () => asked == 1);
        ReadUntil(reader, Tcp("established"));
        reader.Read(19_999);
        Assert.Equal(1, asked);
        ReadUntilAsked(reader, 20_000, () => asked == 2);
    }

    /// <summary>Reads until the counting on a thread of the pool has come so far.</summary>
    static void ReadUntilAsked(SourceReader reader, long milliseconds, Func<bool> isReached) =>
        Assert.True(SpinWait.SpinUntil(() => reader.Read(milliseconds).Count > 0 && isReached(), TimeSpan.FromMinutes(2)));

    [Fact]
    public void The_kernel_counts_the_connections_that_we_open()
    {
        var before = new long[TcpStates.Count];
        if (!OperatingSystem.IsLinux() || TcpStates.CountInto(before) is { } reason)
        {
            Assert.Skip("This kernel has no socket diagnosis.");
            return;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var clients = Enumerable.Range(0, 50).Select(_ =>
        {
            var client = new TcpClient();
            client.Connect((IPEndPoint)listener.LocalEndpoint);
            return client;
        }).ToArray();
        var after = new long[TcpStates.Count];
        Assert.Null(TcpStates.CountInto(after));
        foreach (var client in clients)
            client.Dispose();

        // Others may open and close connections meanwhile, but hardly so many.
        Assert.InRange(after[1] - before[1], 80, 120);
        Assert.True(after[10] > 0);
    }

    [Fact]
    public void A_damaged_answer_of_the_kernel_ends_the_count()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var answer = new byte[3 * 88];
        for (var at = 0; at < answer.Length; at += 88)
        {
            BinaryPrimitives.WriteInt32LittleEndian(answer.AsSpan(at), 88);
            BinaryPrimitives.WriteUInt16LittleEndian(answer.AsSpan(at + 4), 20);
            answer[at + 17] = 1;
        }

        var whole = new long[TcpStates.Count];
        Assert.False(TcpStates.CountMessages(answer, whole, out _));
        Assert.Equal(3, whole[1]);
        for (var round = 0; round < 20_000; round++)
        {
            var damaged = answer.ToArray();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                TcpStates.CountMessages(damaged.AsSpan(0, random.Next(damaged.Length + 1)), new long[TcpStates.Count], out _);
            }
            catch (Exception failure)
            {
                Assert.Fail($"seed {seed}, round {round}: {failure}");
            }
        }
    }
}
