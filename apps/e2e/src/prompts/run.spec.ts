import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { model, promptSystem, teacher } from './prompt-system.ts';

const { create, client, messagesOf, call, system, token } = await promptSystem();

describe('the stock client', () => {
  scenario('prompts-run', 'runs a prompt', async () => {
    const id = await create(teacher);
    const prompt = { id, variables: { topic: 'tea' } };
    const response = await client.responses.create({ prompt });
    expect(response).toMatchObject({
      status: 'completed',
      model,
      output_text: 'Hello there.',
      temperature: 0.3,
      instructions: 'You teach tea.',
      prompt: { id, version: '1', variables: { topic: 'tea' } },
    });
    expect(messagesOf()).toEqual([
      { role: 'system', content: 'You teach tea.' },
      { role: 'user', content: 'Explain tea in a kind tone.' },
    ]);
    expect((await client.responses.retrieve(response.id)).prompt).toEqual(response.prompt);

    // The same as a stream, with an input of its own, and by a version.
    await call('PATCH', `/${id}`, { system_prompt: null });
    const events: ResponseStreamEvent[] = [];
    const stream = client.responses.stream({
      prompt: { id, version: '2', variables: { topic: 'milk', tone: 'dry' } },
      input: 'In one sentence.',
    });
    for await (const event of stream) events.push(event);
    expect((await stream.finalResponse()).prompt).toMatchObject({ version: '2' });
    expect(events.at(-1)?.type).toBe('response.completed');
    expect(messagesOf()).toEqual([
      { role: 'user', content: 'Explain milk in a dry tone.' },
      { role: 'user', content: 'In one sentence.' },
    ]);

    // And in the background.
    let task = await client.responses.create({ prompt, background: true });
    expect(task).toMatchObject({ status: 'queued', prompt: { version: '1' } });
    await expect.poll(async () => (task = await client.responses.retrieve(task.id)).status).toBe('completed');
    expect(task.output_text).toBe('Hello there.');

    // A later turn continues it.
    await client.responses.create({ model, input: 'More', previous_response_id: response.id });
    expect(messagesOf()?.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });

  scenario('prompts-run', 'runs a prompt with stream: true of its own', async () => {
    const id = await create({ ...teacher, stream: true });
    const answer = await fetch(`${system.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: { id, variables: { topic: 'tea' } } }),
    });
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await answer.text()).toContain('response.completed');
    expect(
      await client.responses.create({ prompt: { id, variables: { topic: 'tea' } }, stream: false }),
    ).toMatchObject({
      status: 'completed',
    });
  });

  scenario('prompts-run', 'counts the tokens of a prompt', async () => {
    const prompt = { id: await create(teacher), variables: { topic: 'physics' } };
    const count = (body: object) =>
      client.post<{ input_tokens: number }>('/responses/input_tokens', { body: { model, ...body } });
    const bare = await count({});
    expect((await count({ prompt })).input_tokens).toBeGreaterThan(bare.input_tokens + 10);
  });

  scenario('prompts-override', 'overrides fields of the version', async () => {
    const id = await create({
      ...teacher,
      model: 'jan-v2-30b',
      tools: [{ type: 'function', name: 'look', parameters: { type: 'object' } }],
    });
    const prompt = { id, variables: { topic: 'tea' } };
    const response = await client.responses.create({
      prompt,
      model,
      temperature: 0.8,
      instructions: 'Be brief.',
      tools: [],
      metadata: { a: 'b' },
    });
    expect(response).toMatchObject({
      model,
      temperature: 0.8,
      instructions: 'Be brief.',
      tools: [],
      metadata: { a: 'b' },
    });
    const plain = await client.responses.create({ prompt });
    expect(plain).toMatchObject({ model: 'jan-v2-30b', tools: [{ name: 'look' }] });
    expect(plain.temperature).toBe(0.3);
    const nameless = await create({ ...teacher, model: null });
    await expect(client.responses.create({ prompt: { ...prompt, id: nameless } })).rejects.toMatchObject({
      code: 'missing_required_parameter',
      param: 'model',
    });
  });

  scenario('prompts-items', 'fills in images and files', async () => {
    const id = await create({ messages: [{ role: 'user', content: 'What is {{ photo }} to {{ who }}?' }] });
    await client.responses.create({
      prompt: {
        id,
        variables: {
          photo: { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
          who: { type: 'input_text', text: 'you' },
        },
      },
    });
    expect(messagesOf()?.[0]?.content).toMatchObject([
      { type: 'text', text: 'What is ' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
      { type: 'text', text: ' to you?' },
    ]);
    const inSystem = await create({
      system_prompt: '{{ photo }}',
      messages: [{ role: 'user', content: 'x' }],
    });
    await expect(
      client.responses.create({
        prompt: {
          id: inSystem,
          variables: {
            photo: { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' },
          },
        },
      }),
    ).rejects.toMatchObject({ status: 400, param: 'prompt.variables' });
  });

  scenario('prompts-variables', 'gets the names of variables that do not fit', async () => {
    const inferred = await create(teacher);
    const fixed = await create({ system_prompt: 'No variables', messages: [{ role: 'user', content: 'x' }] });
    const declared = await create({
      ...teacher,
      input_schema: {
        type: 'object',
        properties: {
          topic: { type: 'string', minLength: 2 },
          level: { type: 'integer', minimum: 1 },
          tone: { enum: ['kind', 'dry'] },
          mail: { type: 'string', format: 'email' },
        },
        required: ['topic'],
        additionalProperties: false,
      },
    });
    for (const [id, variables, code, param] of [
      [inferred, {}, 'prompt_variable_missing', 'prompt.variables'],
      [inferred, { topic: 'x', other: 'y' }, 'prompt_variable_unknown', 'prompt.variables'],
      [fixed, { topic: 'x' }, 'schema_required', 'prompt.variables'],
      [declared, {}, 'required', 'prompt.variables.topic'],
      [declared, { topic: 3 }, 'invalid_type', 'prompt.variables.topic'],
      [declared, { topic: 'x' }, 'invalid_length', 'prompt.variables.topic'],
      [declared, { topic: 'tea', level: 0 }, 'invalid_value', 'prompt.variables.level'],
      [declared, { topic: 'tea', tone: 'loud' }, 'invalid_choice', 'prompt.variables.tone'],
      [declared, { topic: 'tea', mail: 'x' }, 'invalid_format', 'prompt.variables.mail'],
    ] as const) {
      await expect(
        client.responses.create({ prompt: { id, variables: variables as Record<string, string> } }),
      ).rejects.toMatchObject({ status: 400, type: 'invalid_request_error', code, param });
    }
    await expect(client.responses.create({ prompt: { id: 'nope' } })).rejects.toMatchObject({
      status: 404,
      message: textWith('Prompt template not found: nope'),
    });
  });
});
