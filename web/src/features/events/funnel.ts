import { get } from '../../lib/api/api';
import type { Paths } from '../../lib/api/schema';
import { boundsOf } from '../../lib/time/bounds';
import type { TimeRange } from '../../lib/time/range';

export type FunnelAnswer = Paths['/api/v1/funnel']['get']['answer'];
export type Journey = Paths['/api/v1/activity/journeys']['get']['answer']['journeys'][number];

/** What the address says of a funnel. Without steps of its own it is that of the journey that most people are on. */
export interface FunnelState {
  steps: string[];
  within: string;
}

export const defaultWithin = '1d';
/** How much time a way may take, from its first step. */
export const withinChoices = ['10m', '1h', '1d', '7d', '30d'];

export function readFunnel(params: URLSearchParams): FunnelState {
  const within = params.get('within') ?? defaultWithin;
  return {
    steps: params.getAll('step').filter((step) => step.length > 0),
    within: withinChoices.includes(within) ? within : defaultWithin,
  };
}

/** @param change steps: none at all stand for the default. */
export function writeFunnel(params: URLSearchParams, change: Partial<FunnelState>): URLSearchParams {
  const { steps, within } = { ...readFunnel(params), ...change };
  const next = new URLSearchParams(params);
  next.delete('step');
  for (const step of steps) next.append('step', step);
  if (within === defaultWithin) next.delete('within');
  else next.set('within', within);
  return next;
}

/** The steps of a journey, as steps over any events. */
export function stepsOf({ journey, steps }: Journey): string[] {
  return steps.map((step) => `activity:${journey}/${step}`);
}

/** Business events that usually follow each other. */
const usualWay = ['product_view', 'cart_created', 'checkout_started', 'order'];

/** The way to show when the address names none: the journey of most people, else what shops know. */
export function defaultSteps(journeys: readonly Journey[], business: readonly string[]): string[] {
  const most = [...journeys].sort((a, b) => b.subjects - a.subjects || a.journey.localeCompare(b.journey))[0];
  if (most) return stepsOf(most);
  const known = usualWay.filter((name) => business.includes(name));
  return known.length > 1 ? known.map((name) => `business:${name}`) : [];
}

/** How a step is called for people: its name, and what it is. */
export function readStep(step: string): { name: string; kind: string } {
  const at = step.indexOf(':');
  if (at < 0) return { name: step, kind: 'event' };
  const [kind, name] = [step.slice(0, at), step.slice(at + 1)];
  if (kind !== 'activity') return { name, kind };
  const slash = name.indexOf('/');
  return { name: name.slice(slash + 1), kind: name.slice(0, slash) };
}

/** Steps that can be chosen, by what they are. */
export interface StepGroup {
  title: string;
  steps: string[];
}

export interface KnownSteps {
  journeys: Journey[];
  business: string[];
  features: string[];
  pages: string[];
  apis: string[];
  /** Types that senders made up. */
  types: string[];
}

export async function askKnownSteps(range: TimeRange, signal: AbortSignal): Promise<KnownSteps> {
  const { start, end } = boundsOf(range);
  const values = async (metric: string, label: string) =>
    (
      await get('/api/v1/label/{name}/values', {
        path: { name: label },
        query: { 'match[]': [metric], start, end },
        signal,
      })
    ).data;
  const [journeys, business, features, pages, apis, kinds] = await Promise.all([
    get('/api/v1/activity/journeys', { query: { start, end }, signal }),
    values('business_events', 'name'),
    values('activity_feature_uses', 'feature'),
    values('activity_page_views', 'page'),
    values('activity_api_calls', 'api'),
    get('/api/v1/events/kinds', { signal }),
  ]);
  const types = kinds.kinds.filter(({ kind }) => kind === 'custom').flatMap((one) => one.types.map(({ type }) => type));
  return { journeys: journeys.journeys, business, features, pages, apis, types };
}

export function stepGroups(known: KnownSteps): StepGroup[] {
  const named = (prefix: string, names: readonly string[]) => names.map((name) => `${prefix}:${name}`);
  return [
    ...known.journeys.map((journey) => ({ title: `Journey ${journey.journey}`, steps: stepsOf(journey) })),
    { title: 'Business', steps: named('business', known.business) },
    { title: 'Features', steps: named('feature', known.features) },
    { title: 'Pages', steps: named('page', known.pages) },
    { title: 'API calls', steps: named('api', known.apis) },
    { title: 'Other events', steps: known.types },
  ].filter((group) => group.steps.length > 0);
}

/** One step as it is drawn. */
export interface FunnelRow {
  step: string;
  name: string;
  kind: string;
  entered: number;
  /** Of those who did the first step. */
  conversion: number;
  /** Of those who did the step before; 0 for the first. */
  dropOff: number;
  lost: number;
  /** Seconds; NaN when nobody came so far. */
  afterSeconds: number;
  /** It loses clearly more people than any other step: a tenth more, so that chance does not point at one. */
  worst: boolean;
}

export function funnelRows({ steps }: FunnelAnswer): FunnelRow[] {
  const lost = steps.map((one, i) => (i === 0 ? 0 : steps[i - 1].entered - one.entered));
  const [most = 0, next = 0] = [...lost].sort((a, b) => b - a);
  return steps.map((one, i) => ({
    step: one.step,
    ...readStep(one.step),
    entered: one.entered,
    conversion: one.conversion,
    dropOff: one.drop_off,
    lost: lost[i],
    afterSeconds: one.median_seconds_from_previous ?? NaN,
    worst: most > next * 1.1 && i === lost.indexOf(most),
  }));
}

/** Moves a step one place to the front. */
export function earlier(steps: readonly string[], i: number): string[] {
  const next = [...steps];
  [next[i - 1], next[i]] = [next[i], next[i - 1]];
  return next;
}
