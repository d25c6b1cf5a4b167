import OpenAI from 'openai';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { query } from '../system/database.ts';
import { sharedSystem } from '../system/system.ts';
import { accessibilityFindings, withConsole } from './browser.ts';

const system = await sharedSystem();
const model = 'gpt-scripted';

scenario(
  ['console-usage', 'console-21-days-add-up'],
  'usage shows a run soon after its end, and days of 100,000 runs that lead to the list of runs',
  async () => {
    const { access_token: token, user_id: userId } = await system.login();
    const clientWith = (apiKey: string) => new OpenAI({ baseURL: `${system.url}/v1`, apiKey, maxRetries: 0 });
    const client = clientWith(token);
    await client.responses.create({ model, input: 'Hello' });
    const { id: keyId, key } = await client.post<{ id: string; key: string }>(
      `${system.url}/llm/auth/api-keys`,
      { body: { name: 'ci' } },
    );
    await clientWith(key).responses.create({ model, input: 'By a program' });
    const runsOfToday = async () => {
      const { total } = await client.get<{ total: { num_runs: number } }>(`/usage?model=${model}`);
      return total.num_runs;
    };
    await expect.poll(runsOfToday).toBe(2);
    // 264 runs in each quarter of an hour from March 27 to March 30 in Berlin, where March 29 has 23 hours.
    await query(
      `insert into auth.usage_rollups
       select $1, slot, $1, '', case when n % 2 = 0 then 'even' else 'odd' end, 'p', 'openai', 264, 0, 264, 2640, 0, 0, 264, 0, 0.5
         from generate_series(timestamptz '2026-03-26T23:00Z', timestamptz '2026-03-30T21:45Z', interval '15 minutes') with ordinality s (slot, n)`,
      [userId],
    );
    await withConsole(
      async (window) => {
        await window.signIn(token);
        const { page } = await window.open('/usage');
        const groups = page.getByRole('table', { name: 'By Model' });
        await groups.getByRole('link', { name: model }).waitFor();
        expect(await accessibilityFindings(page)).toEqual([]);

        // Figures keep their names until those of another grouping are there.
        const [asked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        await page.route(/group_by=key/, async (route) => {
          asked.resolve();
          await goOn.promise;
          await route.continue();
        });
        await page.getByLabel('Divided by').selectOption('API key');
        await asked.promise;
        await groups.getByRole('link', { name: model }).waitFor();
        goOn.resolve();

        const rows = page.locator('[data-index]');
        const divideBy = async (group: string) => {
          await page.getByLabel('Divided by').selectOption(group);
          return page.getByRole('table', { name: `By ${group}` }).getByRole('link');
        };
        await (await divideBy('API key')).filter({ hasText: 'ci' }).click();
        await expect.poll(() => rows.allInnerTexts()).toEqual([expect.stringContaining('By a program')]);
        const chosen = page.getByLabel('API key').locator('option:checked');
        await expect.poll(() => chosen.allInnerTexts()).toEqual(['ci']);
        expect(new URL(page.url()).searchParams.get('api_key_id')).toBe(keyId);
        await page.goBack();
        await (await divideBy('Provider')).filter({ hasText: 'openai' }).click();
        await expect.poll(() => rows.count()).toBe(2);
        await page.goBack();
        await (await divideBy('Model')).filter({ hasText: model }).waitFor();
        await expect.poll(() => page.locator('[aria-busy=true]').count()).toBe(0);

        let requests = 0;
        page.on('request', (request) => (requests += Number(request.url().includes('/v1/usage'))));
        await page.getByRole('link', { name: 'Europe/Berlin' }).waitFor();
        await page.getByLabel('Range').selectOption('From date to date');
        await page.getByLabel('To', { exact: true }).fill('2026-03-30');
        await page.getByLabel('From', { exact: true }).fill('2026-03-27');
        const days = page.getByRole('table', { name: 'By Day' });
        await days.getByRole('row', { name: /Mar 29/ }).waitFor();
        // Seven columns of figures; the first is the runs.
        const runs = async () =>
          (await days.getByRole('cell').allInnerTexts()).filter((_cell, place) => place % 7 === 0);
        await expect.poll(runs).toEqual(['25,344', '25,344', '24,288', '25,344', '100,320']);
        expect(await groups.getByRole('rowheader').allInnerTexts()).toEqual(['even50 %', 'odd50 %']);
        expect(requests).toBeLessThanOrEqual(3);

        // A click at the lowest part of the third bar.
        const plot = page.locator('.u-over');
        const { width = 0, height = 0 } = (await plot.boundingBox()) ?? {};
        await plot.click({ position: { x: (2.5 * width) / 4, y: 0.9 * height } });
        await page.waitForURL((url) => url.searchParams.get('model') === 'even');
        expect(new URL(page.url()).searchParams.get('created_after')).toBe('2026-03-28T23:00:00.000Z');
        await page.goBack();
        await page.reload();
        await days.getByRole('link', { name: /Mar 29/ }).click();
        await page.waitForURL((url) => url.pathname.endsWith('/runs'));
        const { searchParams } = new URL(page.url());
        expect(Object.fromEntries(searchParams)).toMatchObject({
          created_after: '2026-03-28T23:00:00.000Z',
          created_before: '2026-03-29T22:00:00.000Z',
        });
      },
      { timezoneId: 'Europe/Berlin', locale: 'en-US' },
    );
  },
  60_000,
);
