using System.Net;
using Barograph.Server.Http;
using Barograph.Server.Settings;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;

namespace Barograph.Server.Tests.Http;

public sealed class OwnHostsTests
{
    const int Port = 8000;

    static readonly OwnHosts Local = Of(IPAddress.Loopback);
    static readonly OwnHosts Open = Of(IPAddress.Any);

    static OwnHosts Of(IPAddress listen, string allowed = "none", string publicUrl = "none")
    {
        var settings = SettingsCatalogue.Find("allowed-hosts")!.Apply(new ServerSettings { Listen = listen, Port = Port }, allowed)!;
        return new OwnHosts(SettingsCatalogue.Find("public-url")!.Apply(settings, publicUrl)!);
    }

    [Theory]
    [InlineData("localhost:8000")]
    [InlineData("LocalHost:8000")]
    [InlineData("localhost.:8000")]
    [InlineData("baro.localhost:8000")]
    [InlineData("127.0.0.1:8000")]
    [InlineData("127.8.9.10:8000")]
    [InlineData("[::1]:8000")]
    [InlineData("[0:0:0:0:0:0:0:1]:8000")]
    [InlineData("[::ffff:127.0.0.1]:8000")]
    public void On_this_machine_alone_it_is_called_by_the_machines_own_names(string host) => Assert.True(Local.Has(host, isHttps: false, Port));

    [Theory]
    [InlineData("evil.example:8000")]
    [InlineData("localhost.evil.example:8000")]
    [InlineData("localhost")] // port 80
    [InlineData("localhost:8001")]
    [InlineData("127.0.0.1:80")]
    [InlineData("10.0.0.5:8000")]
    [InlineData("[::2]:8000")]
    [InlineData("[::1%25lo]:8000")]
    [InlineData("[::ffff:10.0.0.5]:8000")]
    [InlineData("127.1:8000")]
    [InlineData("2130706433:8000")]
    [InlineData("0x7f000001:8000")]
    [InlineData("0x:8000")]
    [InlineData("0177.0.0.1:8000")]
    [InlineData("127.0.0.1.:8000")]
    [InlineData("127.0.0.1.evil.example:8000")]
    [InlineData("::1")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:08000x")]
    [InlineData("localhost:8000:8000")]
    [InlineData("user@localhost:8000")]
    [InlineData("localhost:8000/")]
    [InlineData("localhost..:8000")]
    [InlineData(".localhost:8000")]
    [InlineData("local host:8000")]
    [InlineData("")]
    public void On_this_machine_alone_every_other_name_is_foreign(string host) => Assert.False(Local.Has(host, isHttps: false, Port));

    [Theory]
    [InlineData("10.0.0.5:8000", true)]
    [InlineData("10.0.0.5:31000", true)] // a container's port, outside
    [InlineData("10.0.0.5", true)]
    [InlineData("[2001:db8::5]:8000", true)]
    [InlineData("localhost:9000", true)]
    [InlineData("baro.example.com:8000", false)]
    [InlineData("10.0.0.5.evil.example:8000", false)]
    [InlineData("baro:8000", false)]
    [InlineData("10.5:8000", false)]
    public void Where_other_machines_reach_it_addresses_are_its_own_and_names_are_not(string host, bool own) =>
        Assert.Equal(own, Open.Has(host, isHttps: false, Port));

    [Theory]
    [InlineData("baro:8000", true)]
    [InlineData("BARO", true)]
    [InlineData("baro.example.com:443", true)]
    [InlineData("baro.example.com:8000", false)] // allowed with another port
    [InlineData("pages.example.com", true)]
    [InlineData("pages.example.com:9443", true)] // a proxy that passes the name on with its own port, or without
    [InlineData("www.pages.example.com", false)]
    [InlineData("other:8000", false)]
    public void Names_that_the_settings_have_are_its_own(string host, bool own)
    {
        foreach (var listen in new[] { IPAddress.Loopback, IPAddress.Any })
            Assert.Equal(own, Of(listen, "baro, baro.example.com:443", "https://pages.example.com").Has(host, isHttps: false, Port));
    }

    [Theory]
    [InlineData("http://localhost:8000", "localhost:8000", true)]
    [InlineData("HTTP://LOCALHOST:8000", "localhost:8000", true)]
    [InlineData("http://localhost", "localhost:80", true)]
    [InlineData("http://localhost:3000", "localhost:8000", false)]
    [InlineData("https://localhost:8000", "localhost:8000", false)]
    [InlineData("http://127.0.0.1:8000", "localhost:8000", false)]
    [InlineData("https://pages.example.com", "127.0.0.1:8000", true)]
    [InlineData("https://pages.example.com:443", "127.0.0.1:8000", true)]
    [InlineData("http://pages.example.com", "127.0.0.1:8000", false)]
    [InlineData("https://pages.example.com.evil.example", "127.0.0.1:8000", false)]
    [InlineData("null", "localhost:8000", false)]
    [InlineData("", "localhost:8000", false)]
    [InlineData("chrome-extension://abc", "localhost:8000", false)]
    [InlineData("http://user@localhost:8000", "localhost:8000", false)]
    [InlineData("http://localhost:8000/", "localhost:8000", false)]
    public void An_origin_is_its_own_when_it_is_where_the_request_went_or_the_public_address(string origin, string host, bool own)
    {
        var request = new DefaultHttpContext().Request;
        (request.Scheme, request.Host) = ("http", new HostString(host));
        Assert.Equal(own, Of(IPAddress.Loopback, publicUrl: "https://pages.example.com").IsOwnOrigin(origin, request));
    }

    [Fact]
    public void Whatever_is_written_it_is_read_without_failing_and_reads_the_same_again() =>
        Prop.ForAll(Hosts, static text =>
    {
        _ = Local.Has(text, isHttps: false, Port);
        if (!HostAndPort.TryParse(text, out var host))
            return true;
        var written = (host.Name.Contains(':') ? $"[{host.Name}]" : host.Name) + (host.Port is { } port ? $":{port}" : "");
        return HostAndPort.TryParse(written, out var again) && again == host;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void No_name_that_a_name_server_could_answer_for_is_its_own() => Prop.ForAll(Hosts, static text =>
        !HostAndPort.TryParse(text, out var host) || host.IsLoopback || !Local.Has(text, isHttps: false, Port)).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    // Pieces of which hosts are made, right and wrong, in any order.
    static Arbitrary<string> Hosts => Gen.Elements(
            "localhost", ".", "..", ":", "8000", ":8000", "[", "]", "::1", "ffff", "127", "0", "1", "0x7f", "evil", "example", "-", "_", "%", "@", "/", " ", "\0", "ü", "[::1]", "127.0.0.1", "::")
        .ListOf().Select(static parts => string.Concat(parts)).ToArbitrary();
}
