import { describe, expect } from 'vitest';
import { textLike } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { model, promptSystem, refused, teacher } from './prompt-system.ts';

const { create, provider, call } = await promptSystem();

/** Letters and spaces in a fixed random order: no state of an expression repeats. */
function irregularText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return 'ab '[Math.floor(state / 65_536) % 3];
  }).join('');
}

describe('trying out', () => {
  scenario('prompts-render', 'shows the input for the model', async () => {
    const id = await create(teacher);
    const callsBefore = provider.calls.length;
    const rendered = await call('POST', `/${id}/render`, {
      variables: { topic: '{{ tea }}' },
      input: 'Go on',
    });
    expect(rendered).toMatchObject({
      status: 200,
      body: {
        object: 'prompt.rendered',
        prompt: { id, version: '1' },
        model,
        temperature: 0.3,
        instructions: 'You teach {{ tea }}.',
        input: [
          { role: 'user', content: 'Explain {{ tea }} in a kind tone.' },
          { role: 'user', content: 'Go on' },
        ],
      },
    });
    const preview = await call('POST', '/preview', { ...teacher, variables: { topic: 'tea', level: 2 } });
    expect(preview.body).toMatchObject({ prompt: null, instructions: 'You teach tea at level 2.' });
    expect(await call('POST', '/check', teacher)).toMatchObject({
      status: 200,
      body: {
        object: 'prompt.checked',
        variables: [
          { name: 'topic', required: true },
          { name: 'level', required: false },
          { name: 'tone', required: false },
        ],
      },
    });
    expect(await call('POST', '/check', { system_prompt: '{{ topic' })).toMatchObject(
      refused('template_error', 'system_prompt'),
    );
    expect(await call('POST', '/preview', teacher)).toMatchObject(
      refused('prompt_variable_missing', 'prompt.variables'),
    );
    expect(provider.calls.length).toBe(callsBefore);
  });

  scenario(
    'prompts-schema-bounds',
    'refuses variables that cost too much, and answers other requests meanwhile',
    async () => {
      const pattern = '(?i)(\\b[\\p{L}\\s]{1,200}){3}\\b!x';
      const input_schema = { type: 'object', properties: { text: { type: 'string', pattern } } };
      const variables = { text: irregularText(1_000_000) };
      let isOpen = true;
      const check = call('POST', '/preview', { system_prompt: 'Hi', input_schema, variables }).finally(
        () => (isOpen = false),
      );
      let answered = 0;
      for (; isOpen; answered++) expect((await call('GET', '/none')).status).toBe(404);
      expect(await check).toMatchObject({
        status: 400,
        body: {
          error: {
            type: 'invalid_request_error',
            message: textLike(/takes longer than 1000 ms to (check|compile)/),
          },
        },
      });
      // A service that stood still would answer the first with the check, and perhaps one more.
      expect(answered).toBeGreaterThan(2);
    },
  );

  scenario('prompts-bounds', 'survives templates that exceed their limits', async () => {
    for (const system_prompt of [
      `${'{% for i in range(9999) %}'.repeat(5)}x${'{% endfor %}'.repeat(5)}`,
      '{% set n = namespace(s="xxxxxxxxxx") %}{% for i in range(25) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s | upper }}',
      '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
      '{{ range(10 ** 8) }}',
    ]) {
      expect(await call('POST', '/preview', { system_prompt })).toMatchObject({
        status: 400,
        body: { error: { type: 'invalid_request_error', code: 'template_error' } },
      });
    }
    expect((await call('POST', '/preview', { system_prompt: 'Alive' })).body).toMatchObject({
      instructions: 'Alive',
    });
  });
});
