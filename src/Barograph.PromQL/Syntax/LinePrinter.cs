using System.Text;

namespace Barograph.PromQL;

/// <summary>
/// Writes expressions as upstream's formatter does: what is longer than a line is broken at its parentheses and operators, its
/// parts two blanks further to the right.
/// </summary>
internal sealed class LinePrinter
{
    const int LongestLine = 100;
    const int Indent = 2;

    readonly StringBuilder _text = new();

    public static string Print(Expression expression)
    {
        var printer = new LinePrinter();
        printer.Write(expression, 0);
        return printer._text.ToString();
    }

    void Write(Expression expression, int level)
    {
        var line = expression.ToString();
        var isLong = Encoding.UTF8.GetByteCount(line) > LongestLine; // bytes, as upstream counts
        switch (expression)
        {
            case Subquery subquery when isLong:
                Write(subquery.Inner, level);
                _text.Append(Printer.Tail(subquery));
                break;
            case Subquery:
                _text.Append(line); // never further to the right, as upstream
                break;
            case Unary unary:
                StartLine(level).Append(unary.Negates ? '-' : '+');
                var operandAt = _text.Length;
                Write(unary.Operand, level);
                _text.Remove(operandAt, LengthOfBlanks(operandAt));
                break;
            case Parenthesized wrapped when isLong:
                WriteInside(level, "(", [wrapped.Inner]);
                break;
            case Call call when isLong:
                WriteInside(level, $"{call.Function}(", call.Arguments);
                break;
            case Aggregation aggregation when isLong:
                WriteInside(level, $"{Printer.Head(aggregation)}(", aggregation.Children);
                break;
            case Binary binary when isLong:
                Write(binary.Left, level + 1);
                _text.Append('\n');
                StartLine(level).Append(Printer.Between(binary)).Append('\n');
                Write(binary.Right, level + 1);
                break;
            default:
                StartLine(level).Append(line);
                break;
        }
    }

    void WriteInside(int level, string opening, IEnumerable<Expression> parts)
    {
        StartLine(level).Append(opening);
        var separator = "\n";
        foreach (var part in parts)
        {
            _text.Append(separator);
            Write(part, level + 1);
            separator = ",\n";
        }

        _text.Append('\n');
        StartLine(level).Append(')');
    }

    StringBuilder StartLine(int level) => _text.Append(' ', level * Indent);

    int LengthOfBlanks(int from)
    {
        var to = from;
        while (_text[to] == ' ')
            to++;
        return to - from;
    }
}
