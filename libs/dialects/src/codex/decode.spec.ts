import { readFileSync } from 'node:fs';
import { read } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { clientCall, serverCall, testResponse } from '../testing/test-response.ts';
import { decodeCreate, decodeRetrieve } from './decode.ts';
import { ToolOutput } from './schema.ts';
import { decodeToolOutput, encodeToolOutputTaken } from './tool-outputs.ts';

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./__fixtures__/${name}.json`, import.meta.url), 'utf8'));
}

describe("the document's requests", () => {
  it('basic streaming chat', () => {
    expect(decodeCreate(fixture('basic-streaming-chat.request'))).toMatchObject({
      request: { dialect: 'codex', model: 'gpt-4o-mini', onPause: 'hold', stored: true },
      reply: 'stream',
    });
  });

  it('tool call workflow: the tool is the caller’s, in the form of chat completions', () => {
    expect(decodeCreate(fixture('tool-call-workflow.request')).request).toMatchObject({
      serverTools: [],
      clientTools: [{ name: 'get_time', description: 'Return current time.' }],
    });
  });

  it('background job', () => {
    expect(decodeCreate(fixture('background-job.request'))).toMatchObject({
      request: { background: true, stored: true },
      reply: 'json',
    });
  });
});

describe('the output of a tool', () => {
  const response = testResponse({ output: [serverCall('call_0'), clientCall('call_1')] });
  const decision = { callId: 'call_1', action: 'output', output: 'It is 18:42 UTC.' };
  const decode = (body: unknown) => decodeToolOutput(read(ToolOutput, body), response);

  it('is for the call with that `id` or `call_id`', () => {
    expect(decode(fixture('tool-call-workflow.tool-output'))).toEqual([decision]);
    expect(decode({ tool_call_id: 'call_1', output: 'It is 18:42 UTC.' })).toEqual([decision]);
  });

  it('may have content parts', () => {
    const output = [{ type: 'input_image', image_url: 'https://example.com/a.png' }];
    expect(decode({ tool_call_id: 'call_1', output })).toEqual([
      { ...decision, output: [{ type: 'image', url: 'https://example.com/a.png' }] },
    ]);
  });

  it.each([
    [{ tool_call_id: 'call_9', output: 'x' }, 'not_found', 'has no tool call "call_9"'],
    [{ output: 'x' }, 'invalid_request', 'tool_call_id is required'],
    [{ tool_call_id: 'call_1' }, 'invalid_request', 'output must be a string or an array'],
    [{ tool_call_id: 'call_1', output: [] }, 'invalid_request', 'output must not be empty'],
    [{ tool_call_id: 'call_1', output: '' }, 'invalid_request', 'output must not be empty'],
    [
      { tool_call_id: 'call_1', output: [{ type: 'output_text', text: '' }] },
      'invalid_request',
      'output must not be empty',
    ],
    [{ tool_call_id: 'call_1', output: [{ type: 'video' }] }, 'invalid_request', 'output[0].type'],
    [
      { tool_call_id: 'call_1', output: [{ type: 'input_file', file_id: 'file_1' }] },
      'invalid_request',
      'output must have the bytes or a link of each file',
    ],
    [null, 'invalid_request', 'The request body must be a JSON object'],
  ])('is refused: %j', (body, code, message) => {
    expect(() => decode(body)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error,
    );
  });

  it('is taken, and the run goes on', () => {
    expect(encodeToolOutputTaken(testResponse({ status: 'requires_action' }))).toEqual({
      id: 'resp_test',
      status: 'in_progress',
    });
  });
});

describe('a retrieve', () => {
  it.each([
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['250ms', 250],
    ['1.5s', 1_500],
  ])('waits for %s', (wait, waitMs) => {
    expect(decodeRetrieve({ wait })).toEqual({ reply: 'json', waitMs });
  });

  it.each(['', '30', 's', '-1s', '1s ', '1d'])('refuses to wait for "%s"', (wait) => {
    expect(() => decodeRetrieve({ wait })).toThrow(/wait/);
  });

  it('is streamed as in the openai dialect', () => {
    expect(decodeRetrieve({})).toEqual({ reply: 'json' });
    expect(decodeRetrieve({ stream: 'true', starting_after: '3' })).toEqual({
      reply: 'stream',
      startingAfter: 3,
    });
  });
});
