using Barograph.TimeSeries;

namespace Barograph.PromQL.Tests;

public sealed class ParserTests
{
    [Theory]
    [InlineData("", 1, 1, "no expression found")]
    [InlineData("sum(", 1, 5, "unexpected end of the expression, expected an expression")]
    [InlineData("sum(up", 1, 7, "expected \",\" or \")\" in the arguments that began at 1:4")]
    [InlineData("(1 + 2", 1, 7, "\")\" to close the parenthesis of 1:1")]
    [InlineData("up{job=}", 1, 8, "expected a quoted value")]
    [InlineData("up{job~\"x\"}", 1, 7, "unexpected character \"~\"")]
    [InlineData("up{job=\"x\"", 1, 11, "expected \",\" or \"}\" in the selector")]
    [InlineData("up{job=~\"(\"}", 1, 9, "bad regular expression '(': a '(' without its ')', at character 1")]
    [InlineData("up{job=~\"a)(b\"}", 1, 9, "bad regular expression 'a)(b': a ')' without its '(', at character 2")]
    [InlineData("up{job=~\"(a)\\\\1\"}", 1, 9, "\\1")]
    [InlineData("up{job=~\"a(?=b)\"}", 1, 9, "bad regular expression 'a(?=b)': RE2 has no '(?=', at character 2")]
    [InlineData("up[0s]", 1, 4, "duration must be greater than 0")]
    [InlineData("up[5m - 10m]", 1, 4, "duration must be greater than 0")]
    [InlineData("up[5m:0s]", 1, 7, "duration must be greater than 0")]
    [InlineData("{}", 1, 1, "at least one non-empty matcher")]
    [InlineData("{job=~\".*\"}", 1, 1, "at least one non-empty matcher")]
    [InlineData("1 == 1", 1, 3, "comparisons between scalars must use BOOL modifier")]
    [InlineData("up + on(job) 1", 1, 1, "vector matching only allowed between instant vectors")]
    [InlineData("1 and up", 1, 1, "set operator \"and\" not allowed in binary scalar expression")]
    [InlineData("up + bool up", 1, 6, "bool modifier can only be used on comparison operators")]
    [InlineData("up[5m] + 1", 1, 1, "binary expression must contain only scalar and instant vector types")]
    [InlineData("rate(up)", 1, 6, "expected type range vector in call to function \"rate\", got instant vector")]
    [InlineData("abs(up, up)", 1, 1, "expected 1 argument(s) in call to \"abs\", got 2")]
    [InlineData("sum(1)", 1, 5, "expected type instant vector in aggregation expression, got scalar")]
    [InlineData("topk(up)", 1, 1, "wrong number of arguments for aggregation \"topk\": expected 2, got 1")]
    [InlineData("up offset 5m offset 5m", 1, 14, "offset may not be set multiple times")]
    [InlineData("sum(up) offset 5m", 1, 9, "offset and @ must be preceded by")]
    [InlineData("up @ start", 1, 11, "expected \"(\"")]
    [InlineData("up[5m] offset 5m [5m]", 1, 19, "ranges only allowed for vector selectors")]
    [InlineData("up[5m:1m:1m]", 1, 9, "after the step of the subquery")]
    [InlineData("rate(up[5m])[1h:]\n  +\n  foo bar", 3, 7, "unexpected \"bar\", expected an operator or the end")]
    [InlineData("\"abc", 1, 1, "unterminated string")]
    [InlineData("\"\\z\"", 1, 2, "unknown escape sequence")]
    [InlineData("up offset 1e999", 1, 11, "duration out of range")]
    [InlineData("1.5h", 1, 1, "bad number or duration")]
    [InlineData("1m1h", 1, 1, "bad number or duration")]
    [InlineData("a + group_left b", 1, 5, "unexpected \"group_left\"")]
    [InlineData("a * on(x) group_left(x) b", 1, 11, "must not occur in ON and GROUP clause at once")]
    [InlineData("foo{\"bar\"}", 1, 5, "metric name must not be set twice")]
    [InlineData("max_over_time(up[1m] smoothed)", 1, 1, "smoothed modifier can only be used with: delta, increase, rate - not with max_over_time")]
    public void A_wrong_expression_is_refused_with_place_and_reason(string text, int line, int column, string message)
    {
        Assert.False(Parser.TryParse(text, out _, out var error));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Theory]
    [InlineData("raet(up[5m])", "rate")]
    [InlineData("histogram_quntile(0.9, up)", "histogram_quantile")]
    [InlineData("Rate(up[5m])", "rate")]
    [InlineData("avg_overtime(up[5m])", "avg_over_time")]
    [InlineData("smu(up)", "sum")]
    [InlineData("a unles b", "unless")]
    public void A_near_miss_gets_a_suggestion(string text, string suggestion)
    {
        Assert.False(Parser.TryParse(text, out _, out var error));
        Assert.Equal(suggestion, error.Suggestion);
    }

    [Theory]
    [InlineData("nothing_like_it(up)")]
    [InlineData("x(up)")]
    public void A_word_like_no_other_gets_none(string text)
    {
        Assert.False(Parser.TryParse(text, out _, out var error));
        Assert.Null(error.Suggestion);
    }

    [Theory]
    [InlineData("1 + 2 * 3", "1 + (2 * 3)")]
    [InlineData("2 ^ 3 ^ 2", "2 ^ (3 ^ 2)")]
    [InlineData("-1 ^ 2", "-(1 ^ 2)")]
    [InlineData("-a * b", "(-a) * b")]
    [InlineData("a or b and c unless d", "a or ((b and c) unless d)")]
    [InlineData("a == bool b + c", "a == bool (b + c)")]
    [InlineData("a - b - c", "(a - b) - c")]
    [InlineData("a % b atan2 c", "(a % b) atan2 c")]
    [InlineData("m offset 5m * 2", "(m offset 5m) * 2")]
    [InlineData("m offset -2 ^ 2", "(m offset -2) ^ 2")]
    public void Operators_bind_as_upstream_says(string text, string same)
    {
        Assert.Equal(Strip(Parser.Parse(same)), Strip(Parser.Parse(text)));
    }

    [Theory]
    [InlineData("SUM(x) BY (job)", "sum by (job) (x)")]
    [InlineData("sum without(a,)(x)", "sum without (a) (x)")]
    [InlineData("0x1F + 1_000 + .5e1 + 1h30m", "31 + 1000 + 5 + 1h30m")]
    [InlineData("{'my.metric', \"a.label\"=`x\"y`}", "{\"my.metric\",\"a.label\"=\"x\\\"y\"}")]
    [InlineData("{\"up\"}", "up")]
    [InlineData("{\"on\"}", "{\"on\"}")]
    [InlineData("a:b{c!='d'}[5m] @ 1.5 offset -1m", "a:b{c!=\"d\"}[5m] @ 1.500 offset -1m")]
    [InlineData("1e21 + 1e-7", "1000000000000000000000 + 0.0000001")]
    [InlineData("a[1h:] @ end()", "a[1h:] @ end()")]
    [InlineData("a / on() group_left() b # comment", "a / on () group_left () b")]
    [InlineData("a + fill_left(-1) fill_right(2) b", "a + fill_left (-1) fill_right (2) b")]
    [InlineData("a + fill(NaN) b", "a + fill (NaN) b")]
    [InlineData("rate(a[max_of(step()+1, 1m)] anchored)", "rate(a[max_of(step() + 1, 1m)] anchored)")]
    [InlineData("\"\\xff\\u00e4\\n\\101\"", "\"\\xff\u00e4\\nA\"")]
    [InlineData("+Inf + -NaN", "+Inf + -NaN")]
    [InlineData("13d", "13d")]
    [InlineData("14d", "2w")]
    public void An_expression_is_printed_in_one_way(string text, string printed) => Assert.Equal(printed, Parser.Parse(text).ToString());

    [Fact]
    public void A_selector_of_series_is_read()
    {
        var selector = Parser.ParseSelector("up{job=~\"a|b\"}");
        Assert.Equal("up", selector.Name);
        Assert.Equal([new LabelMatcher(MatchType.Regex, "job", "a|b")], selector.Matchers);
        Assert.Throws<PromQLSyntaxException>(static () => Parser.ParseSelector("sum(up)"));
        Assert.Throws<PromQLSyntaxException>(static () => Parser.ParseSelector("up offset 5m"));
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("-", "")]
    [InlineData("abs(", ")")]
    [InlineData("sum by (a) (", ")")]
    [InlineData("x[", "]")]
    [InlineData("x[1m] offset (", ")")]
    [InlineData("1 + ", "")]
    [InlineData("1 ^ ", "")]
    public void Ten_thousand_levels_are_refused(string open, string close)
    {
        var text = string.Concat(Enumerable.Repeat(open, 10_000)) + "up" + string.Concat(Enumerable.Repeat(close, 10_000));
        RunOnSmallStack(() => Assert.False(Parser.TryParse(text, out _, out _)));
    }

    [Fact]
    public void A_hundred_thousand_characters_are_read_or_refused_in_no_time()
    {
        var chain = string.Join(" + ", Enumerable.Repeat("up", 20_000));
        RunOnSmallStack(() => Assert.False(Parser.TryParse(chain, out _, out _)));
        var wide = $"label_join(up, {string.Join(", ", Enumerable.Repeat("\"a\"", 20_000))})";
        RunOnSmallStack(() => Assert.True(Parser.TryParse(wide, out _, out _)));
        Assert.False(Parser.TryParse(new string('1', Parser.MaxLength + 1), out _, out _));
    }

    [Fact]
    public void The_deepest_expression_is_printed_prepared_and_evaluated()
    {
        var chain = string.Join(" or ", Enumerable.Repeat("up", Parser.MaxDepth - 2));
        var calls = string.Concat(Enumerable.Repeat("abs(", Parser.MaxNesting)) + "up" + new string(')', Parser.MaxNesting);
        var source = new InMemorySource();
        source.Add(Labels.Of("__name__", "up"), 0, 1);
        foreach (var text in (string[])[chain, calls])
        {
            RunOnSmallStack(() =>
            {
                var engine = new PromQLEngine();
                var query = engine.Prepare(text);
                Assert.Equal(query.Expression, Parser.Parse(query.Expression.ToString()));
                Assert.Single(engine.Evaluate(query, source, QueryTimes.Instant(0)).Series);
            });
        }
    }

    // A thread of a server's pool has 1.5 MB.
    static void RunOnSmallStack(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }, 1536 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    static Expression Strip(Expression expression) => expression switch
    {
        Parenthesized wrapped => Strip(wrapped.Inner),
        Binary binary => binary with { Left = Strip(binary.Left), Right = Strip(binary.Right) },
        Unary unary => unary with { Operand = Strip(unary.Operand) },
        _ => expression,
    };
}
