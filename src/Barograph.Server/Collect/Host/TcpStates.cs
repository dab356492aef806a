using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Barograph.Server.Collect.Host;

/// <summary>
/// Counts TCP sockets by state through the kernel's socket diagnosis (netlink, sock_diag(7)). <c>/proc/net/tcp</c> has the same, but the
/// kernel takes ten times as long to write it as text: 4 ms for not one socket, so large is its table.
/// </summary>
internal static class TcpStates
{
    /// <summary>States are numbered from 1; 12 (a half-open request) is counted as 3, received.</summary>
    public const int Count = 13;

    const int HeaderBytes = 16; // struct nlmsghdr: length u32, type u16, flags u16, sequence u32, port u32
    const ushort TypeDone = 3;
    const ushort TypeError = 2;
    const ushort TypeByFamily = 20; // SOCK_DIAG_BY_FAMILY
    const byte FamilyInet = 2;
    const byte FamilyInet6 = 10;
    const byte ProtocolTcp = 6;

    /// <summary>Adds the sockets of this host (of this network namespace) to the counts.</summary>
    /// <returns>Null, or why it cannot be done.</returns>
    public static string? CountInto(long[] counts)
    {
        var socket = Posix.OpenSocketDiagnosis();
        if (socket < 0)
            return $"the kernel gives no socket diagnosis (error {Marshal.GetLastPInvokeError()})";
        try
        {
            var buffer = new byte[32 * 1024];
            foreach (var family in (ReadOnlySpan<byte>)[FamilyInet, FamilyInet6])
            {
                if (CountFamily(socket, family, buffer, counts) is { } failure)
                    return failure;
            }

            counts[3] += counts[12];
            return null;
        }
        finally
        {
            Posix.Close(socket);
        }
    }

    static string? CountFamily(int socket, byte family, byte[] buffer, long[] counts)
    {
        // struct inet_diag_req_v2 behind the header: family u8, protocol u8, extensions u8, pad u8, wanted states u32, socket id 48 bytes.
        Span<byte> request = stackalloc byte[HeaderBytes + 56];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], TypeByFamily);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], 0x301); // NLM_F_REQUEST | NLM_F_DUMP
        request[HeaderBytes] = family;
        request[HeaderBytes + 1] = ProtocolTcp;
        BinaryPrimitives.WriteUInt32LittleEndian(request[(HeaderBytes + 4)..], uint.MaxValue);
        if (!Posix.Send(socket, request))
            return $"the kernel refuses the question (error {Marshal.GetLastPInvokeError()})";
        while (true)
        {
            var length = Posix.Receive(socket, buffer);
            if (length <= 0)
                return $"the kernel does not answer (error {Marshal.GetLastPInvokeError()})";
            if (CountMessages(buffer.AsSpan(0, length), counts, out var failure))
                return failure;
        }
    }

    /// <summary>Counts the sockets of one answer.</summary>
    /// <returns>True at the end of all answers.</returns>
    internal static bool CountMessages(ReadOnlySpan<byte> messages, long[] counts, out string? failure)
    {
        failure = null;
        while (messages.Length >= HeaderBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(messages);
            var type = BinaryPrimitives.ReadUInt16LittleEndian(messages[4..]);
            if (length < HeaderBytes || length > messages.Length)
            {
                failure = "the kernel's answer is damaged";
                return true;
            }

            if (type == TypeDone)
                return true;
            if (type == TypeError)
            {
                failure = $"the kernel has no diagnosis of TCP (error {-BinaryPrimitives.ReadInt32LittleEndian(messages[HeaderBytes..])})";
                return true;
            }

            // struct inet_diag_msg: family u8, state u8, …
            if (length > HeaderBytes + 1 && messages[HeaderBytes + 1] is var state && state < counts.Length)
                counts[state]++;
            messages = messages[Math.Min(messages.Length, (length + 3) & ~3)..];
        }

        return false;
    }
}
