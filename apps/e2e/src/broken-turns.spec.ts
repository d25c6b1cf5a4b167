import {
  cut,
  event,
  type ProviderScript,
  reasoning,
  text,
  toolCall,
  wait,
} from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import { framesOf } from './clients/jan-client.ts';
import { textWith } from './checks/matchers.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const jan = await system.jan();

/** A model that calls a tool and answers. Each of its turns breaks off `times` times before it is complete. */
function breakingOff(times: number): ProviderScript {
  const asked = new Map<number, number>();
  return ({ toolOutputs }) => {
    const turn = toolOutputs.length;
    const tries = (asked.get(turn) ?? 0) + 1;
    asked.set(turn, tries);
    if (tries <= times) return [text('Half of'), cut()];
    return turn === 0 ? [toolCall('google_search', { q: 'x' })] : [text('Whole.')];
  };
}

describe('a turn that breaks off', () => {
  scenario('broken-turn-again', 'is repeated in the background', async () => {
    provider.script = breakingOff(2);
    const callsBefore = provider.calls.length;
    const { body: task } = await jan.create({ input: 'Work', background: true });
    const done = await jan.settled(task.id);
    expect(done).toMatchObject({ status: 'completed', output: 'Whole.' });
    expect(done.tool_executions).toHaveLength(1);
    expect(provider.calls.length - callsBefore).toBe(6);
    // Two complete turns of 15 tokens, and four broken ones by estimate.
    expect(done.usage?.total_tokens).toBeGreaterThan(30);
  });

  scenario('broken-turn-again', 'is repeated in a foreground create', async () => {
    provider.script = breakingOff(1);
    const { status, body } = await jan.create({ input: 'Work' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'completed', output: 'Whole.' });
    expect(body.tool_executions).toHaveLength(1);
  });

  scenario('broken-turn-again', 'is requested again by a stream that has sent none of it', async () => {
    const brokenOff = (...said: ReturnType<typeof text>): ProviderScript => {
      const callsBefore = provider.calls.length;
      return () => (provider.calls.length - callsBefore === 1 ? [...said, cut()] : [text('Whole.')]);
    };
    provider.script = brokenOff(...reasoning('Let me', ' think'));
    const { events } = await jan.stream({ input: 'Work' });
    expect(events).toEqual([{ delta: { content: 'Whole.' } }]);

    provider.script = brokenOff(...text('Half of'));
    const input = [{ type: 'message', role: 'user', content: [{ type: 'text', text: 'Work' }] }];
    const agent = { model: 'openai/gpt-scripted', input, stream: 'events', disable_cache: true };
    const { text: stream } = await jan.request('POST', '/api/v1/responses', {
      body: JSON.stringify(agent),
      headers: { 'content-type': 'application/json' },
    });
    expect(stream).toContain('"content":"Whole."');
    expect(stream).not.toContain('Half of');
  });

  scenario('broken-turn-again', 'is repeated a bounded number of times', async () => {
    provider.script = () => [text('Half of'), cut()];
    const callsBefore = provider.calls.length;
    const { body: task } = await jan.create({ input: 'Work', background: true });
    expect(await jan.settled(task.id)).toMatchObject({ status: 'failed', error: textWith('broke') });
    expect(provider.calls.length - callsBefore).toBe(3);
  });
});

describe('a failed run keeps the text that arrived', () => {
  const readings = {
    jan: '/responses/v1/responses',
    openai: '/v1/responses',
    agent: '/api/v1/responses',
    codex: '/codex/v1/responses',
  };

  async function expectKept(id: string, said: string): Promise<void> {
    for (const [dialect, path] of Object.entries(readings)) {
      const { status, text: body } = await jan.request('GET', `${path}/${id}`);
      expect(status, dialect).toBe(200);
      expect(body, dialect).toContain(said);
    }
  }

  scenario('broken-turn-text', 'where its provider breaks off a stream that was read', async () => {
    provider.script = () => [text('Half', ' of an', ' answer'), cut()];
    const callsBefore = provider.calls.length;
    const stream = await jan.open({ input: 'Tell' });
    let heard = '';
    for await (const frame of framesOf(stream)) heard += JSON.stringify(frame);
    expect(heard).toContain(' answer');
    expect(provider.calls.length - callsBefore).toBe(1);
    await expectKept(stream.headers.get('x-response-id') ?? '', 'Half of an answer');
  });

  scenario('broken-turn-text', 'also the text that arrived together with the error', async () => {
    const error = { error: { message: 'Boom', code: 500 } };
    provider.script = () => [text('The first'), wait(50), text(' and the', ' last words'), event(error)];
    for (let i = 0; i < 4; i++) {
      const stream = await jan.open({ input: 'Tell' });
      let heard = '';
      for await (const frame of framesOf(stream)) heard += JSON.stringify(frame);
      expect(heard).toContain(' last words');
      await expectKept(stream.headers.get('x-response-id') ?? '', 'The first and the last words');
    }
  });

  scenario('broken-turn-text', 'in the background', async () => {
    provider.script = () => [text('Half of', ' an answer'), cut()];
    const { body: task } = await jan.create({ input: 'Work', background: true });
    expect(await jan.settled(task.id)).toMatchObject({ status: 'failed', output: 'Half of an answer' });
    await expectKept(task.id, 'Half of an answer');
  });
});
