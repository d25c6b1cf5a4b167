import { chunk, text, toolCall, wait } from '@antiphon/service-kit/testing';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { expectPromptly } from '../checks/promptly.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { withConsole, writeInto } from './browser.ts';

const system = await sharedSystem();
const { provider, web } = system;
const words = Array.from({ length: 40 }, (_, index) => `word-${index} `);
const whole = words.join('').trim();

const send = async (page: Page, message: string) => {
  await page.getByLabel('Message').fill(message);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
};
const log = (page: Page) => page.getByRole('log');
const runIdOf = async (page: Page) => {
  await page.waitForURL(/run=resp_/);
  return new URL(page.url()).searchParams.get('run') ?? '';
};
const stored = async (id: string, token: string) => {
  const answer = await fetch(`${system.url}/v1/responses/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return (await answer.json()) as { status: string; output: { content?: { text: string }[] }[] };
};

scenario(
  'console-1-resume',
  'a run goes on where it was when its page is loaded again',
  async () => {
    const token = await system.token();
    const goOn = Promise.withResolvers<void>();
    provider.script = () => [text(...words.slice(0, 20)), wait(goOn.promise), text(...words.slice(20))];
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/playground');
      await page.getByLabel('Temperature').fill('0.5');
      await send(page, 'Tell me');
      await log(page).getByText('word-19').waitFor();
      const id = await runIdOf(page);
      const requested: string[] = [];
      page.on('request', (request) => requested.push(request.url()));
      await page.reload();
      await log(page).getByText('word-19').waitFor();
      const resumed = requested.find((url) => url.includes(`${id}?stream=true`));
      expect(Number(/starting_after=(\d+)/.exec(resumed ?? '')?.[1])).toBeGreaterThan(10);
      expect(await page.getByLabel('Temperature').inputValue()).toBe('0.5');
      // The connection breaks, and the run goes on.
      await page.context().setOffline(true);
      await page.getByText('The run goes on').first().waitFor();
      goOn.resolve();
      await expect.poll(async () => (await stored(id, token)).status).toBe('completed');
      await page.context().setOffline(false);
      await log(page).getByText('word-39').waitFor();
      const { output } = await stored(id, token);
      expect(output.at(-1)?.content?.[0]?.text.trim()).toBe(whole);
      await expect.poll(() => log(page).innerText()).toContain(whole);
      await page.getByText('Completed').waitFor();
    });
  },
  60_000,
);

scenario(
  'console-2-stop',
  'Stop cancels a run on the server, and keeps its text, which the next message follows',
  async () => {
    const token = await system.token();
    provider.script = () => [text('Half an'), wait(new Promise(() => {}))];
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/playground');
      await send(page, 'Tell me');
      await log(page).getByText('Half an').waitFor();
      const id = await runIdOf(page);
      const { page: otherTab } = await window.open(`/playground?run=${id}`);
      await log(otherTab).getByText('Half an').waitFor();
      await page.getByRole('button', { name: 'Stop' }).click();
      for (const tab of [page, otherTab]) await tab.getByText('Cancelled').waitFor();
      expect((await stored(id, token)).status).toBe('cancelled');
      for (const tab of [page, otherTab]) expect(await log(tab).innerText()).toContain('Half an');
      provider.script = () => [text('A whole one.')];
      await send(page, 'Go on');
      await log(page).getByText('A whole one.').waitFor();
      const { messages } = provider.calls.at(-1)?.body ?? { messages: [] };
      expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
      expect(JSON.stringify(messages)).toMatch(/Tell me[^]*Half an[^]*Go on/);
    });
  },
  60_000,
);

scenario(
  ['console-3-inline-approvals', 'console-6-actions'],
  'each call that waits has a card in the conversation, with four answers, and the run goes on in its place',
  async () => {
    const token = await system.token();
    const put = (n: number) => ({ url: `${web.url}/echo`, input_data: { n } });
    let outputs: readonly string[] = [];
    provider.script = ({ toolOutputs }) => {
      outputs = toolOutputs;
      return toolOutputs.length === 0
        ? [0, 1, 2, 3].map((index) =>
            toolCall('put_http_requests', put(index), { id: `call_${index}`, index }),
          )
        : [text(`Done: ${toolOutputs.length}`)];
    };
    const tools = [
      {
        type: 'mcp',
        server_label: 'antiphon',
        allowed_tools: ['put_http_requests'],
        require_approval: 'always',
      },
    ];
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/playground');
      // Only a tool that a request names may change something.
      await page.route('**/v1/responses', (route) =>
        route.continue({ postData: { ...(route.request().postDataJSON() as object), tools } }),
      );
      await send(page, 'Update the stock');
      const cardsOf = (tab: Page) => log(tab).getByRole('article', { name: /approval|decided/i });
      const cards = cardsOf(page);
      await expect.poll(() => cards.count()).toBe(4);
      expect(await page.getByRole('dialog').count()).toBe(0);
      for (const n of [0, 1, 2, 3]) expect(await cards.nth(n).innerText()).toMatch(new RegExp(`n: ${n}`));
      const id = await runIdOf(page);
      const { page: otherTab } = await window.open(`/playground?run=${id}`);
      const press = (place: number, name: string) =>
        cards.nth(place).getByRole('button', { name, exact: true }).click();
      await press(0, 'Reject');
      await cards.nth(0).getByRole('textbox').fill('Too dear');
      await press(0, 'Reject');
      // A card that was answered is smaller, and moves those below it.
      await cards.nth(0).getByText('Rejected by').waitFor();
      await press(1, 'Edit');
      await writeInto(cards.nth(1).getByRole('textbox', { name: 'input_data' }), '{"n": 10}');
      await press(1, 'Run with these arguments');
      await cards.nth(1).getByText('Edited and accepted by').waitFor();
      await press(2, 'Give feedback');
      await cards.nth(2).getByRole('textbox').fill('Ask the shop');
      await press(2, 'Send feedback');
      const outcomes = [/^Rejected by/, /^Edited and accepted by/, /^Answered with feedback by/];
      for (const tab of [page, otherTab])
        for (const [place, outcome] of outcomes.entries())
          await cardsOf(tab).nth(place).getByText(outcome).waitFor();
      await cardsOf(otherTab).nth(3).getByRole('button', { name: 'Accept' }).click();
      for (const tab of [page, otherTab]) await log(tab).getByText('Done: 4').waitFor();
      expect((await stored(id, token)).status).toBe('completed');
    });
    expect(outputs).toMatchObject([
      expect.stringContaining('Too dear'),
      expect.stringContaining(String.raw`{\"n\":10}`),
      expect.stringContaining('Ask the shop'),
      expect.stringContaining(String.raw`{\"n\":3}`),
    ]);
  },
  60_000,
);

scenario(
  'console-11-long-arguments',
  '200 kB of streamed arguments do not hold the page up',
  async () => {
    const token = await system.token();
    const pieces = Array.from(
      { length: 4_000 },
      (_, index) => `line ${index} of a long text that a model writes;\\n`,
    );
    const piece = (call: object) => chunk({ delta: { tool_calls: [{ index: 0, ...call }] } });
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length > 0
        ? [text('Read.')]
        : [
            piece({
              id: 'call_0',
              type: 'function',
              function: { name: 'calculator', arguments: '{"expression":"' },
            }),
            ...pieces.map((part) => piece({ function: { arguments: part } })),
            piece({ function: { arguments: '"}' } }),
          ];
    await withConsole(async (window) => {
      await expectPromptly(async () => {
        await window.signIn(token);
        const { page } = await window.open('/playground');
        // The editors of the settings load meanwhile, which is another task.
        await expect.poll(() => page.locator('[aria-busy=true]').count()).toBe(0);
        await page.evaluate(`window.longest = 0;
        new PerformanceObserver((list) => {
          for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
        }).observe({ type: 'longtask' });
        const parse = JSON.parse;
        window.parsed = 0;
        JSON.parse = (text, ...rest) => {
          if (typeof text === 'string' && text.startsWith('{"expression"')) window.parsed++;
          return parse(text, ...rest);
        };`);
        await send(page, 'Write');
        await log(page).getByText('calculator').first().click();
        await log(page).getByText('Read.').waitFor();
        expect(await page.evaluate<number>('window.parsed')).toBe(1);
        return page.evaluate<number>('window.longest');
      });
    });
  },
  120_000,
);
