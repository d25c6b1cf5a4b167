import OpenAI from 'openai';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { query } from '../system/database.ts';
import { sharedSystem } from '../system/system.ts';
import { accessibilityFindings, signIn, withConsole } from './browser.ts';

const system = await sharedSystem();
const model = 'gpt-scripted';

scenario(
  ['console-usage', 'console-21-days-add-up'],
  'usage shows a run soon after its end, and days of 100,000 runs that lead to the list of runs',
  async () => {
    const { access_token: token, user_id: userId } = await system.login();
    const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: token, maxRetries: 0 });
    await client.responses.create({ model, input: 'Hello' });
    const runsOfToday = async () => {
      const { total } = await client.get<{ total: { num_runs: number } }>(`/usage?model=${model}`);
      return total.num_runs;
    };
    await expect.poll(runsOfToday).toBe(1);
    // 264 runs in each quarter of an hour from March 27 to March 30 in Berlin, where March 29 has 23 hours.
    await query(
      `insert into auth.usage_rollups
       select $1, slot, $1, '', case when n % 2 = 0 then 'even' else 'odd' end, 'p', 'openai', 264, 0, 264, 2640, 0, 0, 264, 0, 0.5
         from generate_series(timestamptz '2026-03-26T23:00Z', timestamptz '2026-03-30T21:45Z', interval '15 minutes') with ordinality s (slot, n)`,
      [userId],
    );
    await withConsole(
      async (window) => {
        const { page } = await window.open('/usage');
        await signIn(page, token);
        const groups = page.getByRole('table', { name: 'By Model' });
        await groups.getByRole('link', { name: model }).waitFor();
        expect(await accessibilityFindings(page)).toEqual([]);

        let requests = 0;
        page.on('request', (request) => (requests += Number(request.url().includes('/v1/usage'))));
        await page.getByLabel('Days of the zone').waitFor();
        await page.getByLabel('Range').selectOption('From date to date');
        await page.getByLabel('To', { exact: true }).fill('2026-03-30');
        await page.getByLabel('From', { exact: true }).fill('2026-03-27');
        const days = page.getByRole('table', { name: 'By Day' });
        await days.getByRole('row', { name: /Mar 29/ }).waitFor();
        const cells = await days.getByRole('cell').allInnerTexts();
        // Seven columns of figures; the first is the runs.
        const runs = cells.filter((_cell, place) => place % 7 === 0);
        expect(runs).toEqual(['25,344', '25,344', '24,288', '25,344', '100,320']);
        expect(await groups.getByRole('rowheader').allInnerTexts()).toEqual(['even50 %', 'odd50 %']);
        expect(requests).toBeLessThanOrEqual(3);

        await page.reload();
        await signIn(page, token);
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
);
