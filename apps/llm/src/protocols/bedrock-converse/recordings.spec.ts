import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { parseObject } from '../../providers/json-object.ts';
import { answering, expectSameAnswer, readByOracle, readWholeByOracle } from '../__fixtures__/oracle.ts';
import { addUp, askedOptions, readFrames, readWhole } from '../__fixtures__/read-answer.ts';
import { recordingsOf, unreadIn } from '../__fixtures__/recordings.ts';
import { ToolNames } from '../turns/tool-names.ts';
import { frameOf } from './__fixtures__/frames.ts';
import { ConverseAnswer } from './answer.ts';

const recordings = [...recordingsOf('bedrock_converse'), ...unreadIn('amazon-bedrock')];
const streams = recordings.flatMap(({ name, events }) => (events === null ? [] : [{ name, events }]));
const isAnswer = (body: string) => parseObject(body)?.['output'] !== undefined;
const wholes = recordings.filter(({ events, body }) => events === null && isAnswer(body));
const others = recordings.filter(({ events, body }) => events === null && !isAnswer(body));

const decoder = () => new ConverseAnswer({ ...askedOptions, names: new ToolNames([]) });

function oracleOf(body: string | Uint8Array, contentType: string) {
  const bedrock = createAmazonBedrock({
    region: 'eu-west-1',
    apiKey: 'key',
    fetch: answering(body, contentType),
  });
  return bedrock.languageModel('anthropic.claude-sonnet-4-5-20250929-v1:0');
}

describe.skipIf(recordings.length === 0)('recorded Converse answers', () => {
  it('exist in both forms', () => {
    expect(streams.length).toBeGreaterThan(0);
    expect(wholes.length).toBeGreaterThan(0);
  });

  it.each(streams)('$name is read as the oracle reads it', async ({ events }) => {
    const frames = Buffer.concat(events.map(frameOf));
    const oracle = await readByOracle(oracleOf(frames, 'application/vnd.amazon.eventstream'));
    expectSameAnswer(addUp(readFrames(decoder(), events)), oracle);
  });

  it.each(wholes)('$name is read as the oracle reads it', async ({ body }) => {
    expectSameAnswer(
      addUp(readWhole(decoder(), body)),
      await readWholeByOracle(oracleOf(body, 'application/json')),
    );
  });

  it.each(others)('$name, which is no answer, is not accepted as one', ({ body }) => {
    expect(() => readWhole(decoder(), body)).toThrow(AppError);
  });
});
