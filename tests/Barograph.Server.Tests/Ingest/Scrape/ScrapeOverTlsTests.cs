using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Barograph.Server.Ingest.Scrape;
using Barograph.Server.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Barograph.Server.Tests.Ingest.Scrape;

/// <summary>Targets behind TLS that want a password or a certificate of their own.</summary>
public sealed class ScrapeOverTlsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_target_behind_TLS_is_up_when_it_is_trusted_and_knows_who_asks()
    {
        using var certificate = Certificate();
        _folder.File("cert.pem", certificate.ExportCertificatePem());
        _folder.File("key.pem", certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        _folder.File("password", "open sesame\n");
        await using var target = await ServeAsync(certificate);
        var address = new Uri(target.Urls.First()).Authority;
        const string Mine = "cert_file: cert.pem, key_file: key.pem";
        string Job(string name, string tls, string password = "password_file: password") =>
            $"  - {{ job_name: {name}, scheme: https, scrape_interval: 2s, tls_config: {{ {tls} }}, basic_auth: {{ username: me, {password} }}, static_configs: [ {{ targets: ['{address}'] }} ] }}";
        var settings = new ServerSettings
        {
            Port = 0,
            Data = _folder.Sub("data"),
            Collect = null,
            OtlpGrpcPort = 0,
            OtlpHttpPort = 0,
            Scrape = _folder.File("prometheus.yml", string.Join('\n', [
                "scrape_configs:",
                Job("trusted", $"ca_file: cert.pem, server_name: exporter.test, {Mine}"),
                Job("unlooked", $"insecure_skip_verify: true, {Mine}"),
                Job("unknown", Mine),
                Job("othername", $"ca_file: cert.pem, server_name: other.test, {Mine}"),
                Job("nameless", "ca_file: cert.pem, server_name: exporter.test"),
                Job("forgotten", $"ca_file: cert.pem, server_name: exporter.test, {Mine}", "password: wrong"),
            ])),
        };
        await using var app = BarographServer.Build(settings);
        await app.StartAsync();
        var scraper = app.Services.GetRequiredService<Scraper>();
        await Peer.UntilAsync(
            () => Task.FromResult(scraper.Targets.All(static one => one.Health.IsUp is not null) && scraper.Targets.Count(static one => one.Health.IsUp == true) == 2), "two are up", 30);
        var health = scraper.Targets.ToDictionary(static one => one.Job.Name, static one => one.Health);
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join('\n', health.Select(static one => $"{one.Key}: {one.Value.LastError}")));
        Assert.Equal(["trusted", "unlooked"], health.Where(static one => one.Value.IsUp == true).Select(static one => one.Key).Order(StringComparer.Ordinal));
        Assert.Contains("401", health["forgotten"].LastError, StringComparison.Ordinal);
        Assert.All(health.Where(static one => one.Value.IsUp == false), static one => Assert.NotEmpty(one.Value.LastError));
        await app.StopAsync();
        await target.StopAsync();
    }

    static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=exporter.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("exporter.test");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
    }

    static async Task<WebApplication> ServeAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (client, _, _) => client.Thumbprint == certificate.Thumbprint;
        })));
        var app = builder.Build();
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("me:open sesame"));
        app.MapGet("/metrics", http =>
        {
            http.Response.StatusCode = http.Request.Headers.Authorization == expected ? 200 : 401;
            return http.Response.WriteAsync("a 1\n");
        });
        await app.StartAsync();
        return app;
    }
}
