import { text } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect } from 'vitest';
import { surroundings } from './system/surroundings.ts';
import { EventReader } from './clients/event-reader.ts';
import { anyNumber, anyString, textLike, textWith } from './checks/matchers.ts';
import { scenario, scenarioOfProcesses } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: token, maxRetries: 0 });
const model = 'gpt-scripted';

interface Answer {
  status: number;
  etag: string | null;
  body: Record<string, unknown> & { id: string };
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  { headers = {}, as = token }: { headers?: Record<string, string>; as?: string } = {},
): Promise<Answer> {
  const answer = await fetch(`${system.url}/v1/prompts${path}`, {
    method,
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    etag: answer.headers.get('etag'),
    body: (await answer.json()) as Answer['body'],
  };
}

async function create(content: object): Promise<string> {
  const { status, body } = await call('POST', '', { name: 'A prompt', model, ...content });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.id;
}

const teacher = {
  name: 'Teacher',
  tags: ['school', 'physics'],
  system_prompt: 'You teach {{ topic }}{% if level is defined %} at level {{ level }}{% endif %}.',
  messages: [{ role: 'user', content: 'Explain {{ topic }} in a {{ tone | default("kind") }} tone.' }],
  settings: { temperature: 0.3 },
};
const messagesOf = (index = -1) =>
  provider.calls.at(index)?.body.messages.map(({ role, content }) => ({ role, content }));
const refused = (code: string, param: string | null, message: unknown = anyString) => ({
  status: 400,
  body: { error: { type: 'invalid_request_error', code, param, message } },
});

/** Letters and spaces in a fixed random order: no state of an expression repeats. */
function irregularText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return 'ab '[Math.floor(state / 65_536) % 3];
  }).join('');
}

describe('prompts', () => {
  scenario('prompts-write', 'are created, read, listed and deleted', async () => {
    const made = await call('POST', '', {
      model,
      ...teacher,
      id: 'prompt_teacher',
      description: 'For schools',
    });
    expect(made).toMatchObject({
      status: 200,
      etag: '"1"',
      body: {
        id: 'prompt_teacher',
        object: 'prompt',
        name: 'Teacher',
        description: 'For schools',
        tags: ['school', 'physics'],
        version: '1',
        default_version: '1',
        latest_version: '1',
        is_default: true,
        created_at: anyNumber,
        variables: [
          { name: 'topic', required: true },
          { name: 'level', required: false },
          { name: 'tone', required: false },
        ],
        model,
        settings: { temperature: 0.3 },
        system_role: 'system',
        retry_limit: 3,
        stream: false,
      },
    });
    expect(await call('GET', '/prompt_teacher')).toEqual({ ...made, status: 200 });
    expect(await call('POST', '', { name: 'Again', id: 'prompt_teacher' })).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict', param: 'id' } },
    });

    const other = await create({ name: 'Poet', tags: ['fun'] });
    expect(other).toMatch(/^prompt_/);
    const ids = async (query: string) =>
      ((await call('GET', query)).body.data as { id: string }[]).map(({ id }) => id);
    expect(await ids('')).toEqual([other, 'prompt_teacher']);
    expect(await ids('?order=asc&limit=1')).toEqual(['prompt_teacher']);
    expect(await ids('?order=asc&after=prompt_teacher')).toEqual([other]);
    expect(await ids('?name=TEACH')).toEqual(['prompt_teacher']);
    expect(await ids('?tag=fun')).toEqual([other]);
    expect((await call('GET', '?limit=1')).body).toMatchObject({
      object: 'list',
      has_more: true,
      last_id: other,
    });
    expect(await call('GET', '?limit=0')).toMatchObject({ status: 400 });

    expect(await call('DELETE', `/${other}`)).toMatchObject({
      status: 200,
      body: { id: other, deleted: true },
    });
    expect(await call('GET', `/${other}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', message: `Prompt template not found: ${other}` } },
    });
  });

  scenario(['prompts-versions', 'prompts-concurrency', 'prompts-audit'], 'have versions', async () => {
    const id = await create(teacher);
    const second = await call('PATCH', `/${id}`, { settings: { temperature: 0.9 }, note: 'warmer' });
    expect(second).toMatchObject({
      status: 200,
      etag: '"2"',
      body: { version: '2', default_version: '1', latest_version: '2', is_default: false, note: 'warmer' },
    });
    expect(second.body.system_prompt).toBe(teacher.system_prompt);
    expect((await call('GET', `/${id}`)).body).toMatchObject({
      version: '1',
      settings: { temperature: 0.3 },
    });
    expect((await call('GET', `/${id}?version=2`)).body).toMatchObject({ settings: { temperature: 0.9 } });
    expect(await call('GET', `/${id}?version=7`)).toMatchObject({ status: 404 });
    expect((await call('GET', `/${id}/diff?from=1&to=2`)).body).toMatchObject({
      changes: [{ path: 'settings.temperature', op: 'changed', from: 0.3, to: 0.9 }],
    });

    // A client that has read the first revision only.
    const stale = { headers: { 'if-match': '"1"' } };
    for (const [method, path, body] of [
      ['PATCH', '', { name: 'Lost' }],
      ['PATCH', '', { model: 'lost' }],
      ['POST', '/default', { version: 2 }],
      ['POST', '/versions/2/archive', undefined],
      ['DELETE', '', undefined],
    ] as const) {
      expect(await call(method, `/${id}${path}`, body, stale)).toMatchObject({
        status: 412,
        body: { error: { code: 'precondition_failed' } },
      });
    }
    const renamed = await call('PATCH', `/${id}`, { name: 'Tutor' }, { headers: { 'if-match': '"2"' } });
    expect(renamed).toMatchObject({ status: 200, etag: '"3"', body: { name: 'Tutor', latest_version: '2' } });

    expect(await call('POST', `/${id}/versions/1/archive`)).toMatchObject({
      status: 400,
      body: { error: { message: textWith('is the default') } },
    });
    expect((await call('POST', `/${id}/default`, { version: '2' })).body).toMatchObject({
      default_version: '2',
    });
    expect((await call('POST', `/${id}/versions/1/archive`)).body).toMatchObject({ archived_at: anyNumber });
    expect(await call('POST', `/${id}/default`, { version: 1 })).toMatchObject({ status: 400 });
    expect((await call('GET', `/${id}/versions`)).body).toMatchObject({
      data: [
        { version: '2', is_default: true, archived_at: null },
        { version: '1', archived_at: anyNumber },
      ],
    });
    await expect(client.responses.create({ prompt: { id, version: '1' } })).rejects.toMatchObject({
      status: 404,
      message: textWith(`Prompt template not found: ${id}`),
    });

    const copy = await call('POST', `/${id}/copy`, { name: 'Copy' });
    expect(copy.body).toMatchObject({ name: 'Copy', version: '1', settings: { temperature: 0.9 } });
    expect(copy.body.id).not.toBe(id);

    await call('DELETE', `/${id}`);
    const { body } = await call('GET', `/${id}/audit?order=asc`);
    expect(body.data).toMatchObject([
      { action: 'created', version: '1', actor: { kind: 'guest', id: anyString }, created_at: anyNumber },
      { action: 'version_added', version: '2', details: { from_version: 1 } },
      { action: 'updated', details: { name: 'Tutor' } },
      { action: 'default_set', version: '2', details: { from_version: 1 } },
      { action: 'version_archived', version: '1' },
      { action: 'deleted', details: { name: 'Tutor' } },
    ]);
    const page = await call('GET', `/${id}/audit?order=asc&limit=2`);
    expect(page.body).toMatchObject({ has_more: true, data: [{}, {}] });
    expect(
      (await call('GET', `/${id}/audit?order=asc&after=${String(page.body.last_id)}`)).body.data,
    ).toHaveLength(4);
  });

  scenarioOfProcesses('prompts-events', 'publish an event for each version', async () => {
    const reader = await EventReader.open(surroundings().natsUrls.consumer);
    const id = await create(teacher);
    await call('PATCH', `/${id}`, { stream: true });
    const heard = (version: string) => (data: Record<string, unknown>) =>
      data['promptId'] === id && data['version'] === version;
    await reader.until('events.prompts.published', heard('1'));
    await reader.until('events.prompts.published', heard('2'));
    await reader.close();
  });

  scenario('prompts-concurrency', 'lose no update of two concurrent ones', async () => {
    const id = await create(teacher);
    const answers = await Promise.all(
      [1, 2, 3, 4].map((temperature) =>
        call('PATCH', `/${id}`, { settings: { temperature: temperature / 4 } }),
      ),
    );
    const made = answers.filter(({ status }) => status === 200);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect((await call('GET', `/${id}/versions`)).body.data).toHaveLength(made.length + 1);
  });

  scenario('prompts-owner', 'are unknown to other callers', async () => {
    const id = await create(teacher);
    const stranger = { as: await system.token() };
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { name: 'Mine' }],
      ['DELETE', ''],
      ['GET', '/versions'],
      ['GET', '/diff?from=1&to=1'],
      ['POST', '/copy', {}],
      ['POST', '/default', { version: 1 }],
      ['POST', '/versions/1/archive'],
      ['GET', '/audit'],
      ['POST', '/render', {}],
    ] as const) {
      expect(await call(method, `/${id}${path}`, body, stranger)).toMatchObject({
        status: 404,
        body: { error: { message: textWith(`Prompt template not found: ${id}`) } },
      });
    }
    expect((await call('GET', '', undefined, stranger)).body.data).toEqual([]);
    // Their own prompt may have the same name.
    expect(await call('POST', '', { name: 'x', id }, stranger)).toMatchObject({ status: 200 });
    expect((await fetch(`${system.url}/v1/prompts`)).status).toBe(401);
    expect(await call('GET', '/%00')).toMatchObject({ status: 404 });
  });

  scenario('prompts-refused', 'that cannot be run are refused when they are saved', async () => {
    for (const [content, code, param, message] of [
      [{ name: '' }, 'invalid_value', 'name', anyString],
      [{ name: undefined }, 'missing_required_parameter', 'name', 'name is required'],
      [{ id: '../x' }, 'invalid_value', 'id', anyString],
      [{ system_prompt: 'a\n {{ b' }, 'template_error', 'system_prompt', textWith('line 2, column 2')],
      [
        { messages: [{ role: 'user', content: [{ type: 'input_text', text: '{% if a %}' }] }] },
        'template_error',
        'messages[0].content[0].text',
        textWith('line 1, column 1: {% if %} is never closed'),
      ],
      [{ system_prompt: 'x'.repeat(65_537) }, 'template_error', 'system_prompt', anyString],
      [
        { settings: { temperature: 3 } },
        'invalid_value',
        'settings.temperature',
        textLike(/^settings\.temperature must/),
      ],
      [{ settings: { temprature: 1 } }, 'invalid_value', 'settings.temprature', anyString],
      [{ tools: [{ type: 'function' }] }, 'missing_required_parameter', 'tools[0].name', anyString],
      [
        { messages: [{ role: 'user', content: [{ type: 'smell' }] }] },
        'invalid_value',
        'messages[0].content[0].type',
        anyString,
      ],
      [{ input_schema: { type: 'strin' } }, 'invalid_value', 'input_schema.type', anyString],
      [
        { input_schema: { type: 'object', properties: { a: { type: 'strin' } } } },
        'invalid_value',
        'input_schema',
        anyString,
      ],
      [{ output_schema: { $ref: 'https://example.com/x' } }, 'invalid_value', 'output_schema', anyString],
      [
        { validation_rules: [{ target: 'output', schema: { pattern: '(?=a)' }, message: 'x' }] },
        'invalid_value',
        'validation_rules',
        anyString,
      ],
      [{ retry_limit: 99 }, 'invalid_value', 'retry_limit', anyString],
    ] as const) {
      const answer = await call('POST', '', { name: 'x', ...content });
      expect.soft(answer, JSON.stringify(content).slice(0, 200)).toMatchObject(refused(code, param, message));
    }
    const id = await create(teacher);
    expect(await call('PATCH', `/${id}`, { system_prompt: '{% endif %}' })).toMatchObject(
      refused('template_error', 'system_prompt'),
    );
    expect((await call('GET', `/${id}`)).body).toMatchObject({ latest_version: '1' });
  });
});

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
          error: { type: 'invalid_request_error', message: textWith('takes longer than 1000 ms to check') },
        },
      });
      expect(answered).toBeGreaterThan(5);
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
    await expect
      .poll(async () => (task = await client.responses.retrieve(task.id)).status, { timeout: 10_000 })
      .toBe('completed');
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

describe('the form of an answer', () => {
  const output_schema = {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  };
  const messages = [{ role: 'user', content: 'Where is {{ thing }}?' }];
  const prompt = (id: string) => ({ id, variables: { thing: 'the tower' } });

  scenario('prompts-output', 'is requested until it fits', async () => {
    const answers = ['In Paris.', '{"town":"Paris"}', '{"city":"Paris"}'];
    let asked = 0;
    provider.script = () => [text(answers[asked++ % 3] ?? '')];
    const id = await create({ messages, output_schema });
    const response = await client.responses.create({ prompt: prompt(id) });
    expect(response).toMatchObject({
      status: 'completed',
      output_text: '{"city":"Paris"}',
      usage: { total_tokens: 45 },
      metadata: {
        output_attempts: '3',
        output_rejection_1: textWith('not valid JSON'),
        output_rejection_2: textWith('city is required'),
      },
      text: { format: { type: 'json_schema', schema: output_schema } },
    });
    expect(messagesOf()).toMatchObject([
      { role: 'user', content: 'Where is the tower?' },
      { role: 'assistant', content: 'In Paris.' },
      { role: 'user', content: textWith('not valid JSON') },
      { role: 'assistant', content: '{"town":"Paris"}' },
      { role: 'user', content: textWith('city is required') },
    ]);

    // A stream has every attempt; its end equals the stored response.
    const stream = client.responses.stream({ prompt: prompt(id) });
    const done: string[] = [];
    stream.on('event', (event) => {
      if (event.type === 'response.output_item.done' && event.item.type === 'message')
        done.push(event.item.status);
    });
    const streamed = await stream.finalResponse();
    expect(done).toEqual(['incomplete', 'incomplete', 'completed']);
    expect(streamed.output_text).toBe('{"city":"Paris"}');
    const { _request_id: _, ...stored } = await client.responses.retrieve(streamed.id);
    expect(stored).toMatchObject({ output: streamed.output.map(({ id: itemId }) => ({ id: itemId })) });

    // A rejected answer is not part of a later turn.
    await client.responses.create({ model, input: 'Thanks', previous_response_id: response.id });
    expect(messagesOf()?.map(({ content }) => content)).toEqual([
      'Where is the tower?',
      '{"city":"Paris"}',
      'Thanks',
    ]);
  });

  scenario('prompts-output', 'fails the run in the end', async () => {
    provider.script = () => [text('In Paris.')];
    const id = await create({ messages, output_schema, retry_limit: 1 });
    const callsBefore = provider.calls.length;
    await expect(client.responses.create({ prompt: prompt(id) })).rejects.toMatchObject({
      status: 422,
      code: 'output_invalid',
      message: textWith('not valid JSON'),
    });
    expect(provider.calls.length - callsBefore).toBe(2);

    const stream = await client.responses.create({ prompt: prompt(id), stream: true });
    const read = async () => {
      for await (const event of stream) expect(event.type).not.toBe('response.completed');
    };
    await expect(read()).rejects.toMatchObject({
      code: 'server_error',
      error: { reason: 'output_invalid' },
      message: textWith('not valid JSON'),
    });

    let task: Response = await client.responses.create({ prompt: prompt(id), background: true });
    await expect
      .poll(async () => (task = await client.responses.retrieve(task.id)).status, { timeout: 10_000 })
      .toBe('failed');
    expect(task).toMatchObject({
      error: { code: 'server_error', reason: 'output_invalid' },
      metadata: { output_attempts: '2' },
    });
  });

  scenario('prompts-output', 'keeps the rules of the prompt', async () => {
    const answers = ['Far too long an answer', 'Brief'];
    provider.script = () => [text(answers.shift() ?? '')];
    const id = await create({
      messages,
      validation_rules: [{ target: 'output', schema: { maxLength: 10 }, message: 'ten characters at most' }],
    });
    const response = await client.responses.create({ prompt: prompt(id) });
    expect(response.output_text).toBe('Brief');
    expect(response.metadata).toMatchObject({ output_rejection_1: 'ten characters at most' });
  });

  scenario('output-format', 'is checked once if the request has a schema', async () => {
    const format = { type: 'json_schema' as const, name: 'place', schema: output_schema, strict: true };
    const ask = () => client.responses.create({ model, input: 'Where?', text: { format } });
    provider.script = () => [text('{"city":"Paris"}')];
    expect((await ask()).output_text).toBe('{"city":"Paris"}');
    provider.script = () => [text('{"city":1}')];
    const callsBefore = provider.calls.length;
    await expect(ask()).rejects.toMatchObject({ status: 422, code: 'output_invalid' });
    expect(provider.calls.length - callsBefore).toBe(1);
    await expect(
      client.responses.create({
        model,
        input: 'x',
        text: { format: { ...format, schema: { type: 'strin' } } },
      }),
    ).rejects.toMatchObject({ status: 400, param: 'text.format.schema' });
  });
});
