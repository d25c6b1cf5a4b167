import { fail, text, toolCall, wait } from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import { chunksOf } from '../clients/chunks.ts';
import { framesOf } from '../clients/jan-client.ts';
import { documentedAnswers, expectLikeDocumented } from '../clients/jan-document.ts';
import { anyNumber, anyString } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider, web } = system;
const jan = await system.jan();

/** Calls a tool in every turn. */
const neverDone = () => [toolCall('google_search', { q: 'more' })];

describe('stream', () => {
  scenario(['jan-stream', 'jan-stream-stored'], 'streams tools and text as they happen', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [toolCall('google_search', { q: 'AI safety' }, { id: 'call_search' })]
        : [text('Based', ' on', ' recent')];
    const answer = await jan.open({ input: 'Research AI safety and provide key insights' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(answer.headers.get('cache-control')).toContain('no-cache');
    const frames = [];
    for await (const frame of framesOf(answer)) if ('data' in frame) frames.push(frame.data);

    expect(frames.at(-1)).toBe('[DONE]');
    const events = frames.slice(0, -1).map((data) => JSON.parse(data) as unknown);
    expectLikeDocumented(events, documentedAnswers.frames);
    expect(events).toEqual([
      { tool_execution: { tool_name: 'google_search', status: 'started', depth: 0, call_id: 'call_search' } },
      {
        tool_execution: {
          tool_name: 'google_search',
          status: 'completed',
          execution_time_ms: anyNumber,
          depth: 0,
          call_id: 'call_search',
        },
      },
      { delta: { content: 'Based' } },
      { delta: { content: ' on' } },
      { delta: { content: ' recent' } },
    ]);
  });

  scenario('jan-stream', 'streams failed tools too', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('scrape', { url: `${web.url}/broken` })] : [text('It is broken.')];
    const { events } = await jan.stream({ input: 'Read it' });
    expect(events.map((event) => event.tool_execution?.status ?? event.delta?.content)).toEqual([
      'started',
      'failed',
      'It is broken.',
    ]);
  });

  scenario('jan-stream-writes', 'sends each event in a chunk of its own', async () => {
    provider.script = () => [text(...Array.from({ length: 40 }, (_, index) => `word${index} `))];
    const chunks = await chunksOf(`${system.url}/responses/v1/responses`, {
      token: jan.token,
      body: { model: 'jan-v2-30b', input: 'Many words', stream: true },
    });
    const events = chunks.filter((chunk) => !chunk.startsWith(':'));
    expect(events).toHaveLength(41);
    for (const chunk of events) expect(chunk).toMatch(/^data: [^\n]+\n\n$/);
  });

  scenario('jan-stream-failure', 'ends with the error, then [DONE]', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [text('Well'), toolCall('google_search', { q: 'x' })]
        : [fail(400, { message: 'too long' })];
    const { events, frames } = await jan.stream({ input: 'Hello' });
    expect(events[0]).toEqual({ delta: { content: 'Well' } });
    expect(events.at(-1)).toEqual({
      error: { message: anyString, type: 'invalid_request_error', code: 'model_refused' },
    });
    expect(frames.at(-1)).toEqual({ data: '[DONE]' });

    provider.script = neverDone;
    const deep = await jan.stream({ input: 'Hello', metadata: { max_depth: 1 } });
    expect(deep.events.at(-1)).toEqual({
      error: {
        message: 'Tool execution exceeded maximum depth of 1',
        type: 'execution_error',
        code: 'max_depth_exceeded',
      },
    });
    expect(deep.frames.at(-1)).toEqual({ data: '[DONE]' });
  });

  scenario('jan-stream-heartbeat', 'sends comments while it is silent', async () => {
    const goOn = Promise.withResolvers<void>();
    provider.script = () => [text('One'), wait(goOn.promise), text(' two')];
    const seen: string[] = [];
    for await (const frame of framesOf(await jan.open({ input: 'Take your time' }))) {
      if ('data' in frame) seen.push(frame.data);
      // Comments may come before the first word, too.
      else if (seen.length > 0) goOn.resolve();
    }
    expect(seen).toEqual(['{"delta":{"content":"One"}}', '{"delta":{"content":" two"}}', '[DONE]']);
  });
});
