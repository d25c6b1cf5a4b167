import { expect, it } from 'vitest';
import { diffContents } from './diff-contents.ts';
import { bodyOf, fillContent, laidOver } from './prompt-body.ts';
import { changedContent, emptyContent, templatesOf } from './prompt-content.ts';

const content = changedContent(emptyContent, {
  model: 'gpt-4o',
  settings: { temperature: 0.2, max_output_tokens: 100 },
  system_prompt: 'Teach {{ topic }}.',
  messages: [
    { role: 'user', content: 'See {{ photo }} of {{ topic }}' },
    { role: 'assistant', content: [{ type: 'output_text', text: 'I {{ verb }}' }] },
  ],
  output_schema: { type: 'object' },
  stream: true,
});

it('names its templates by their paths', () => {
  expect(templatesOf(content).map(({ name }) => name)).toEqual([
    'system_prompt',
    'messages[0].content',
    'messages[1].content[0].text',
  ]);
});

it('becomes a create with parts in the place of marks', () => {
  const mark = '\ue00042\ue001';
  const photo = { type: 'input_image', image_url: 'https://example.com/a.png' };
  const filled = fillContent(
    content,
    ['Teach tea.', `See ${mark} of tea`, 'I see'],
    new Map([[mark, photo]]),
  );
  expect(bodyOf(filled)).toEqual({
    model: 'gpt-4o',
    temperature: 0.2,
    max_output_tokens: 100,
    instructions: 'Teach tea.',
    input: [
      {
        role: 'user',
        content: [{ type: 'input_text', text: 'See ' }, photo, { type: 'input_text', text: ' of tea' }],
      },
      { role: 'assistant', content: [{ type: 'output_text', text: 'I see' }] },
    ],
    tools: [],
    text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' } } },
    stream: true,
  });
  expect(() => fillContent(content, [mark, '', ''], new Map([[mark, photo]]))).toThrow(/in messages only/);
});

it("turns a developer's prompt into a message", () => {
  const body = bodyOf({ ...content, system_role: 'developer' });
  expect(body).not.toHaveProperty('instructions');
  expect(body.input).toMatchObject([{ role: 'developer', content: 'Teach {{ topic }}.' }, {}, {}]);
  expect(laidOver(body, { instructions: 'Mine' })).toMatchObject({
    instructions: 'Mine',
    input: [{ role: 'user' }, {}],
  });
});

it('is overridden by the fields of the request', () => {
  const body = laidOver(bodyOf(content), {
    input: 'And now?',
    temperature: 1,
    max_output_tokens: null,
    stream: false,
    text: {},
    metadata: { a: 'b' },
  });
  expect(body).toMatchObject({
    model: 'gpt-4o',
    temperature: 1,
    max_output_tokens: 100,
    stream: false,
    text: { format: { type: 'json_schema' } },
    metadata: { a: 'b' },
    input: [{}, {}, { role: 'user', content: 'And now?' }],
  });
});

it('lists the differences of two versions', () => {
  const other = changedContent(content, {
    settings: { temperature: 0.3 },
    messages: [{ role: 'user', content: 'New' }],
    output_schema: null,
  });
  expect(diffContents(content, content)).toEqual([]);
  expect(diffContents(content, other)).toEqual([
    { path: 'settings.temperature', op: 'changed', from: 0.2, to: 0.3 },
    { path: 'settings.max_output_tokens', op: 'removed', from: 100 },
    { path: 'messages[0].content', op: 'changed', from: 'See {{ photo }} of {{ topic }}', to: 'New' },
    { path: 'messages[1]', op: 'removed', from: content.messages[1] },
    { path: 'output_schema', op: 'changed', from: { type: 'object' }, to: null },
  ]);
});
