import { afterEach, describe, expect, it, vi } from 'vitest';
import { addressOf, ApiFailure, get, post } from './api';

function answering(body: unknown, init: ResponseInit = {}) {
  const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>(() =>
    Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), init)),
  );
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

afterEach(() => vi.unstubAllGlobals());

describe('get', () => {
  it('puts parameters where they belong and gives the answer', async () => {
    const fetched = answering({ status: 'success', data: ['a'] });
    const signal = new AbortController().signal;
    const answer = await get('/api/v1/label/{name}/values', {
      path: { name: 'a/b' },
      query: { 'match[]': ['up', '{job="x y"}'], limit: 5, start: undefined },
      signal,
    });
    expect(answer.data).toEqual(['a']);
    const [url, init] = fetched.mock.calls[0];
    expect(url).toBe('/api/v1/label/a%2Fb/values?match%5B%5D=up&match%5B%5D=%7Bjob%3D%22x+y%22%7D&limit=5');
    expect(init).toMatchObject({ method: 'GET', signal });
  });

  it("tells Prometheus' errors", async () => {
    answering({ status: 'error', errorType: 'bad_data', error: '1:1: parse error' }, { status: 400 });
    const failure = await get('/api/v1/query', { query: { query: '(' } }).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(ApiFailure);
    expect(failure).toMatchObject({ status: 400, message: '1:1: parse error', errorType: 'bad_data' });
  });

  it('tells problem details and when to come back', async () => {
    answering({ title: 'Not now', detail: 'Too many.', status: 503 }, { status: 503, headers: { 'Retry-After': '4' } });
    await expect(get('/api/v1/sources', {})).rejects.toMatchObject({
      status: 503,
      message: 'Too many.',
      retryAfter: 4,
    });
  });

  it('makes do with the status when somebody else answers', async () => {
    answering('<html>', { status: 502 });
    await expect(get('/api/v1/sources', {})).rejects.toMatchObject({
      status: 502,
      message: 'The server answered 502.',
    });
  });

  it('says that nobody is there', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
    await expect(get('/api/v1/sources', {})).rejects.toMatchObject({
      status: 0,
      message: 'The server cannot be reached.',
    });
  });

  it('leaves an abort an abort', async () => {
    const abort = new AbortController();
    abort.abort();
    const cause = new DOMException('aborted', 'AbortError');
    vi.stubGlobal('fetch', () => Promise.reject(cause));
    await expect(get('/api/v1/sources', { signal: abort.signal })).rejects.toBe(cause);
  });
});

describe('post', () => {
  it('sends JSON', async () => {
    const fetched = answering({ data: [], expression: 'up', step: '1m', warnings: [] });
    const answer = await post('/api/v1/metrics/query', { body: { metric_name: 'up' } });
    expect(answer.expression).toBe('up');
    expect(fetched.mock.calls[0][1]).toMatchObject({ method: 'POST', body: '{"metric_name":"up"}' });
  });

  it('takes an answer without a body', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 204 })));
    await expect(get('/ping', {})).resolves.toBeUndefined();
  });
});

describe('addressOf', () => {
  it('is a link', () => {
    expect(addressOf('/api/v1/export', { query: { query: 'up', start: '0', end: '1', step: '1s' } })).toBe(
      '/api/v1/export?query=up&start=0&end=1&step=1s',
    );
  });
});
