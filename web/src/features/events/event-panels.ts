import type { PanelDefinition } from '../../lib/charts/panel';
import { narrow, type Sampling } from '../../lib/live/sampling';
import { printDuration } from '../../lib/time/duration';
import { slug } from '../../lib/ui/download';

/** What the server knows by itself, such as the depth of a queue, comes each 5 s. */
const nowEveryMs = 5_000;
/** What is reported now and then still holds some minutes later. */
const reportedEveryMs = 100_000;

const statusNames = { succeeded: 'succeeded', failed: 'failed', timed_out: 'timed out', cancelled: 'cancelled' };
const statusColours = { succeeded: 7, failed: 4, 'timed out': 2, cancelled: 8 };

/** Three quantiles of a distribution, told apart by a label. */
function quantiles(at: Sampling, distribution: string, matcher = ''): string {
  return [0.5, 0.95, 0.99]
    .map(
      (q) =>
        `label_replace(histogram_quantile(${q}, sum by (le) (${at.total(narrow(`${distribution}_bucket`, matcher))})), ` +
        `"quantile", "p${q * 100}", "", "")`,
    )
    .join(' or ');
}

/** A share of increments: where there is a whole but no part, it is none, and not unknown. */
function shareOf(part: string, whole: string): string {
  return `(${part} or 0 * ${whole}) / ${whole}`;
}

const quantileColours = { p50: 1, p95: 2, p99: 4 };

/** The lowest bound of the server's buckets for durations: of what is shorter, only that is known. */
export const shortestSeconds = 1e-6;
/** The same for what lies between two timestamps. */
export const shortestBetweenSeconds = 1e-3;

export const taskPanels: readonly PanelDefinition[] = [
  {
    id: 'task-throughput',
    title: 'Finished tasks',
    subtitle: 'per minute, by outcome',
    unit: 'number',
    expr: (at) => `sum by (status) (${at.perMinute('task_finished')})`,
    by: ['status'],
    names: statusNames,
    colours: statusColours,
    stacked: true,
  },
  {
    id: 'task-duration',
    title: 'Duration',
    subtitle: 'of all tasks, quantiles within 19 %',
    unit: 'seconds',
    expr: (at) => quantiles(at, 'task_duration_seconds'),
    floor: shortestSeconds,
    by: ['quantile'],
    colours: quantileColours,
  },
  {
    id: 'task-success',
    title: 'Success',
    subtitle: 'share of tasks that succeeded, by type',
    unit: 'ratio',
    expr: (at) =>
      `sum by (task_type) (${at.total('task_finished{status="succeeded"}')}) / sum by (task_type) (${at.total('task_finished')})`,
    by: ['task_type'],
    max: 1,
  },
  {
    id: 'task-failures',
    title: 'Failures',
    subtitle: 'per minute, by reason',
    unit: 'number',
    expr: (at) => `sum by (reason) (${at.perMinute('task_failures')})`,
    by: ['reason'],
    stacked: true,
    optional: true,
  },
  {
    id: 'task-queues',
    title: 'Queues',
    subtitle: 'tasks that wait to be started',
    unit: 'count',
    expr: (at) => `sum by (queue) (${at.gauge('task_queue_depth')})`,
    by: ['queue'],
    everyMs: nowEveryMs,
    optional: true,
  },
  {
    id: 'task-workers',
    title: 'Workers',
    subtitle: 'with a task in hand, by component',
    unit: 'count',
    expr: (at) => `sum by (component) (${at.gauge('task_workers_active')})`,
    by: ['component'],
    everyMs: nowEveryMs,
    optional: true,
  },
  {
    id: 'task-errors-by-component',
    title: 'Errors by component',
    subtitle: 'share of tasks that did not succeed',
    unit: 'ratio',
    expr: (at) =>
      `sum by (component) (${at.total('task_finished{status!="succeeded"}')}) / sum by (component) (${at.total('task_finished')})`,
    by: ['component'],
    optional: true,
  },
  {
    id: 'task-wait',
    title: 'Waiting in queues',
    subtitle: 'from queued to started',
    unit: 'seconds',
    expr: (at) => quantiles(at, 'task_wait_seconds'),
    floor: shortestBetweenSeconds,
    by: ['quantile'],
    colours: quantileColours,
    optional: true,
  },
];

export const pipelinePanels: readonly PanelDefinition[] = [
  {
    id: 'pipeline-lag',
    title: 'Lag',
    subtitle: 'by stage, as last reported',
    unit: 'seconds',
    expr: (at) => at.gauge('pipeline_lag_seconds'),
    by: ['pipeline', 'stage'],
    everyMs: reportedEveryMs,
    optional: true,
  },
  {
    id: 'pipeline-backlog',
    title: 'Backlog',
    subtitle: 'records that wait, as last reported',
    unit: 'count',
    expr: (at) => at.gauge('pipeline_backlog_records'),
    by: ['pipeline', 'stage'],
    everyMs: reportedEveryMs,
    optional: true,
  },
  {
    id: 'pipeline-in',
    title: 'Records in',
    subtitle: 'per minute, by stage',
    unit: 'number',
    expr: (at) => at.perMinute('pipeline_records_in'),
    by: ['pipeline', 'stage'],
  },
  {
    id: 'pipeline-out',
    title: 'Records out',
    subtitle: 'per minute, by stage',
    unit: 'number',
    expr: (at) => at.perMinute('pipeline_records_out'),
    by: ['pipeline', 'stage'],
  },
  {
    id: 'pipeline-runs',
    title: 'Runs',
    subtitle: 'ended, per minute, by outcome',
    unit: 'number',
    expr: (at) => `sum by (status) (${at.perMinute('pipeline_runs')})`,
    by: ['status'],
    names: statusNames,
    colours: statusColours,
    stacked: true,
    optional: true,
  },
  {
    id: 'pipeline-duration',
    title: 'Duration',
    subtitle: 'of runs, quantiles within 19 %',
    unit: 'seconds',
    expr: (at) => quantiles(at, 'pipeline_duration_seconds'),
    floor: shortestSeconds,
    by: ['quantile'],
    colours: quantileColours,
    optional: true,
  },
];

/** The charts of one model, a line for each of its versions. */
export function modelPanels(model: string): readonly PanelDefinition[] {
  const of = (metric: string) => `${metric}{model=${JSON.stringify(model)}}`;
  const panels: PanelDefinition[] = [
    {
      id: 'model-accuracy',
      title: 'Accuracy',
      subtitle: 'share of judged predictions that were right, by version',
      unit: 'ratio',
      // Models of numbers are judged, but neither right nor wrong.
      expr: (at) =>
        shareOf(
          `sum by (version) (${at.total(of('model_correct'))})`,
          `sum by (version) (${at.total(of('model_outcomes'))})`,
        ),
      by: ['version'],
      max: 1,
      optional: true,
    },
    {
      id: 'model-error',
      title: 'Mean absolute error',
      subtitle: 'of predicted numbers, by version',
      unit: 'number',
      expr: (at) =>
        `sum by (version) (${at.total(of('model_absolute_error'))}) / sum by (version) (${at.total(of('model_judged'))})`,
      by: ['version'],
      optional: true,
    },
    {
      id: 'model-judged',
      title: 'Judged so far',
      subtitle: 'share of predictions whose outcome is known by now',
      unit: 'ratio',
      expr: (at) =>
        shareOf(
          `sum by (version) (${at.total(of('model_judged'))})`,
          `sum by (version) (${at.total(of('model_predictions'))})`,
        ),
      by: ['version'],
      max: 1,
      optional: true,
    },
    {
      id: 'model-predictions',
      title: 'Predictions',
      subtitle: 'per minute, by version',
      unit: 'number',
      expr: (at) => `sum by (version) (${at.perMinute(of('model_predictions'))})`,
      by: ['version'],
    },
    {
      id: 'model-duration',
      title: 'Time of a prediction',
      subtitle: 'quantiles, within 19 % from 1 ms on',
      unit: 'seconds',
      expr: (at) => quantiles(at, 'model_duration_seconds', `model=${JSON.stringify(model)}`),
      floor: shortestSeconds,
      by: ['quantile'],
      colours: quantileColours,
      optional: true,
    },
  ];
  // Panels keep their definition for life: those of another model are others.
  return panels.map((panel) => ({ ...panel, id: `${panel.id}-${slug(model)}` }));
}

export const activityPanels: readonly PanelDefinition[] = [
  {
    id: 'activity-users',
    title: 'Concurrent users',
    subtitle: 'different ones within a minute',
    unit: 'count',
    // The count of a minute begins anew with it: the most of two halves, or each point would say how much of it is over.
    expr: (at) => `max_over_time(activity_users{window="1m"}[${printDuration(at.totalMs)}])`,
    by: ['window'],
    names: { '1m': 'users' },
    everyMs: nowEveryMs,
  },
  {
    id: 'activity-sessions',
    title: 'Sessions',
    subtitle: 'begun, per minute',
    unit: 'number',
    expr: (at) => `sum(${at.perMinute('activity_sessions')})`,
  },
  {
    id: 'activity-pages',
    title: 'Pages',
    subtitle: 'views per minute',
    unit: 'number',
    expr: (at) => `sum by (page) (${at.perMinute('activity_page_views')})`,
    by: ['page'],
    optional: true,
  },
  {
    id: 'activity-api',
    title: 'API calls',
    subtitle: 'per minute, by endpoint',
    unit: 'number',
    expr: (at) => `sum by (api) (${at.perMinute('activity_api_calls')})`,
    by: ['api'],
    optional: true,
  },
];

export const businessPanels: readonly PanelDefinition[] = [
  {
    id: 'business-events',
    title: 'What happened',
    subtitle: 'per minute, by name',
    unit: 'number',
    expr: (at) => `sum by (name) (${at.perMinute('business_events')})`,
    by: ['name'],
  },
  {
    id: 'business-revenue',
    title: 'Revenue',
    subtitle: 'value of orders, per minute',
    unit: 'count',
    expr: (at) => `sum by (currency) (${at.perMinute('business_value{name="order"}')})`,
    by: ['currency'],
    optional: true,
  },
  {
    id: 'business-conversion',
    title: 'Conversion',
    subtitle: 'orders of begun checkouts, and of product views',
    unit: 'ratio',
    expr: (at) =>
      ['checkout_started', 'product_view']
        .map(
          (name) =>
            `label_replace(sum(${at.total('business_events{name="order"}')}) / ` +
            `sum(${at.total(`business_events{name="${name}"}`)}), "of", "${name}", "", "")`,
        )
        .join(' or '),
    by: ['of'],
    names: { checkout_started: 'of checkouts', product_view: 'of product views' },
    optional: true,
  },
  {
    id: 'business-abandoned',
    title: 'Abandoned carts',
    subtitle: 'share of carts without an order in the same time',
    unit: 'ratio',
    expr: (at) =>
      `clamp_min(1 - sum(${at.total('business_events{name="order"}')}) / sum(${at.total('business_events{name="cart_created"}')}), 0)`,
    optional: true,
  },
];
