import { text, toolCall } from '@antiphon/service-kit/testing';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { accessibilityFindings, withConsole, writeInto } from './browser.ts';

const system = await sharedSystem();
const { provider, web } = system;

type Call = readonly [name: string, args: object];
/** Many steps in a browser, on a busy machine. */
const longMs = 120_000;

const put = (note: string): Call => ['put_http_requests', { url: `${web.url}/echo`, input_data: { note } }];
const search: Call = ['google_search', { q: 'chess', num: 3, autocorrect: true }];

/** A run of a new caller that waits with these calls. `then`: the calls of its second turn. */
async function waits(calls: readonly Call[], then: readonly Call[] = []) {
  const token = await system.token();
  const made = (turn: number, list: readonly Call[]) =>
    list.map(([name, args], index) => toolCall(name, args, { id: `call_${turn}_${index}`, index }));
  provider.script = ({ toolOutputs }) => {
    if (toolOutputs.length === 0) return [text('I look this up first.'), ...made(0, calls)];
    if (toolOutputs.length === calls.length && then.length > 0) return made(1, then);
    return [text('Done.')];
  };
  const api = async (path: string, body?: object) => {
    const answer = await fetch(`${system.url}/v1/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await answer.json()) as Record<string, unknown>;
  };
  const names = [...new Set([...calls, ...then].map(([name]) => name))];
  await api('responses', {
    model: 'openai/gpt-scripted',
    input: 'Go on',
    tools: [{ type: 'mcp', server_label: 'antiphon', allowed_tools: names, require_approval: 'always' }],
  });
  const decided = async () => {
    const { data } = (await api('approvals?status=decided')) as { data: Approval[] };
    return data.toReversed();
  };
  return { token, decided };
}

interface Approval {
  arguments: string;
  proposed_arguments: string | null;
  decision: { action: string; message: string | null; arguments: string | null };
}

const rowsOf = (page: Page) => page.getByRole('list', { name: 'Approvals' }).getByRole('button');
const detailOf = (page: Page) => page.getByRole('main').getByRole('region').first();

scenario(
  ['console-4-cards', 'console-5-race', 'console-10-parsed'],
  'calls of a run are cards in two windows, decided one by one or together, and the loser of a race sees the winner',
  async () => {
    const { token, decided } = await waits([put('one\ntwo'), put('2'), put('3'), put('4')]);
    await withConsole(async (window) => {
      await window.signIn(token);
      const inbox = async () => {
        const { page } = await window.open('/approvals');
        await expect.poll(() => rowsOf(page).count()).toBe(4);
        return page;
      };
      const one = await inbox();
      const other = await inbox();
      const pages = [one, other];
      await one
        .getByRole('link', { name: /Approvals\s*4\s*4 calls wait|Approvals\s*4 calls wait/ })
        .waitFor();
      for (const page of pages) await rowsOf(page).first().click();
      const detail = detailOf(one);
      await detail.getByText('I look this up first.').waitFor();
      expect(await detail.getByRole('tabpanel').innerText()).toMatch(/note:\s+one\n\s+two/);
      await detail.getByRole('tab', { name: 'JSON' }).click();
      expect(await detail.getByRole('tabpanel').innerText()).toContain(String.raw`"one\ntwo"`);

      // The form of a decision goes away when another one comes first.
      await other.getByRole('button', { name: 'Reject', exact: true }).click();
      await other.getByLabel('Reason (optional)').waitFor();
      // A click would wait for a button that the other decision takes away.
      await one.getByRole('button', { name: 'Accept', exact: true }).focus();
      await Promise.all([one.keyboard.press('Enter'), other.keyboard.press('Control+Enter')]);
      const outcome = /^(Another decision came first\. )?(Accepted|Rejected) by user_/;
      const shown = await Promise.all(
        pages.map(async (page) =>
          (await detailOf(page).getByText(outcome).innerText()).replace(/^Another.*first\. /, ''),
        ),
      );
      expect(shown[0]).toBe(shown[1]);
      for (const page of pages) await expect.poll(() => rowsOf(page).count()).toBe(3);

      await rowsOf(one).first().click();
      await one.getByRole('button', { name: 'Accept all 3' }).click();
      for (const page of pages) await expect.poll(() => rowsOf(page).count()).toBe(0);
    });
    const actions = (await decided()).map(({ decision }) => decision.action);
    expect(actions.slice(1)).toEqual(['accept', 'accept', 'accept']);
  },
  longMs,
);

scenario(
  ['console-6-actions', 'console-7-proposed-again', 'console-8-invalid', 'console-9-form'],
  'the four answers are four records; a form sends the types of the schema, and faulty JSON is not sent',
  async () => {
    const { token, decided } = await waits([search, put('a'), put('b'), put('c')], [search]);
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/approvals');
      await expect.poll(() => rowsOf(page).count()).toBe(4);
      const send = (name: string) => page.getByRole('button', { name, exact: true }).click();
      const open = async (place: number) => rowsOf(page).nth(place).click();

      await open(1);
      await send('Edit');
      // `input_data` takes any object: a form has no control for it.
      const json = page.getByRole('textbox', { name: 'input_data' });
      expect(await json.innerText()).toContain('"note": "a"');
      await writeInto(json, '{\n  "note": a\n}');
      await page.getByText(/^Line 2, column 11: /).waitFor();
      expect(await page.getByRole('button', { name: 'Run with these arguments' }).isDisabled()).toBe(true);
      await writeInto(json, '{"note": ["x"]}');
      await send('Run with these arguments');
      await page.getByText(/^Edited and accepted by user_/).waitFor();

      await open(1);
      await send('Give feedback');
      await page.getByLabel('What the model should do instead').fill('Search first');
      await send('Send feedback');
      await page.getByText(/^Answered with feedback by/).waitFor();
      await open(1);
      await send('Reject');
      await page.getByLabel('Reason (optional)').fill('Too dear');
      await send('Reject');
      await page.getByText(/^Rejected by/).waitFor();

      await open(0);
      await send('Edit');
      await page.getByLabel('num').fill('five');
      await page.getByText('This is not a number').waitFor();
      expect(await page.getByRole('tab', { name: 'JSON' }).getAttribute('aria-disabled')).toBe('true');
      await page.getByLabel('num').fill('5');
      await page.getByLabel('autocorrect').selectOption('false');
      await send('Add to domain_allow_list');
      await page.getByLabel('domain_allow_list 1').fill('lichess.org');
      await send('Run with these arguments');

      // The model proposes the search again with its old arguments.
      await page
        .getByRole('main')
        .getByText(/^New: google_search/)
        .waitFor();
      await open(0);
      await page.getByText(/^From the last edit of this tool/).waitFor();
      const difference = detailOf(page).getByRole('textbox');
      await expect.poll(() => difference.innerText()).toContain('lichess.org');
      await send('Edit with the earlier arguments');
      expect(await page.getByLabel('num').inputValue()).toBe('5');
      await page.keyboard.press('Escape');
      await send('Accept');
      await page.getByText(/^Accepted by/).waitFor();
    });
    const records = await decided();
    expect(records.map(({ decision }) => [decision.action, decision.message])).toEqual([
      ['edit', null],
      ['feedback', 'Search first'],
      ['reject', 'Too dear'],
      ['edit', null],
      ['accept', null],
    ]);
    const [sent, , , searched] = records.map(
      ({ decision }) => JSON.parse(decision.arguments ?? 'null') as object,
    );
    expect(sent).toMatchObject({ input_data: { note: ['x'] } });
    expect(searched).toEqual({ q: 'chess', num: 5, autocorrect: false, domain_allow_list: ['lichess.org'] });
    expect(JSON.parse(records[3]?.proposed_arguments ?? '')).toEqual(search[1]);
  },
  longMs,
);

scenario(
  ['console-17-keys', 'console-26-narrow', 'console-16-approvals'],
  'the inbox is used by keyboard, and at 360 px without scrolling sideways',
  async () => {
    const { token, decided } = await waits([put('a'), search, put(`${'long'.repeat(100)}`)]);
    await withConsole(
      async (window) => {
        await window.signIn(token);
        const { page } = await window.open('/approvals?tool=put_http_requests');
        await expect.poll(() => rowsOf(page).count()).toBe(2);
        const opened = () => new URL(page.url()).searchParams.get('id');
        const width = () => page.evaluate<number>('document.documentElement.scrollWidth');
        expect(await width()).toBeLessThanOrEqual(360);
        await page.keyboard.press('?');
        await page.getByText('these keys').waitFor();
        await rowsOf(page).first().focus();
        await page.keyboard.press('End');
        await expect.poll(opened).not.toBeNull();
        const last = opened();
        expect(await width()).toBeLessThanOrEqual(360);
        expect(await accessibilityFindings(page)).toEqual([]);
        await page.keyboard.press('k');
        await expect.poll(opened).not.toBe(last);
        const first = opened();
        await page.keyboard.press('j');
        await expect.poll(opened).toBe(last);

        await page.keyboard.press('f');
        await page.keyboard.type('j and a are letters here');
        expect(opened()).toBe(last);
        await page.keyboard.press('Escape');
        await page.keyboard.press('e');
        await page.getByLabel('url').waitFor();
        expect(await width()).toBeLessThanOrEqual(360);
        await page.keyboard.press('Escape');
        await page.keyboard.press('a');
        await page.getByText(/^Accepted by/).waitFor();
        await page.keyboard.press('j');
        await expect.poll(opened).toBe(first);
        await page.getByRole('button', { name: 'All approvals' }).click();
        await expect.poll(opened).toBeNull();
        expect(new URL(page.url()).searchParams.get('tool')).toBe('put_http_requests');
      },
      { viewport: { width: 360, height: 740 } },
    );
    expect((await decided()).map(({ decision }) => decision.action)).toEqual(['accept']);
  },
  longMs,
);
