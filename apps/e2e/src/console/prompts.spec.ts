import { text } from '@antiphon/service-kit/testing';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { promptSystem, teacher } from '../prompts/prompt-system.ts';
import { scenario } from '../scenario.ts';
import { accessibilityFindings, withConsole, writeInto } from './browser.ts';

const { provider, token, call, create } = await promptSystem();

/** Loading the editors takes a while on a busy machine. */
const timeoutMs = 90_000;

const editor = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

scenario(
  ['console-25-conflict', 'console-8-invalid-json'],
  'a prompt is edited with a preview and saved after a look at the difference, also where another user saved first',
  async () => {
    const id = await create(teacher);
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open(`/prompts/${id}`);
      await page.getByLabel('topic *').fill('tea');
      const preview = page.getByRole('complementary', { name: 'Preview' });
      await preview.getByText('Explain tea in a kind tone.').waitFor();
      await writeInto(editor(page, 'System prompt'), 'You teach\n{{ topic');
      await page.getByText(/^Line 2, column \d+: /).waitFor();
      await writeInto(editor(page, 'System prompt'), 'You teach {{ topic }} well.');
      await preview.getByText('You teach tea well.').waitFor();

      await page.getByText('Schemas', { exact: true }).click();
      await writeInto(editor(page, 'Schema of the answer'), '{\n  "type": object\n}');
      await page.getByText(/^Line 2, column 11: /).waitFor();
      expect(await button(page, 'Review and save').isDisabled()).toBe(true);
      await writeInto(editor(page, 'Schema of the answer'), '');

      const theirs = await call('PATCH', `/${id}`, { system_prompt: 'Theirs: {{ topic }}.' });
      expect(theirs.status).toBe(200);
      await button(page, 'Review and save').click();
      // The difference is loaded when it is shown, and moves the button.
      await page.getByRole('textbox', { name: 'From version 1 to your text' }).waitFor();
      await button(page, 'Save a new version').click();
      await page.getByRole('alert').filter({ hasText: 'version 2 is the newest now' }).waitFor();
      const difference = page.getByRole('textbox', { name: 'From version 2 to your text' });
      await difference.getByText('Theirs: {{ topic }}.').waitFor();
      await difference.getByText('You teach {{ topic }} well.').waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      await button(page, 'Save over version 2').click();
      await page.getByText('Version 3, the default').waitFor();
    });
    const saved = await call('GET', `/${id}`);
    expect(saved.body).toMatchObject({
      version: '3',
      system_prompt: 'You teach {{ topic }} well.',
      messages: teacher.messages,
      output_schema: null,
    });
  },
  timeoutMs,
);

scenario(
  'console-25-conflict',
  'versions are compared by their address, made the default and archived; prompts are duplicated and deleted',
  async () => {
    const id = await create(teacher);
    for (const topic of ['two', 'three'])
      await call('PATCH', `/${id}`, { system_prompt: `Version ${topic}` });
    let copy = '';
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open(`/prompts/${id}?tab=versions&version=3&base=1`);
      const difference = page.getByRole('textbox', { name: 'From version 1 to 3' });
      await difference.getByText('Version three').waitFor();
      await difference.getByText('You teach {{ topic }}').waitFor();
      await page.getByLabel('Compare with').selectOption('2');
      await page.getByRole('textbox', { name: 'From version 2 to 3' }).getByText('Version two').waitFor();
      expect(new URL(page.url()).searchParams.get('base')).toContain('2');
      await page.goBack();
      await difference.waitFor();
      await button(page, 'Make it the default').click();
      await page.getByText('Version 3, the default').waitFor();
      expect((await call('GET', `/${id}`)).body).toMatchObject({ version: '3', is_default: true });
      await page.getByRole('link', { name: /^Version 2/ }).click();
      await button(page, 'Archive').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
      await page.getByRole('link', { name: /^Version 2 *archived/ }).waitFor();
      await button(page, 'Archive').waitFor({ state: 'hidden' });
      await button(page, 'Duplicate').click();
      await page.getByRole('heading', { name: 'Teacher (copy)' }).waitFor();
      copy = new URL(page.url()).pathname.split('/').at(-1) ?? '';
      expect((await call('GET', `/${copy}`)).body).toMatchObject({ system_prompt: 'Version three' });
      await button(page, 'Delete').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('heading', { name: 'Prompts', exact: true }).waitFor();
    });
    expect((await call('GET', `/${copy}`)).status).toBe(404);
    expect((await call('GET', `/${id}?version=2`)).body['archived_at']).toBeGreaterThan(0);
  },
  timeoutMs,
);

scenario(
  ['console-25-round-trip', 'console-9-schema-forms'],
  'the playground runs the same after it was saved as a prompt and opened again',
  async () => {
    const before = provider.calls.length;
    const request = async (index: number) => {
      const { body } = await provider.call(before + index);
      return { ...body, stream_options: undefined };
    };
    await withConsole(async (window) => {
      await window.signIn(token);
      const { page } = await window.open('/playground');
      await page.getByLabel('Model').fill('gpt-scripted');
      await page.getByLabel('Temperature').fill('0.4');
      await writeInto(
        editor(page, 'Instructions'),
        'You know {{ topic }}.\n{% for n in counts %}<{{ n + 1 }}>{% endfor %}',
      );
      await page.getByRole('region', { name: 'Variables' }).getByRole('tab', { name: 'JSON' }).click();
      await writeInto(editor(page, 'Variables as JSON'), '{"topic": "tea", "counts": [1, 2]}');
      await page.getByText('Structured output').click();
      await writeInto(editor(page, 'Schema of the answer'), '{"type": "nonsense"}');
      provider.script = () => [text('{"a": 1}')];
      await page.getByLabel('Message', { exact: true }).fill('Go on');
      await page.keyboard.press('Enter');
      // What the server refuses is not lost.
      await page.getByText('That did not work').waitFor();
      expect(await page.getByLabel('Message', { exact: true }).inputValue()).toBe('Go on');
      await writeInto(
        editor(page, 'Schema of the answer'),
        '{"type": "object", "properties": {"a": {"type": "integer"}}}',
      );
      await page.getByLabel('Message', { exact: true }).click();
      // The second Enter sends nothing: the first one is on its way.
      await Promise.all([page.keyboard.press('Enter'), page.keyboard.press('Enter')]);
      await page.getByText('a: 1').waitFor();

      await button(page, 'Save as prompt').click();
      await page.getByLabel('Name').fill('Of the playground');
      await button(page, 'Create the prompt').click();
      await page.getByText('Runs as it is stored.').waitFor();
      await page.getByRole('link', { name: 'Open the prompt' }).click();
      const arrival = Promise.withResolvers<void>();
      await page.route('**/v1/prompts/*', async (route) => {
        await arrival.promise;
        await route.continue();
      });
      await page.getByRole('link', { name: 'Open in the playground' }).click();
      await page.waitForURL('**/playground?prompt=*');
      // What a user would write into the earlier draft until then would be lost.
      await page.locator('[aria-busy="true"]').first().waitFor();
      expect(await page.getByLabel('Message', { exact: true }).count()).toBe(0);
      arrival.resolve();
      await page.getByRole('region', { name: 'Variables' }).getByRole('tab', { name: 'JSON' }).click();
      await writeInto(editor(page, 'Variables as JSON'), '{"topic": "tea", "counts": [1, 2]}');
      await page.getByLabel('Message', { exact: true }).fill('Go on');
      await page.keyboard.press('Enter');
      await page.getByText('a: 1').waitFor();
    });
    const [first, again] = [await request(0), await request(1)];
    expect(provider.calls.length).toBe(before + 2);
    expect(first.messages).toMatchObject([
      { role: 'system', content: 'You know tea.\n<2><3>' },
      { role: 'user', content: 'Go on' },
    ]);
    expect(again).toEqual(first);
  },
  timeoutMs,
);
