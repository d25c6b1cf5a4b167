import { statSync } from 'node:fs';
import { text, toolCall } from '@antiphon/service-kit/testing';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { become, signIn, withConsole } from './browser.ts';
import { callOf, outputOf, removeRuns, storeManyRuns, storeRun, turnOf } from './stored-runs.ts';

const system = await sharedSystem();
const { provider, web } = system;

/** The search of the page's address, as the browser has it. */
const searchOf = (page: Page) => new URL(page.url()).searchParams;
const post = async (token: string, path: string, body: object) => {
  const answer = await fetch(system.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { id: string };
};

scenario(
  ['console-13-many-runs', 'console-16-address', 'console-17-lists'],
  '100,000 runs are a page of rows, filters are in the address, and keys move through the list',
  async () => {
    const { access_token: token, user_id: userId } = await system.login();
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/runs?status=failed');
      await page.getByText('No run fits the filters').waitFor();
      await page.getByRole('button', { name: 'Clear the filters' }).click();
      await page.getByText('No runs yet').waitFor();

      await storeManyRuns(userId, 100_000);
      try {
        const pages: string[] = [];
        page.on('request', (request) => {
          const { pathname, search } = new URL(request.url());
          if (pathname === '/v1/runs') pages.push(search);
        });
        await page.getByLabel('Dialect').selectOption('openai');
        const rows = page.locator('[data-index]');
        await rows.first().waitFor();
        expect(pages).toEqual(['?limit=50&dialect=openai']);
        expect(await rows.count()).toBeLessThan(60);

        // One request a page, and few rows in the document, wherever the list is scrolled.
        const loaded = () =>
          page.evaluate(`document.querySelector('[data-index]').closest('ul').offsetHeight / 52`);
        const focused = () => page.evaluate('Number(document.activeElement.dataset.index)');
        await rows.first().focus();
        // A press while a page is on its way goes to the end of what is there.
        const goToEnd = async () => {
          await page.keyboard.press('End');
          return loaded();
        };
        await expect.poll(goToEnd).toBeGreaterThanOrEqual(300);
        await expect.poll(async () => 50 * pages.length - Number(await loaded())).toBe(0);
        expect(await rows.count()).toBeLessThan(60);
        // A press while scrolling replaces the rows may meet none of them.
        const goUp = async () => {
          await page.keyboard.press('ArrowUp');
          return focused();
        };
        await expect.poll(goUp).toBeGreaterThanOrEqual(248);
        const at = Number(await focused());
        await expect.poll(goUp).toBeLessThan(at);
        // The first pages were left; going to the top loads the list from its beginning.
        await page.keyboard.press('Home');
        await page.locator('[data-index="0"]').waitFor();

        await page.getByLabel('Status').selectOption('failed');
        await expect.poll(() => rows.first().innerText()).toContain('Failed');
        expect(Object.fromEntries(searchOf(page))).toEqual({ dialect: 'openai', status: 'failed' });
        await page.keyboard.press('Enter');
        await page.goBack();
        await expect.poll(() => rows.first().innerText()).toContain('Completed');
        expect(await page.getByLabel('Status').inputValue()).toBe('');
      } finally {
        await removeRuns(userId);
      }
    });
  },
  120_000,
);

scenario(
  ['console-14-fits', 'console-16-address', 'console-17-lists'],
  'runs of 10 ms and of 2 h fit when they are opened, and the last bar can be reached',
  async () => {
    const { access_token: token, user_id: userId } = await system.login();
    const at = Date.now() - 10_000_000;
    const short = await storeRun(userId, {
      createdAt: at,
      completedAt: at + 10,
      turns: [turnOf(at + 1, 8, 0)],
    });
    const hours = 7_200_000;
    const calls = Array.from({ length: 200 }, (_, n) => ({
      callId: `call_${n}`,
      startedAt: at + n * 36_000,
      durationMs: 30_000,
    }));
    const long = await storeRun(userId, {
      createdAt: at,
      completedAt: at + hours,
      turns: [turnOf(at, 900, 0), turnOf(at + hours - 1_000, 1_000, 1)],
      output: calls.flatMap((call) => [callOf(call), outputOf(call.callId, `Output of ${call.callId}`)]),
    });
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/runs');
      const opened = async (id: string) => {
        await page.locator(`a[href$="${id}"]`).click();
        await page.getByRole('tree').waitFor();
      };
      /** The bars of a row, in parts of the width of the timeline. */
      const barsOf = (label: string) =>
        page
          .getByRole('treeitem')
          .filter({ hasText: label })
          .last()
          .locator('rect')
          // The types of the browser are not known here.
          .evaluateAll((bars: { getAttribute(name: string): string | null }[]) =>
            bars.map((bar) => ['x', 'width'].map((name) => Number(bar.getAttribute(name)) / 100)),
          );
      await opened(short);
      expect(await barsOf('stored-model')).toEqual([[0.1, 0.8]]);
      await page.goBack();

      await opened(long);
      expect(await page.getByRole('treeitem').count()).toBeLessThan(60);
      await page.getByRole('tree').press('End');
      await expect.poll(() => barsOf('2  stored-model')).toEqual([[0.996, 0.004]]);
      const last = page.getByRole('treeitem', { selected: true });
      expect(
        await last.boundingBox().then((box) => (box?.y ?? Infinity) + (box?.height ?? 0)),
      ).toBeLessThanOrEqual(800);
      await page.getByRole('tree').press('ArrowUp');
      await page.getByText('Output of call_199').waitFor();
      await page.getByRole('tree').press('Home');

      // The selection replaces the history, forms and tabs are steps of it.
      await page.getByRole('button', { name: 'Compact' }).click();
      await expect.poll(() => page.getByRole('option').count()).toBe(2);
      await page.getByRole('button', { name: 'History' }).click();
      await page.getByRole('option').filter({ hasText: 'Call ended' }).first().click();
      await expect.poll(() => searchOf(page).get('form')).toBe('history');
      await page.goBack();
      await expect.poll(() => searchOf(page).get('form')).toBe('compact');
      await page.getByRole('tab', { name: 'Request' }).click();
      await expect.poll(() => searchOf(page).get('tab')).toBe('request');
      await page.goBack();
      await page.goBack();
      await page.getByRole('tree').waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor();
    });
  },
);

scenario(
  'console-15-running',
  'the bar of a waiting run ticks, its page follows one stream, and the list and the run agree on its duration',
  async () => {
    const token = await system.token();
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [
            toolCall(
              'put_http_requests',
              { url: `${web.url}/echo`, input_data: {} },
              { id: 'call_0', index: 0 },
            ),
          ]
        : [text('Done')];
    const { id } = await post(token, '/api/v1/responses', {
      input: 'Update the stock',
      stream: 'off',
      disable_cache: true,
    });
    await withConsole(async (window) => {
      const list = (await window.open('/runs')).page;
      const run = (await window.open(`/runs/${id}`)).page;
      const reads: string[] = [];
      const isStream = (url: string) => url.endsWith('/timeline?stream=true');
      run.on('request', (request) => {
        if (request.url().includes('/timeline')) reads.push(isStream(request.url()) ? 'stream' : 'whole');
      });
      await run.route('**/timeline?stream=true', (route) => route.abort(), { times: 1 });
      for (const page of [list, run]) await signIn(page, token);
      const lasted = async (page: Page) => seconds(await page.locator('[data-lasted]').innerText());
      const bar = run.getByRole('treeitem').filter({ hasText: 'put_http_requests' });
      const first = seconds((await bar.innerText()).split('\n').at(-1) ?? '');
      await expect
        .poll(async () => seconds((await bar.innerText()).split('\n').at(-1) ?? ''))
        .toBeGreaterThan(first);
      // After a stream that failed the timeline is read as a whole, and streamed again.
      await expect.poll(() => reads).toEqual(['whole', 'stream', 'whole', 'stream']);
      const closed = run.waitForEvent('requestfailed', (request) => isStream(request.url()));
      await become(run, 'hidden');
      await closed;
      await become(run, 'visible');
      await expect.poll(() => reads.slice(4)).toEqual(['stream']);
      const difference = async () => {
        const [inList, inRun] = await Promise.all([lasted(list), lasted(run)]);
        return Math.abs(inList - inRun);
      };
      // Both tick each second, and neither does where the browser stands still.
      await expect.poll(difference).toBeLessThanOrEqual(1.5);
      await run.getByRole('button', { name: 'Accept' }).waitFor();
      await run.getByRole('button', { name: 'Cancel' }).click();
      for (const page of [list, run])
        await page
          .locator('span')
          .filter({ hasText: /^Cancelled$/ })
          .waitFor();
      await expect.poll(difference).toBe(0);
    });
  },
);

scenario(
  'console-12-large-output',
  'an output of 20 MB shows its head and is downloaded; base64 is a chip',
  async () => {
    const { access_token: token, user_id: userId } = await system.login();
    const at = Date.now();
    const id = await storeRun(userId, {
      createdAt: at,
      completedAt: at + 100,
      turns: [turnOf(at, 10, 0)],
      output: [
        callOf({ callId: 'call_text', name: 'print', startedAt: at + 20, durationMs: 10 }),
        callOf({ callId: 'call_image', name: 'draw', startedAt: at + 20, durationMs: 10 }),
        outputOf('call_text', 'line of output\n'.repeat(1_333_334)),
        outputOf('call_image', `data:image/png;base64,${'iVBOR'.repeat(400)}`),
      ],
    });
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/runs');
      // The head needs no more than a head: what the page reads is small.
      let readBytes = 0;
      page.on('response', (answer) => {
        if (new URL(answer.url()).pathname.startsWith('/v1/runs'))
          void answer.body().then(
            (body) => (readBytes += body.length),
            () => undefined,
          );
      });
      await page.locator(`a[href$="${id}"]`).click();
      await page.getByRole('treeitem').filter({ hasText: 'print' }).click();
      await page.getByText('line of output').waitFor();
      await page.getByText(/The first .* of 20.0 MB/).waitFor();
      await expect.poll(() => readBytes).toBeGreaterThan(0);
      expect(readBytes).toBeLessThan(1_000_000);
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      const file = await download;
      expect(file.suggestedFilename()).toMatch(/\.output\.txt$/);
      expect(statSync(await file.path()).size).toBe(15 * 1_333_334);
      await page.getByRole('treeitem').filter({ hasText: 'draw' }).click();
      await page.getByText('image/png, 1.5 kB').waitFor();
    });
  },
  120_000,
);

/** What must stay text: each would run a script or request another host if the page trusted it. */
const payloads = [
  '<script>window.wasRun = 1</script>',
  '<img src=x onerror="window.wasRun = 1">',
  '<svg onload="window.wasRun = 1"><animate onbegin="window.wasRun = 1" attributeName=x dur=1s></svg>',
  '<iframe srcdoc="<script>parent.wasRun = 1</script>"></iframe>',
  '<math><mtext></table><style><img src=x onerror="window.wasRun = 1"></style></mtext></math>',
  '<link rel="stylesheet" href="https://attacker.example/a.css"><base href="https://attacker.example/">',
  '[link](javascript:window.wasRun=1) [vb](vbscript:x) [data](data:text/html,<script>parent.wasRun=1</script>)',
  '<javascript:window.wasRun=1> [tab](java\tscript:window.wasRun=1) [entity](&#106;avascript:window.wasRun=1)',
  '![image](https://attacker.example/pixel.png) ![inline](data:image/svg+xml,<svg onload=alert(1)>)',
  '![quote](https://attacker.example/x"onerror="window.wasRun=1) [ref][1]\n\n[1]: javascript:window.wasRun=1',
  '{{constructor.constructor("window.wasRun=1")()}} ${window.wasRun=1} "><script>window.wasRun=1</script>',
];

scenario(
  'console-22-no-markup',
  'texts of models, tools and users are shown without their markup: no script runs, no host is asked',
  async () => {
    const token = await system.token();
    const corpus = payloads.join('\n\n');
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [
            text(corpus),
            toolCall(
              'get_http_requests',
              { url: `${web.url}/echo`, input_data: { note: corpus } },
              { id: 'call_0', index: 0 },
            ),
          ]
        : [text(corpus)];
    const { id } = await post(token, '/api/v1/responses', {
      input: corpus,
      stream: 'off',
      disable_cache: true,
    });
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/runs');
      const isClean = async (place: string) => {
        const found = await page.evaluate(`[
          window.wasRun,
          document.querySelectorAll('main :is(script, iframe, object, embed, link, base, style, math, img, [onerror], [onload])').length,
          [...document.querySelectorAll('main a')].filter((link) => !/^https?:$/.test(link.protocol)).map((link) => link.outerHTML),
        ]`);
        expect(found, place).toEqual([undefined, 0, []]);
      };
      await page.locator(`a[href$="${id}"]`).waitFor();
      await isClean('list');
      await page.locator(`a[href$="${id}"]`).click();
      await page.getByRole('link', { name: 'image', exact: true }).waitFor();
      await isClean('turn');
      await page.getByRole('treeitem').filter({ hasText: 'get_http_requests' }).click();
      await page.getByRole('heading', { name: 'Arguments' }).waitFor();
      await isClean('call');
      for (const tab of ['Events', 'Request', 'Response']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.locator('[role=tabpanel]:not([hidden]) pre').first().waitFor();
        await isClean(tab);
      }
      await page.getByRole('link', { name: 'Conversation', exact: true }).click();
      await page.getByRole('link', { name: 'image', exact: true }).first().waitFor();
      await isClean('conversation');
    });
  },
);

/** The seconds of a duration as the page writes it. */
function seconds(duration: string): number {
  const [, value = '', unit] = /([\d.]+) (ms|s)$/.exec(duration.trim()) ?? [];
  return Number(value) / (unit === 'ms' ? 1_000 : 1);
}
