import { describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { type Body, agentSystem } from './agent-system.ts';

const { create, proposes, put } = await agentSystem();

describe('streams', () => {
  const eventsOf = async (body: Body) => {
    const answer = await create(
      { disable_cache: true, ...body },
      { headers: { accept: 'text/event-stream' } },
    );
    return [...(await answer.text()).matchAll(/^data: (.*)$/gm)].map(
      ([, data = '']) => JSON.parse(data) as Body,
    );
  };

  scenario('agent-stream', 'have deltas, or whole messages only', async () => {
    const full = await eventsOf({ input: 'x' });
    expect(full.map(({ type }) => type)).toEqual([
      'response.created',
      ...Array.from({ length: 3 }, () => 'response.output_text.delta'),
      'response.completed',
    ]);
    expect(full.flatMap(({ content }) => (typeof content === 'string' ? [content] : [])).join('')).toBe(
      'Hello there.',
    );
    const events = await eventsOf({ input: 'x', stream: 'events' });
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.message',
      'response.completed',
    ]);
    expect(events[1]).toMatchObject({ content: 'Hello there.', role: 'assistant' });
  });

  scenario(
    ['agent-stream', 'agent-interrupt'],
    'report a pause, and continue after the decision',
    async () => {
      proposes(put());
      const paused = await eventsOf({ input: 'Update', stream: 'events' });
      expect(paused.map(({ type }) => type)).toEqual([
        'response.created',
        'response.output_tool_calls.complete',
        'response.interrupt',
        'response.completed',
      ]);
      expect(paused.at(-1)).toMatchObject({ status: 'interrupted' });
      const resumed = await eventsOf({
        input: [{ type: 'tool_decision', tool_call_id: 'call_0', decision: 'accept' }],
        conversation_id: paused[0]?.conversation_id,
        stream: 'events',
      });
      expect(resumed.map(({ type }) => type)).toEqual([
        'response.resumed',
        'response.tool',
        'response.message',
        'response.completed',
      ]);
      expect(resumed[1]).toMatchObject({ tool_call_id: 'call_0', status: 'success' });
    },
  );
});
