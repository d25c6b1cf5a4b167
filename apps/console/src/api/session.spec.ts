import { afterEach, beforeEach, expect, it, vi } from 'vitest';

/** The server's side: the browser's login as the number of its last token; every answer of the API is of the token that it came with. */
const server = { login: 0, renewals: 0, expiresInS: 900, refused: new Set<string>(), isAway: false };

beforeEach(() => {
  Object.assign(server, { login: 1, renewals: 0, expiresInS: 900, refused: new Set(), isAway: false });
  vi.stubGlobal('fetch', async (path: string, { method, headers }: RequestInit) => {
    if (server.isAway) throw new TypeError('fetch failed');
    await new Promise(setImmediate);
    if (path.startsWith('/console/session')) return sessionAnswer(path, method ?? 'GET');
    const token = new Headers(headers).get('authorization')?.slice('Bearer '.length) ?? '';
    return Response.json({ token }, { status: token === '' || server.refused.has(token) ? 401 : 200 });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function sessionAnswer(path: string, method: string): Response {
  if (method === 'DELETE') {
    server.login = 0;
    return new Response(null, { status: 204 });
  }
  if (path === '/console/session') server.login = 100;
  else server.renewals++;
  if (server.login === 0) return Response.json({ access_token: null, expires_in: null });
  return Response.json({ access_token: `token_${server.login++}`, expires_in: server.expiresInS });
}

/** A tab of the browser: the modules of a page that was just opened. */
async function openTab() {
  vi.resetModules();
  const session = await import('./session.ts');
  const { getJson } = await import('./http.ts');
  return { session, read: async () => (await getJson<{ token: string }>('/v1/things')).token };
}

it('keeps one token for all requests of a page', async () => {
  const tab = await openTab();
  expect(await Promise.all([tab.read(), tab.read(), tab.read()])).toEqual(Array(3).fill('token_1'));
  expect(server.renewals).toBe(1);
});

it('renews a token before its end, once for requests at the same time', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const tab = await openTab();
  await tab.read();
  vi.setSystemTime(Date.now() + 839_000);
  expect(await tab.read()).toBe('token_1');
  vi.setSystemTime(Date.now() + 2_000);
  expect(await Promise.all([tab.read(), tab.read()])).toEqual(['token_2', 'token_2']);
});

it('lets tabs renew one after the other, each with its own token', async () => {
  const tabs = [await openTab(), await openTab()];
  const tokens = await Promise.all(tabs.map(({ read }) => read()));
  expect(new Set(tokens)).toEqual(new Set(['token_1', 'token_2']));
});

it('repeats a refused request once with another token', async () => {
  const tab = await openTab();
  await tab.read();
  server.refused = new Set(['token_1']);
  expect(await Promise.all([tab.read(), tab.read()])).toEqual(['token_2', 'token_2']);
  expect(tab.session.whySignIn()).toBeNull();
  server.refused = new Set(['token_2', 'token_3']);
  await expect(tab.read()).rejects.toMatchObject({ status: 401 });
  expect(tab.session.whySignIn()).toBe('refused');
});

it('asks for a login where the browser has none, and works after it', async () => {
  server.login = 0;
  const tab = await openTab();
  await expect(tab.read()).rejects.toMatchObject({ status: 401 });
  expect([tab.session.whySignIn(), tab.session.wasUsed()]).toEqual(['refused', false]);
  await tab.session.signIn('sk_1');
  expect(await tab.read()).toBe('token_100');
  expect(tab.session.wasUsed()).toBe(true);
});

it('signs all tabs out', async () => {
  const [one, two] = [await openTab(), await openTab()];
  await Promise.all([one.read(), two.read()]);
  const changed = new Promise<void>((resolve) => two.session.subscribe(resolve));
  await one.session.signOut();
  await changed;
  await expect(two.read()).rejects.toMatchObject({ status: 401 });
});

it('does not take a server that is away for the end of the login', async () => {
  const tab = await openTab();
  server.isAway = true;
  await expect(tab.read()).rejects.toMatchObject({ isAway: true });
  server.isAway = false;
  expect(await tab.read()).toBe('token_1');
});
