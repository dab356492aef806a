using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Barograph.Server.Ingest.Scrape;

/// <summary>One HTTP client for each job, made when its first target is scraped: the files of its certificates may be wrong, or come later.</summary>
internal sealed class ScrapeClients : IDisposable
{
    readonly ConcurrentDictionary<ScrapeJob, HttpClient> _byJob = new();

    /// <summary>The client for the targets of a job.</summary>
    /// <exception cref="ScrapeFailedException">A file of its TLS configuration cannot be used; says which.</exception>
    public HttpClient For(ScrapeJob job) => _byJob.GetOrAdd(job, Make);

    /// <summary>Lets go of the clients of jobs that are no more.</summary>
    public void KeepOnly(IReadOnlyCollection<ScrapeJob> jobs)
    {
        foreach (var job in _byJob.Keys.Where(job => !jobs.Contains(job)))
        {
            if (_byJob.TryRemove(job, out var client))
                client.Dispose();
        }
    }

    public void Dispose() => KeepOnly([]);

    static HttpClient Make(ScrapeJob job)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = job.FollowRedirects,
            AutomaticDecompression = DecompressionMethods.GZip,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a changed name is seen
            SslOptions = TlsOptions(job),
        };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    static SslClientAuthenticationOptions TlsOptions(ScrapeJob job)
    {
        var options = new SslClientAuthenticationOptions();
        if (job.CertificateFile is { } certificate)
            options.ClientCertificates = [Read("cert_file", certificate, () => X509Certificate2.CreateFromPemFile(certificate, job.KeyFile))];
        if (job.SkipsTlsVerification)
        {
#pragma warning disable CA5359, MA0039 // asked for by name in the configuration
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359, MA0039
        }
        else if (job.CaFile is { } file)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(Read("ca_file", file, () => ReadAll(file)));
        }

        // The handler puts the address' own host over any other that is wanted, so the name is compared here.
        if (job.ServerName is { } name && !job.SkipsTlsVerification)
        {
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None && certificate is X509Certificate2 own && own.MatchesHostname(name);
        }

        return options;
    }

    static X509Certificate2Collection ReadAll(string file)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(file);
        return all.Count > 0 ? all : throw new CryptographicException("there is no certificate in it");
    }

    static T Read<T>(string key, string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ScrapeFailedException($"tls_config: {key} '{file}' cannot be used: {failure.Message}");
        }
    }
}
