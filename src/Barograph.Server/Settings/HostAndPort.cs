using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Barograph.Server.Settings;

/// <summary>
/// A host as requests, pages and operators name it, in one form: lower case, without a trailing dot, an IPv4 address within IPv6
/// as the IPv4 address that it is. Two that are equal are the same host.
/// </summary>
/// <param name="Name">The name, or the address as text.</param>
/// <param name="Address">The address, or null when it is a name.</param>
/// <param name="Port">The port, or null when none was written.</param>
internal sealed record HostAndPort(string Name, IPAddress? Address, int? Port)
{
    const int LongestName = 253;

    /// <summary>
    /// Whether it can be no other machine than this one, whatever a name server says: localhost, what ends in it, 127.0.0.0/8,
    /// ::1.
    /// </summary>
    public bool IsLoopback => Address is { } address
        ? IPAddress.IsLoopback(address)
        : Name == "localhost" || Name.EndsWith(".localhost", StringComparison.Ordinal);

    /// <summary>
    /// Reads <c>name</c>, <c>1.2.3.4</c> or <c>[::1]</c>, with or without <c>:port</c>; false when it is none of them.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out HostAndPort? host)
    {
        host = null;
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.IndexOf(':', StringComparison.Ordinal);
        if (end < 0)
            end = text.Length;
        if (end == 0 || !TryPort(text[end..], out var port))
            return false;
        if (text[0] == '[')
        {
            var inside = text[1..(end - 1)];
            if (inside.Contains('%') || !IPAddress.TryParse(inside, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
                return false;
            address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            host = new HostAndPort(address.ToString(), address, port);
            return true;
        }

        var name = text[..end].ToLowerInvariant();
        if (IPAddress.TryParse(name, out var four) && four.AddressFamily == AddressFamily.InterNetwork && four.ToString() == name)
            host = new HostAndPort(name, four, port);
        else if (IsName(name.EndsWith('.') ? name = name[..^1] : name))
            host = new HostAndPort(name, null, port);
        return host is not null;
    }

    static bool TryPort(string text, out int? port)
    {
        port = null;
        if (text is "" or ":")
            return true;
        if (text[0] != ':' || !int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number is < 1 or > 65535)
            return false;
        port = number;
        return true;
    }

    /// <summary>
    /// What ends in a number is no name: a browser reads it as an address (<c>127.1</c>, <c>0x7f000001</c>, <c>2130706433</c>), a
    /// name server as a name.
    /// </summary>
    static bool IsName(string name)
    {
        var labels = name.Split('.');
        return name.Length is > 0 and <= LongestName
            && labels.All(static label => label.Length > 0 && label.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
            && !IsNumber(labels[^1]);
    }

    static bool IsNumber(string label) => label.StartsWith("0x", StringComparison.Ordinal)
        ? label.Skip(2).All(char.IsAsciiHexDigit)
        : label.All(char.IsAsciiDigit);
}
