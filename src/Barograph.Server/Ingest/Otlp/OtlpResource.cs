using System.Text;
using Barograph.Server.Ingest.Wire;

namespace Barograph.Server.Ingest.Otlp;

/// <summary>What identifies a resource: <c>service.namespace/service.name</c> is the job, <c>service.instance.id</c> the instance.</summary>
internal readonly record struct OtlpResource(string Job, string Instance)
{
    /// <summary>Reads <c>Resource { attributes = 1 }</c>.</summary>
    public static OtlpResource Read(ReadOnlySpan<byte> resource)
    {
        string service = "", space = "", instance = "";
        Span<byte> scratch = stackalloc byte[64];
        for (var fields = new ProtobufReader(resource); fields.MoveNext();)
        {
            if (fields.Field != 1)
            {
                fields.Skip();
                continue;
            }

            OtlpAttributes.Split(fields.Bytes(), out var key, out var value);
            if (key.SequenceEqual("service.name"u8))
                service = Encoding.UTF8.GetString(OtlpAttributes.Text(value, scratch));
            else if (key.SequenceEqual("service.namespace"u8))
                space = Encoding.UTF8.GetString(OtlpAttributes.Text(value, scratch));
            else if (key.SequenceEqual("service.instance.id"u8))
                instance = Encoding.UTF8.GetString(OtlpAttributes.Text(value, scratch));
        }

        return new OtlpResource(space.Length > 0 && service.Length > 0 ? $"{space}/{service}" : service, instance);
    }

    /// <summary>Adds all attributes but those that <see cref="Job"/> and <see cref="Instance"/> are made of.</summary>
    public static void AddDescribingLabels(ReadOnlySpan<byte> resource, SeriesKeyBuilder labels)
    {
        using var describing = new MemoryStream();
        for (var fields = new ProtobufReader(resource); fields.MoveNext();)
        {
            var start = fields.Position;
            if (fields.Field != 1)
            {
                fields.Skip();
                continue;
            }

            var attribute = fields.Bytes();
            OtlpAttributes.Split(attribute, out var key, out _);
            if (key.SequenceEqual("service.name"u8) || key.SequenceEqual("service.namespace"u8) || key.SequenceEqual("service.instance.id"u8))
                continue;
            describing.WriteByte(0x0A);
            describing.Write(resource[start..fields.Position]); // the length and the bytes, as they were
        }

        OtlpAttributes.AddLabels(describing.GetBuffer().AsSpan(0, (int)describing.Length), 1, labels);
    }
}
