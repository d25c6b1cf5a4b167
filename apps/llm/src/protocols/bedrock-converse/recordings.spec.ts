import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { parseObject } from '../../providers/json-object.ts';
import { answering, type OracleAnswer, readByOracle, readWholeByOracle } from '../__fixtures__/oracle.ts';
import { addUp, type ReadAnswer, readFrames, readWhole } from '../__fixtures__/read-answer.ts';
import { recordingsOf, unreadIn } from '../__fixtures__/recordings.ts';
import { ToolNames } from '../turns/tool-names.ts';
import { frameOf } from './__fixtures__/frames.ts';
import { ConverseAnswer } from './answer.ts';

const recordings = [...recordingsOf('bedrock_converse'), ...unreadIn('amazon-bedrock')];
const streams = recordings.flatMap(({ name, events }) => (events === null ? [] : [{ name, events }]));
const isAnswer = (body: string) => parseObject(body)?.['output'] !== undefined;
const wholes = recordings.filter(({ events, body }) => events === null && isAnswer(body));
const others = recordings.filter(({ events, body }) => events === null && !isAnswer(body));

function decoder(): ConverseAnswer {
  const names = new ToolNames([]);
  return new ConverseAnswer({
    provider: 'test',
    account: 'here',
    model: 'asked',
    names,
    estimateInputTokens: () => 1,
  });
}

function oracleOf(body: string | Uint8Array, contentType: string) {
  const bedrock = createAmazonBedrock({
    region: 'eu-west-1',
    apiKey: 'key',
    fetch: answering(body, contentType),
  });
  return bedrock.languageModel('anthropic.claude-sonnet-4-5-20250929-v1:0');
}

const finishes = {
  stop: 'stop',
  tool_calls: 'tool-calls',
  length: 'length',
  content_filter: 'content-filter',
};

function expectEqual(answer: ReadAnswer, oracle: OracleAnswer): void {
  expect(answer.text).toBe(oracle.text);
  expect(answer.thought).toBe(oracle.thought);
  expect(answer.calls).toEqual(oracle.calls.map((call) => ({ ...call, arguments: call.arguments || '{}' })));
  const hasCalls = oracle.calls.length > 0;
  expect(finishes[answer.end.finishReason]).toBe(hasCalls ? 'tool-calls' : oracle.finish);
  const { usage } = answer.end;
  if (oracle.usage.inputTokens.total === undefined) return;
  expect(usage.inputTokens).toBe(oracle.usage.inputTokens.total);
  expect(usage.cachedInputTokens).toBe(oracle.usage.inputTokens.cacheRead);
  expect(usage.cacheWriteTokens ?? 0).toBe(oracle.usage.inputTokens.cacheWrite);
  expect(usage.outputTokens).toBe(oracle.usage.outputTokens.total);
}

describe.skipIf(recordings.length === 0)('recorded Converse answers', () => {
  it('exist in both forms', () => {
    expect(streams.length).toBeGreaterThan(0);
    expect(wholes.length).toBeGreaterThan(0);
  });

  it.each(streams)('$name is read as the oracle reads it', async ({ events }) => {
    const frames = Buffer.concat(events.map(frameOf));
    const oracle = await readByOracle(oracleOf(frames, 'application/vnd.amazon.eventstream'));
    expectEqual(addUp(readFrames(decoder(), events)), oracle);
  });

  it.each(wholes)('$name is read as the oracle reads it', async ({ body }) => {
    expectEqual(
      addUp(readWhole(decoder(), body)),
      await readWholeByOracle(oracleOf(body, 'application/json')),
    );
  });

  it.each(others)('$name, which is no answer, is not accepted as one', ({ body }) => {
    expect(() => readWhole(decoder(), body)).toThrow(AppError);
  });
});
