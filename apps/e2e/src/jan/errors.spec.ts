import { fail, text, toolCall } from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import type { JanError } from '../clients/jan-client.ts';
import { anyString, textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const jan = await system.jan();

/** Calls a tool in every turn. */
const neverDone = () => [toolCall('google_search', { q: 'more' })];

describe('depth', () => {
  scenario(['jan-depth', 'jan-depth-exceeded'], 'is limited by metadata.max_depth', async () => {
    provider.script = neverDone;
    const { status, headers, body } = await jan.create<JanError>({
      input: 'Complex research task',
      metadata: { max_depth: 3 },
    });
    expect(status).toBe(422);
    expect(body).toEqual({
      error: {
        message: 'Tool execution exceeded maximum depth of 3',
        type: 'execution_error',
        code: 'max_depth_exceeded',
      },
    });
    expect(headers.get('x-request-id')).toBeTruthy();

    provider.script = ({ toolOutputs }) => (toolOutputs.length < 3 ? neverDone() : [text('Done.')]);
    const within = await jan.create({ input: 'Complex research task', metadata: { max_depth: 3 } });
    expect(within.body).toMatchObject({ status: 'completed', output: 'Done.', metadata: { max_depth: 3 } });
    expect(within.body.tool_executions.map(({ depth }) => depth)).toEqual([0, 1, 2]);
  });

  scenario(['jan-depth', 'jan-depth-exceeded'], "never goes beyond the server's limit", async () => {
    provider.script = neverDone;
    for (const metadata of [{}, { max_depth: 15 }]) {
      const { status, body } = await jan.create<JanError>({ input: 'Complex research task', metadata });
      expect(status).toBe(422);
      expect(body.error.message).toBe('Tool execution exceeded maximum depth of 8');
    }
    for (const max_depth of [0, 16, 2.5, '3']) {
      const { status, body } = await jan.create<JanError>({ input: 'x', metadata: { max_depth } });
      expect(status).toBe(400);
      expect(body.error.message).toContain('max_depth');
    }
  });
});

describe('errors', () => {
  scenario('jan-error-400', 'a missing input is 400', async () => {
    const { status, body } = await jan.create<JanError>({});
    expect(status).toBe(400);
    expect(body).toEqual({
      error: {
        message: textWith('input'),
        type: 'invalid_request_error',
        code: 'invalid_request',
      },
    });
  });

  scenario('jan-error-404', 'an unknown response is 404', async () => {
    const { status, body } = await jan.get<JanError>('invalid_id');
    expect(status).toBe(404);
    expect(body).toEqual({
      error: { message: anyString, type: 'not_found_error', code: 'not_found' },
    });
  });

  scenario('bad-provider', "reports the provider's failures as errors of this server", async () => {
    const answerTo = async (...script: Parameters<typeof fail>) => {
      provider.script = () => [fail(...script)];
      return jan.create<JanError>({ input: 'Hello' });
    };
    expect(await answerTo(400, { message: 'context too long' })).toMatchObject({
      status: 400,
      body: {
        error: { code: 'context_too_long', message: textWith('context too long') },
      },
    });
    for (const providersStatus of [401, 403]) {
      const { status, text: said } = await answerTo(providersStatus, { message: 'secret of the provider' });
      expect(status).toBe(502);
      expect(said).not.toContain('secret of the provider');
    }
    const broken = await answerTo(500, {
      message: 'No memory at http://gpu-3.internal:8000/v1 with sk-abc12345',
    });
    expect(broken).toMatchObject({
      status: 502,
      body: { error: { code: 'model_error', message: textWith('No memory at [removed] with [removed]') } },
    });
    const limited = await answerTo(429, { headers: { 'retry-after': '60' } });
    expect(limited).toMatchObject({ status: 429, body: { error: { type: 'rate_limit_error' } } });
    expect(limited.headers.get('retry-after')).toBe('60');
    provider.script = () => [text('half'), { do: 'end' }];
    expect((await jan.create<JanError>({ input: 'Hello' })).status).toBe(502);
  });

  scenario('bad-output', 'stores any output of a model', async () => {
    provider.script = () => [text('NUL \u0000 and half a pair \ud83d.')];
    const { status, body } = await jan.create({ input: 'Say anything' });
    expect(status).toBe(200);
    expect((await jan.get(body.id)).body.output).toBe('NUL \ufffd and half a pair \ufffd.');
  });
});
