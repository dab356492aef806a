/** A function or aggregation as the completion shows it. */
export interface FunctionHelp {
  /** What stands between the parentheses. */
  parameters: string;
  help: string;
}

function table(text: string): ReadonlyMap<string, FunctionHelp> {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [, name, parameters, help] = /^\s*(\w+)\((.*?)\) (.*)$/.exec(line)!;
        return [name, { parameters, help }];
      }),
  );
}

/** v: instant vector, s: number; `range` is a selector with a window, such as x[5m]. */
export const functions = table(`
  abs(v) Without the sign.
  absent(v) 1 when there is no series, nothing otherwise.
  absent_over_time(range) 1 when there is no sample in the window.
  acos(v) Arc cosine, in radians.
  acosh(v) Inverse hyperbolic cosine.
  asin(v) Arc sine, in radians.
  asinh(v) Inverse hyperbolic sine.
  atan(v) Arc tangent, in radians.
  atanh(v) Inverse hyperbolic tangent.
  avg_over_time(range) Mean of the samples in the window.
  ceil(v) Rounded up.
  changes(range) How often the value changed in the window.
  clamp(v, min, max) Values cut off below min and above max.
  clamp_max(v, max) Values cut off above max.
  clamp_min(v, min) Values cut off below min.
  cos(v) Cosine of radians.
  cosh(v) Hyperbolic cosine.
  count_over_time(range) Number of samples in the window.
  day_of_month(v) 1 to 31, of times in UTC.
  day_of_week(v) 0 (Sunday) to 6, of times in UTC.
  day_of_year(v) 1 to 366, of times in UTC.
  days_in_month(v) 28 to 31, of times in UTC.
  deg(v) Radians as degrees.
  delta(range) Difference between the ends of the window, for gauges.
  deriv(range) Slope per second by linear regression, for gauges.
  double_exponential_smoothing(range, smoothing, trend) A gauge smoothed with its trend.
  end() End of the query, in Unix seconds.
  exp(v) e to the power of the value.
  first_over_time(range) The oldest sample in the window.
  floor(v) Rounded down.
  histogram_avg(v) Mean of the observations of native histograms.
  histogram_count(v) Number of observations of native histograms.
  histogram_fraction(lower, upper, v) Share of observations between two bounds.
  histogram_quantile(q, v) The q-quantile (0 to 1) of a histogram's buckets; keep the label le.
  histogram_quantiles(v, label, q) Several quantiles of a histogram, told apart by a label.
  histogram_stddev(v) Standard deviation of native histograms.
  histogram_stdvar(v) Variance of native histograms.
  histogram_sum(v) Sum of the observations of native histograms.
  holt_winters(range, smoothing, trend) The former name of double_exponential_smoothing.
  hour(v) 0 to 23, of times in UTC.
  idelta(range) Difference between the two newest samples, for gauges.
  increase(range) How much a counter grew over the window.
  info(v, selector) Adds the labels of info metrics such as target_info.
  irate(range) Per-second rate of a counter by its two newest samples.
  label_join(v, target, separator, label) Joins label values into a label.
  label_replace(v, target, replacement, label, regex) Sets a label from another by a regular expression.
  last_over_time(range) The newest sample in the window.
  ln(v) Natural logarithm.
  log10(v) Decimal logarithm.
  log2(v) Binary logarithm.
  mad_over_time(range) Median absolute deviation in the window.
  max_of(s, s) The larger of two numbers.
  max_over_time(range) Highest sample in the window.
  min_of(s, s) The smaller of two numbers.
  min_over_time(range) Lowest sample in the window.
  minute(v) 0 to 59, of times in UTC.
  month(v) 1 to 12, of times in UTC.
  pi() 3.14159…
  predict_linear(range, seconds) Where a gauge will be so many seconds from now, by linear regression.
  present_over_time(range) 1 for each series with a sample in the window.
  quantile_over_time(q, range) The q-quantile (0 to 1) of the samples in the window.
  rad(v) Degrees as radians.
  range() Length of the query, in seconds.
  rate(range) Per-second rate of a counter, averaged over the window.
  resets(range) How often a counter was reset in the window.
  round(v, to) Rounded to the nearest multiple, of 1 unless said.
  scalar(v) The value of the only series as a number.
  sgn(v) −1, 0 or 1, by the sign.
  sin(v) Sine of radians.
  sinh(v) Hyperbolic sine.
  sort(v) Ascending by value, in a table.
  sort_by_label(v, label) Ascending by labels, in a table.
  sort_by_label_desc(v, label) Descending by labels, in a table.
  sort_desc(v) Descending by value, in a table.
  sqrt(v) Square root.
  start() Start of the query, in Unix seconds.
  start_timestamp(v) When the series' counter began, in Unix seconds.
  stddev_over_time(range) Standard deviation of the samples in the window.
  stdvar_over_time(range) Variance of the samples in the window.
  step() Distance of the query's points, in seconds.
  sum_over_time(range) Sum of the samples in the window.
  tan(v) Tangent of radians.
  tanh(v) Hyperbolic tangent.
  time() The time of evaluation, in Unix seconds.
  timestamp(v) The time of each sample, in Unix seconds.
  ts_of_first_over_time(range) Time of the oldest sample in the window.
  ts_of_last_over_time(range) Time of the newest sample in the window.
  ts_of_max_over_time(range) Time of the highest sample in the window.
  ts_of_min_over_time(range) Time of the lowest sample in the window.
  vector(s) A number as a series without labels.
  year(v) The year, of times in UTC.
`);

/** Aggregations: over series that have the labels of "by" in common. */
export const aggregations = table(`
  avg(v) Mean over series.
  bottomk(k, v) The k series with the lowest values.
  count(v) Number of series.
  count_values(label, v) Number of series for each value.
  group(v) 1 for each group.
  limit_ratio(ratio, v) A share of the series, picked by hash.
  limitk(k, v) Any k series.
  max(v) Highest over series.
  min(v) Lowest over series.
  quantile(q, v) The q-quantile (0 to 1) over series.
  stddev(v) Standard deviation over series.
  stdvar(v) Variance over series.
  sum(v) Sum over series.
  topk(k, v) The k series with the highest values.
`);

/** Words with a meaning between operands, and what it is. */
export const keywords: ReadonlyMap<string, string> = new Map([
  ['by', 'Keep these labels.'],
  ['without', 'Drop these labels.'],
  ['on', 'Match series by these labels.'],
  ['ignoring', 'Match series by all labels but these.'],
  ['group_left', 'Many series on the left match one on the right.'],
  ['group_right', 'One series on the left matches many on the right.'],
  ['offset', 'As it was so long ago.'],
  ['bool', '0 or 1 instead of a filter.'],
  ['and', 'Series that are on both sides.'],
  ['or', 'Series of the left, and those that only the right has.'],
  ['unless', 'Series of the left that the right does not have.'],
  ['atan2', 'Arc tangent of two values.'],
]);

/** Windows that are often asked for. */
export const durations = ['30s', '1m', '5m', '10m', '15m', '30m', '1h', '6h', '1d', '7d'];
