import { describe, expect } from 'vitest';
import { surroundings } from '../system/surroundings.ts';
import { EventReader } from '../clients/event-reader.ts';
import { anyNumber, anyString, textLike, textWith } from '../checks/matchers.ts';
import { scenario, scenarioOfProcesses } from '../scenario.ts';
import { model, promptSystem, refused, teacher } from './prompt-system.ts';

const { call, create, client, system } = await promptSystem();

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
    const asOther = { as: await system.token() };
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
      expect(await call(method, `/${id}${path}`, body, asOther)).toMatchObject({
        status: 404,
        body: { error: { message: textWith(`Prompt template not found: ${id}`) } },
      });
    }
    expect((await call('GET', '', undefined, asOther)).body.data).toEqual([]);
    // Their own prompt may have the same name.
    expect(await call('POST', '', { name: 'x', id }, asOther)).toMatchObject({ status: 200 });
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
