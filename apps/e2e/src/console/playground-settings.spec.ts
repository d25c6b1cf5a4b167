import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { text, toolCall, wait } from '@antiphon/service-kit/testing';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { promptSystem } from '../prompts/prompt-system.ts';
import { scenario } from '../scenario.ts';
import { withConsole, writeInto } from './browser.ts';

const { system, provider, token, client, create } = await promptSystem();
const run = promisify(execFile);

const message = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true });
const editor = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const model = (page: Page) => page.getByRole('combobox', { name: 'Model' });

/** Loading the editors takes a while on a busy machine. */
const timeoutMs = 90_000;

/** A picture of one pixel. */
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

scenario(
  ['console-18-composition', 'console-attachments', 'console-24-latest'],
  'Enter of a composition sends nothing; pasted, picked and dropped files survive a reload and reach the model; scrolling up keeps the position',
  async () => {
    const before = provider.calls.length;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    provider.script = () => [
      text(...Array.from({ length: 80 }, (_, line) => `Line ${line}\n\n`)),
      wait(finished),
      text('The last line.'),
    ];
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/playground');
      await model(page).fill('gpt-scripted');
      await message(page).click();
      const keyboard = await page.context().newCDPSession(page);
      await keyboard.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 });
      await page.keyboard.press('Enter');
      await keyboard.send('Input.insertText', { text: '日本' });
      expect(await message(page).inputValue()).toContain('日本');
      expect(provider.calls.length).toBe(before);

      await page.evaluate(`(${pasteImage})('${pixel}')`);
      await page.getByText('pasted.png').waitFor();
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        button(page, 'Attach images and files').click(),
      ]);
      await chooser.setFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('My notes.') });
      await page.getByText('9 B').waitFor();
      await page.evaluate(`(${dropText})('dropped.txt', 'Dropped notes.')`);
      await page.getByText('14 B').waitFor();
      await page.reload();
      await expect
        .poll(() => page.getByRole('list', { name: 'Attachments' }).innerText())
        .toMatch(/pasted\.png[^]*notes\.txt[^]*9 B[^]*dropped\.txt[^]*14 B/);
      await button(page, 'Run').click();
      await page.getByText('Line 79').waitFor();
      await page.getByRole('log').getByText('dropped.txt').waitFor();

      const log = page.getByRole('log');
      const position = () => page.evaluate<number>('document.querySelector("[role=log]").scrollTop');
      await log.hover();
      await page.mouse.wheel(0, -600);
      await button(page, 'Latest').waitFor();
      let kept = await position();
      const hasStopped = async () => kept === (kept = await position());
      await expect.poll(hasStopped, { interval: 200 }).toBe(true);
      finish();
      await page.locator('#content').getByText('The run is done.').waitFor();
      expect(Math.abs((await position()) - kept)).toBeLessThan(2);
      await button(page, 'Latest').click();
      await button(page, 'Latest').waitFor({ state: 'hidden' });
    });
    const { body } = await provider.call(before);
    const content = JSON.stringify(body.messages.at(-1)?.content);
    expect(content).toContain(`data:image/png;base64,${pixel}`);
    for (const notes of ['My notes.', 'Dropped notes.'])
      expect(content).toContain(Buffer.from(notes).toString('base64'));
    expect(content).toContain('日本');
  },
  timeoutMs,
);

scenario(
  ['console-9-schema-forms', 'console-1-settings', 'console-8-invalid-json'],
  'variables are a form of their schema, or prefilled JSON; settings survive a reload without credentials',
  async () => {
    const input_schema = {
      type: 'object',
      properties: {
        city: { type: 'string' },
        days: { type: 'integer', minimum: 1 },
        pets: { type: 'boolean' },
        stops: { type: 'array', items: {}, default: ['Lyon'] },
      },
      required: ['city', 'days', 'stops'],
    };
    const id = await create({
      system_prompt: '{{ [city, days, pets, stops] | tojson }}',
      input_schema,
    });
    const before = provider.calls.length;
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open(`/playground?prompt=${id}`);
      await page.getByLabel('city *').fill('Paris');
      await page.getByLabel('days *').fill('3');
      await page.getByLabel('pets').selectOption('true');
      await writeInto(editor(page, 'stops *'), '["Lyon", ]');
      await page.getByText(/^Line 1, column 10: /).waitFor();
      await message(page).fill('Plan');
      expect(await button(page, 'Run').isDisabled()).toBe(true);
      await writeInto(editor(page, 'stops *'), '["Lyon", "Dijon"]');
      await page.getByText(/^MCP servers \(/).click();
      await button(page, 'Add an MCP server').click();
      await page.getByLabel('Label').fill('docs');
      await page.getByLabel('URL').fill('https://docs.example/mcp');
      await page.getByLabel('Access token').fill('secret-of-docs');
      await page.reload();
      expect(
        await page.evaluate<string>('JSON.stringify({ ...sessionStorage, ...localStorage })'),
      ).not.toContain('secret-of-docs');
      await page.getByText(/^MCP servers \(1\)/).click();
      expect(await page.getByLabel('URL').inputValue()).toBe('https://docs.example/mcp');
      await button(page, 'Remove the server').click();
      await page.getByText('Runs as it is stored.').waitFor();
      await message(page).press('Enter');
      await page.locator('#content').getByText('The run is done.').waitFor();
    });
    const { body } = await provider.call(before);
    expect(body.messages[0]?.content).toBe('["Paris", 3, true, ["Lyon", "Dijon"]]');
  },
  timeoutMs,
);

scenario(
  'console-29-code',
  'copied code runs as it is, in each language and dialect',
  async () => {
    provider.script = ({ userText }) => [text(`Heard: ${userText}`)];
    const asked = `it's "quoted" \\ and $HOME`;
    const programs = {
      curl: (code: string) => run('bash', ['-c', code], { env }),
      javascript: (code: string) => run(process.execPath, ['--input-type=module', '-e', code], { env }),
      python: (code: string) => run('python3', ['-c', code], { env }),
    };
    const env = { PATH: process.env.PATH, ANTIPHON_API_KEY: token };
    const isThere = { curl: isProgram('curl'), javascript: true, python: isProgram('python3') };
    const codes: [string, () => Promise<{ stdout: string }>][] = [];
    await withConsole(
      async (window) => {
        await window.signIn(token);
        const { page } = await window.open('/playground');
        await model(page).fill('gpt-scripted');
        await page.getByLabel('Temperature').fill('0.5');
        await message(page).fill(asked);
        await button(page, 'Code').click();
        const dialog = page.getByRole('dialog');
        for (const language of ['curl', 'python', 'javascript'] as const) {
          await dialog.getByLabel('Language').selectOption(language);
          for (const dialect of ['openai', 'messages', 'jan', 'agent', 'codex']) {
            await dialog.getByLabel('Dialect').selectOption(dialect);
            await dialog.getByRole('button', { name: 'Copy' }).click();
            await dialog.getByRole('button', { name: 'Copied' }).waitFor();
            const code = await page.evaluate<string>('navigator.clipboard.readText()');
            expect(code).not.toContain(token);
            if (isThere[language]) codes.push([`${language}, ${dialect}`, () => programs[language](code)]);
          }
        }
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );
    const outputs = await Promise.all(
      codes.map(async ([name, start]) => [name, (await start()).stdout] as const),
    );
    for (const [name, output] of outputs)
      expect(JSON.stringify(JSON.parse(output)), name).toContain(
        JSON.stringify(`Heard: ${asked}`).slice(1, -1),
      );
  },
  timeoutMs,
);

scenario(
  ['console-fork', 'console-continue'],
  'a stored run is run again from a turn on, with the conversation before it, and a conversation is continued',
  async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('calculate', { expression: '6*7' })] : [text('It is 42.')];
    const stored = await client.responses.create({
      model: 'gpt-scripted',
      instructions: 'Be exact.',
      input: 'What is 6*7?',
      tools: [{ type: 'mcp', server_label: 'antiphon' }],
    });
    expect(stored.output_text).toBe('It is 42.');
    provider.script = () => [text('Again.')];
    const before = provider.calls.length;
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open(`/playground?fork=${stored.id}&turn=1`);
      await page.getByRole('log').getByText('What is 6*7?').waitFor();
      await button(page, 'Run').click();
      await page.getByText('Again.').waitFor();

      await page.goto(`${system.url}/console/playground?fork=${stored.id}`);
      await expect.poll(() => message(page).inputValue()).toBe('What is 6*7?');
      await button(page, 'New conversation').click();
      await page.getByText('Send a message to start a run.').waitFor();

      provider.script = ({ userText }) => [text(`Heard: ${userText}`)];
      const { id } = await client.conversations.create();
      await client.responses.create({ model: 'gpt-scripted', input: 'One', conversation: id });
      await page.goto(`${system.url}/console/conversations/${id}`);
      await page.getByRole('link', { name: 'Continue in the playground' }).click();
      await page.getByText('Heard: One').waitFor();
      await message(page).fill('Two');
      await message(page).press('Enter');
      await page.getByText('Heard: Two').waitFor();
      await page.goto(`${system.url}/console/conversations/${id}`);
      await page.getByRole('tree', { name: 'Turns' }).getByText('Two').waitFor();
    });
    const [first, again] = [await provider.call(before - 1), await provider.call(before)];
    expect(withoutIds(again.body.messages)).toEqual(withoutIds(first.body.messages));
  },
  timeoutMs,
);

/** Messages without the ids of their calls, which are new in each run. */
function withoutIds(messages: object): unknown {
  return JSON.parse(JSON.stringify(messages).replaceAll(/"(?:tool_call_)?id":"[^"]*"/g, '"id":""'));
}

function isProgram(name: string): boolean {
  return spawnSync(name, ['--version']).status === 0;
}

/** Pastes a picture into the element that has the focus. It runs in the page. */
const pasteImage = `(base64) => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
  const paste = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
  document.activeElement.dispatchEvent(paste);
}`;

/** Drops a text file on the composer. It runs in the page. */
const dropText = `(name, text) => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([text], name, { type: 'text/plain' }));
  const drop = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
  document.getElementById('message').dispatchEvent(drop);
}`;
