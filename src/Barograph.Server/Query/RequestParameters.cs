using System.Globalization;
using Barograph.PromQL;
using Barograph.Server.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Barograph.Server.Query;

/// <summary>The parameters of a request, from the address and, for POST, the form; the form's come first. Messages are upstream's.</summary>
internal sealed class RequestParameters
{
    // Milliseconds of the year 9999 and beyond would overflow on the way to nanoseconds in clients; upstream's own bounds are as far.
    const double FarthestSeconds = 9e15;

    // A form in parts (curl -F) is read by the framework: each part has a head of its own, so that its bytes bound what it costs.
    static readonly FormOptions InParts = new()
    {
        ValueCountLimit = int.MaxValue,
        ValueLengthLimit = PostedForm.MaxBytes,
        MultipartBodyLengthLimit = PostedForm.MaxBytes,
    };

    readonly IQueryCollection _address;
    readonly Func<string, StringValues>? _form;

    RequestParameters(IQueryCollection address, Func<string, StringValues>? form) => (_address, _form) = (address, form);

    /// <summary>Reads them.</summary>
    /// <exception cref="ApiErrorException">The form is broken or too large.</exception>
    public static async ValueTask<RequestParameters> ReadAsync(HttpContext http)
    {
        var request = http.Request;
        if (!HttpMethods.IsPost(request.Method) || !request.HasFormContentType)
            return new RequestParameters(request.Query, null);
        try
        {
            if (!request.ContentType!.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
                return new RequestParameters(request.Query, (await PostedForm.ReadAsync(request)).Of);
            var parts = await request.ReadFormAsync(InParts, http.RequestAborted);
            return new RequestParameters(request.Query, name => parts[name]);
        }
        catch (Exception mistake) when (mistake is InvalidDataException or BadHttpRequestException or IOException)
        {
            // A form in parts that ends before its last boundary is an IOException, which the other one is too.
            var status = mistake is BadHttpRequestException known ? known.StatusCode : StatusCodes.Status400BadRequest;
            throw new ApiErrorException(new ApiError("bad_data", status, $"error parsing form values: {mistake.Message}"));
        }
    }

    /// <summary>The first value of a parameter, or "".</summary>
    public string this[string name] => All(name) is [{ } first, ..] ? first : "";

    /// <summary>All values of a parameter.</summary>
    public StringValues All(string name)
    {
        var address = _address[name];
        return _form is { } form ? StringValues.Concat(form(name), address) : address;
    }

    /// <summary>A time that must be there, Unix milliseconds.</summary>
    public long Time(string name) => TryTime(this[name], out var timestampMs)
        ? timestampMs
        : throw new ApiErrorException(ApiError.Parameter(name, $"cannot parse {Go(this[name])} to a valid timestamp"));

    /// <summary>A time, or another when there is none, Unix milliseconds.</summary>
    public long Time(string name, long otherwiseMs)
    {
        if (this[name].Length == 0)
            return otherwiseMs;
        return TryTime(this[name], out var timestampMs)
            ? timestampMs
            : throw new ApiErrorException(ApiError.Parameter(name, $"invalid time value for '{name}': cannot parse {Go(this[name])} to a valid timestamp"));
    }

    /// <summary>A duration that must be there, milliseconds.</summary>
    public long Duration(string name) => TryDuration(this[name], out var milliseconds)
        ? milliseconds
        : throw new ApiErrorException(ApiError.Parameter(name, $"cannot parse {Go(this[name])} to a valid duration"));

    /// <summary>How long the query may take, or null.</summary>
    public TimeSpan? Timeout
    {
        get
        {
            if (this["timeout"].Length == 0)
                return null;
            var milliseconds = Duration("timeout");
            return milliseconds > 0
                ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue))
                : throw new ApiErrorException(ApiError.Of(new QueryTimeoutException(TimeSpan.Zero))!);
        }
    }

    /// <summary>Another lookback than the usual one, milliseconds, or null.</summary>
    public long? LookbackMs
    {
        get
        {
            var text = this["lookback_delta"];
            if (text.Length == 0)
                return null;
            if (!TryDuration(text, out var milliseconds))
                throw new ApiErrorException(ApiError.BadData($"error parsing lookback delta duration: cannot parse {Go(text)} to a valid duration"));
            return milliseconds > 0 ? milliseconds : null; // as upstream: not positive stands for the usual one
        }
    }

    /// <summary>How many results at most; 0: all.</summary>
    public int Limit
    {
        get
        {
            var text = this["limit"];
            if (text.Length == 0)
                return 0;
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit))
                throw new ApiErrorException(ApiError.Parameter("limit", $"strconv.Atoi: parsing {Go(text)}: invalid syntax"));
            return limit >= 0 ? limit : throw new ApiErrorException(ApiError.Parameter("limit", "limit must be non-negative"));
        }
    }

    /// <summary>A whole number, or -1 when there is none.</summary>
    public int Number(string name)
    {
        var text = this[name];
        if (text.Length == 0)
            return -1;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ApiErrorException(ApiError.BadData($"{name} must be a number"));
    }

    /// <summary>Reads RFC 3339 or Unix seconds with decimals.</summary>
    internal static bool TryTime(string text, out long timestampMs)
    {
        timestampMs = 0;
        if (TrySeconds(text, out var seconds))
        {
            timestampMs = (long)Math.Round(seconds * 1000);
            return Math.Abs(seconds) <= FarthestSeconds;
        }

        switch (text)
        {
            case "-292273086-05-16T16:47:06Z": // upstream's words for the first and the last time there is
                timestampMs = (long)(-FarthestSeconds * 1000);
                return true;
            case "292277025-08-18T07:12:54.999999999Z":
                timestampMs = (long)(FarthestSeconds * 1000);
                return true;
        }

        // RFC 3339 has the T and a zone; what else .NET would read is refused.
        if (text.Length < 20 || text[10] is not ('T' or 't') || !(text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            return false;
        timestampMs = time.ToUnixTimeMilliseconds();
        return true;
    }

    static bool TryDuration(string text, out long milliseconds)
    {
        if (TrySeconds(text, out var seconds))
        {
            milliseconds = (long)(seconds * 1000);
            return Math.Abs(seconds) < long.MaxValue / 1e9; // upstream counts nanoseconds in 64 bits
        }

        return Durations.TryParse(text, out milliseconds);
    }

    static bool TrySeconds(string text, out double seconds) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out seconds)
        && double.IsFinite(seconds);

    internal static string Go(string text) => new StringLiteral(text).ToString();
}
