import { parseDuration, printDuration } from '../../lib/time/duration';

export type View = 'chart' | 'table' | 'stats';
export type Drawing = 'line' | 'area' | 'stacked';

/** One query of the page, as its address has it. */
export interface QueryState {
  /** "a" to "h": the name of its parameters. */
  id: string;
  expr: string;
  on: boolean;
  view: View;
  drawing: Drawing;
  /** So many series are drawn at most. */
  limit: number;
  /** Of the legend: the column, with "-" in front when descending. */
  sort: string;
  /** Of the legend and the table. */
  find: string;
}

export interface PageState {
  queries: readonly QueryState[];
  /** Null: by the range. */
  stepMs: number | null;
  panel: Panel | null;
}

export type Panel = 'metrics' | 'history';

export const ids = [...'abcdefgh'];
export const limits = [100, 500, 1000];
/** What is highest now is looked for first. */
export const defaultSort = '-last';

const views: readonly View[] = ['chart', 'table', 'stats'];
const drawings: readonly Drawing[] = ['line', 'area', 'stacked'];
const panels: readonly Panel[] = ['metrics', 'history'];

export function emptyQuery(id: string): QueryState {
  return { id, expr: '', on: true, view: 'chart', drawing: 'line', limit: limits[0], sort: defaultSort, find: '' };
}

/** Reads the page's state from an address. What makes no sense is taken for the default: a link never breaks the page. */
export function readState(params: URLSearchParams): PageState {
  const queries = ids
    .filter((id) => params.has(id))
    .map((id) => {
      const limit = Number(params.get(`${id}.limit`));
      return {
        ...emptyQuery(id),
        expr: params.get(id)!,
        on: params.get(`${id}.on`) !== '0',
        view: oneOf(views, params.get(`${id}.view`)) ?? 'chart',
        drawing: oneOf(drawings, params.get(`${id}.draw`)) ?? 'line',
        limit: limits.includes(limit) ? limit : limits[0],
        sort: params.get(`${id}.sort`) ?? defaultSort,
        find: params.get(`${id}.find`) ?? '',
      };
    });
  const step = parseDuration(params.get('step') ?? '');
  return {
    queries: queries.length > 0 ? queries : [emptyQuery(ids[0])],
    stepMs: step !== null && step >= 1000 ? Math.round(step / 1000) * 1000 : null,
    panel: oneOf(panels, params.get('panel')),
  };
}

/** Writes the state over the parameters that are there (the time range); defaults are left out. */
export function writeState(params: URLSearchParams, state: PageState): URLSearchParams {
  const next = new URLSearchParams();
  for (const [name, value] of params)
    if (!ids.includes(name.split('.')[0]) && name !== 'step' && name !== 'panel') next.set(name, value);
  for (const query of state.queries) {
    const { id } = query;
    if (query.expr !== '' || state.queries.length > 1) next.set(id, query.expr);
    const set = (name: string, value: string, fallback: string) => {
      if (value !== fallback) next.set(`${id}.${name}`, value);
    };
    set('on', query.on ? '1' : '0', '1');
    set('view', query.view, 'chart');
    set('draw', query.drawing, 'line');
    set('limit', String(query.limit), String(limits[0]));
    set('sort', query.sort, defaultSort);
    set('find', query.find, '');
  }
  if (state.stepMs !== null) next.set('step', printDuration(state.stepMs));
  if (state.panel !== null) next.set('panel', state.panel);
  return next;
}

function oneOf<T extends string>(known: readonly T[], text: string | null): T | null {
  return known.find((one) => one === text) ?? null;
}
