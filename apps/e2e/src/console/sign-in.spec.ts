import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { surroundings } from '../system/surroundings.ts';
import { sharedSystem } from '../system/system.ts';
import { leaveAndReturn, signIn, withConsole } from './browser.ts';

const system = await sharedSystem();

const pageTitle = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

scenario('console-23-no-credentials', 'no credential is left where others can read it', async () => {
  const { key } = await newKey();
  await withConsole(async (window) => {
    const { page } = await window.open('/runs');
    const tokens = new Set<string>();
    page.on('request', (request) => {
      const bearer = request.headers()['authorization'];
      if (bearer !== undefined) tokens.add(bearer.slice('Bearer '.length));
    });
    await signIn(page, key);
    await pageTitle(page, 'Runs').waitFor();
    await page.reload();
    await pageTitle(page, 'Runs').waitFor();
    const cookies = await page.context().cookies(`${system.url}/console/session/token`);
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/console/session' }]);
    await expect.poll(() => tokens.size).toBe(2);

    const secrets = [key, ...tokens, ...cookies.map(({ value }) => value)];
    const readable = await page.evaluate<string>(
      'JSON.stringify([location.href, document.cookie, { ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML])',
    );
    const { logFolder } = surroundings();
    const logs = readdirSync(logFolder).map((name) => readFileSync(join(logFolder, name), 'utf8'));
    expect(logs.join('').length).toBeGreaterThan(0);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      for (const text of [readable, ...logs]) expect(text.includes(secret)).toBe(false);
    }
  });
});

scenario('console-28-tabs', 'two tabs renew their tokens, and one of them signs both out', async () => {
  await withConsole(async (window) => {
    const { page: one } = await window.open('/runs');
    await signIn(one, await system.token());
    const { page: two } = await window.open('/runs');
    await pageTitle(two, 'Runs').waitFor();
    const renewals = [one, two].map((page) => {
      const answered = page.waitForResponse(`${system.url}/console/session/token`);
      return answered.then((answer) => answer.status());
    });
    // Both pages find their tokens at their end, at the same time.
    await Promise.all(
      [one, two].map((page) => page.evaluate('Date.now = ((now) => () => now() + 870_000)(Date.now)')),
    );
    await Promise.all([one, two].map((page) => page.getByRole('link', { name: 'Webhooks' }).click()));
    expect(await Promise.all(renewals)).toEqual([200, 200]);
    await Promise.all([one.reload(), two.reload()]);
    await Promise.all([pageTitle(one, 'Webhooks').waitFor(), pageTitle(two, 'Webhooks').waitFor()]);

    await one.getByRole('link', { name: 'Settings' }).click();
    await one.getByRole('button', { name: 'Sign out' }).click();
    await Promise.all([pageTitle(one, 'Sign in').waitFor(), pageTitle(two, 'Sign in').waitFor()]);
  });
});

scenario(
  'console-28-tabs',
  'a user whose login has ended signs in again, and finds what was typed',
  async () => {
    await withConsole(async (window) => {
      const { page } = await window.open('/playground');
      await page.getByLabel('API key or access token').fill('sk_wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('unknown, expired or revoked').waitFor();
      await page.getByRole('button', { name: 'Continue as a guest' }).click();
      await page.getByLabel('Message').fill('What I typed');
      await page.context().clearCookies();
      const { access_token: other } = await system.login();
      await page.route('**/v1/**', (route) =>
        route.fulfill({ status: 401, json: { error: { message: 'ended' } } }),
      );
      await leaveAndReturn(page);
      await page.getByText('Your session has ended.').waitFor();
      await page.unroute('**/v1/**');
      await signIn(page, other);
      expect(await page.getByLabel('Message').inputValue()).toBe('What I typed');
    });
  },
);

async function newKey(): Promise<{ key: string }> {
  const answer = await fetch(`${system.url}/auth/api-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await system.token()}`, 'content-type': 'application/json' },
    body: '{}',
  });
  return (await answer.json()) as { key: string };
}
