import type { Paths, Problem, PrometheusError } from './schema';

type PathWith<Method extends string> = {
  [P in keyof Paths]: Paths[P] extends Record<Method, unknown> ? P : never;
}[keyof Paths];
type Call<P extends keyof Paths, Method extends string> = Paths[P] extends Record<Method, infer C> ? C : never;
type Answer<C> = C extends { answer: infer A } ? A : never;
type Arguments<C> = (C extends { path: infer In } ? { path: In } : unknown) &
  (C extends { query: infer In } ? { query: In } : unknown) &
  (C extends { body: infer In } ? { body: In } : unknown) & { signal?: AbortSignal };

/** One field of a body is wrong: `value` (null when it is missing) breaks `rule`, which begins with "must". */
export interface FieldError {
  field: string;
  value: string | null;
  rule: string;
}

/** The server said no, or was not there (status 0). The message is for people. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Prometheus' word for it, where there is one: `bad_data`, `execution`, `timeout`, … */
    readonly errorType?: string,
    /** When to come back, in seconds, where the server says so. */
    readonly retryAfter?: number,
    /** What is wrong with the fields of a body, where the server says so. */
    readonly fieldErrors: readonly FieldError[] = [],
  ) {
    super(message);
  }
}

/**
 * Asks one of the server's routes for JSON. Paths, parameters and answers are those of docs/openapi.json.
 * @throws {ApiFailure} The server said no or could not be reached. An abort stays an abort.
 */
export function get<P extends PathWith<'get'>>(
  path: P,
  given: Arguments<Call<P, 'get'>>,
): Promise<Answer<Call<P, 'get'>>> {
  return send('GET', path, given);
}

/** Sends JSON to one of the server's routes. @throws {ApiFailure} As {@link get}. */
export function post<P extends PathWith<'post'>>(
  path: P,
  given: Arguments<Call<P, 'post'>>,
): Promise<Answer<Call<P, 'post'>>> {
  return send('POST', path, given);
}

/** Puts JSON where a route says. @throws {ApiFailure} As {@link get}. */
export function put<P extends PathWith<'put'>>(
  path: P,
  given: Arguments<Call<P, 'put'>>,
): Promise<Answer<Call<P, 'put'>>> {
  return send('PUT', path, given);
}

/** Removes what a route names. @throws {ApiFailure} As {@link get}. */
export function remove<P extends PathWith<'delete'>>(
  path: P,
  given: Arguments<Call<P, 'delete'>>,
): Promise<Answer<Call<P, 'delete'>>> {
  return send('DELETE', path, given);
}

/** The address of a route, for links and downloads. */
export function addressOf<P extends PathWith<'get'>>(
  path: P,
  given: Omit<Arguments<Call<P, 'get'>>, 'signal'>,
): string {
  const { path: parts, query } = given as Given;
  return urlOf(path, parts, query);
}

interface Given {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  signal?: AbortSignal;
}

async function send<A>(method: string, path: string, given: Given): Promise<A> {
  const { path: parts, query, body, signal } = given;
  let answer: Response;
  try {
    answer = await fetch(urlOf(path, parts, query), {
      method,
      signal,
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiFailure(0, 'The server cannot be reached.');
  }
  if (!answer.ok) throw await failureOf(answer);
  return answer.status === 204 ? (undefined as A) : ((await answer.json()) as A);
}

function urlOf(path: string, parts: Record<string, unknown> = {}, query: Record<string, unknown> = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  }
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts[name])));
  return params.size > 0 ? `${filled}?${params}` : filled;
}

/** Errors come as Prometheus' envelope or as problem details; a proxy in between may send anything. */
async function failureOf(answer: Response): Promise<ApiFailure> {
  let told: Partial<Omit<Problem, 'status' | 'errorType'> & Pick<PrometheusError, 'error'>> & {
    errorType?: string;
    errors?: FieldError[];
  } = {};
  try {
    told = await answer.json();
  } catch {
    // No JSON: the status has to do.
  }
  const wrong = told.errors?.map((one) => `${one.field || 'It'} ${one.rule}.`).join(' ');
  const text = told.error ?? told.detail ?? told.title ?? wrong ?? `The server answered ${answer.status}.`;
  const seconds = Number(answer.headers.get('Retry-After') ?? NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : undefined;
  return new ApiFailure(answer.status, text, told.errorType, retryAfter, told.errors);
}
