namespace Barograph.Server.Ingest.Wire;

/// <summary>A request is not what its protocol says. Only the doors' endpoints catch it; the message goes to the sender.</summary>
internal sealed class MalformedRequestException(string message) : Exception(message);

/// <summary>A request is larger than a limit; the message names the limit. Only the doors' endpoints catch it.</summary>
internal sealed class RequestTooLargeException(string message) : Exception(message);
