using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Barograph.TimeSeries;

/// <summary>Claims that hold unless the code has a bug; they are checked in Release too.</summary>
internal static class Invariant
{
    public static void Holds([DoesNotReturnIf(false)] bool claim, [CallerArgumentExpression(nameof(claim))] string text = "")
    {
        if (!claim)
            Fail(text); // the throw lives apart, so that the check inlines
    }

    [DoesNotReturn]
    static void Fail(string text) => throw new InvariantException(text);
}

/// <summary>The store found itself in a state that its code rules out. What it touched must not take more writes.</summary>
public sealed class InvariantException(string claim) : InvalidOperationException($"Broken invariant: {claim}.");
