import { createAnthropic } from '@ai-sdk/anthropic';
import { AppError, type ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import { parseObject } from '../../providers/json-object.ts';
import {
  answering,
  expectSameAnswer,
  type OracleAnswer,
  readByOracle,
  readWholeByOracle,
} from '../__fixtures__/oracle.ts';
import { addUp, askedOptions, type ReadAnswer, readEvents, readWhole } from '../__fixtures__/read-answer.ts';
import { recordingsOf, unreadIn } from '../__fixtures__/recordings.ts';
import { ToolNames } from '../turns/tool-names.ts';
import { MessageAnswer } from './answer.ts';

const recordings = [...recordingsOf('anthropic_messages'), ...unreadIn('anthropic')];
/** The stream of one message: some recordings have those of several requests. */
const streams = recordings.flatMap(({ name, events }) => {
  if (events === null) return [];
  const last = events.findIndex((event) => parseObject(event)?.['type'] === 'message_stop');
  return [{ name, events: events.slice(0, last + 1) }];
});
const isMessage = (body: string) => Array.isArray(parseObject(body)?.['content']);
const wholes = recordings.filter(({ events, body }) => events === null && isMessage(body));
const others = recordings.filter(({ events, body }) => events === null && !isMessage(body));

const decoder = () => new MessageAnswer({ ...askedOptions, names: new ToolNames([]) });

function sse(events: readonly string[]): string {
  return events.map((event) => `event: ${String(parseObject(event)?.['type'])}\ndata: ${event}\n\n`).join('');
}

function oracleOf(body: string, contentType: string) {
  return createAnthropic({ apiKey: 'key', fetch: answering(body, contentType) }).languageModel(
    'claude-opus-4-6',
  );
}

function expectEqual(answer: ReadAnswer, oracle: OracleAnswer): void {
  expectSameAnswer(answer, oracle);
  // The oracle lists what was found as well, not only what is cited.
  for (const { url } of answer.citations) expect(oracle.urls).toContain(url);
  expect(answer.end.usage.reasoningTokens).toBe(oracle.usage.outputTokens.reasoning ?? 0);
}

describe.skipIf(recordings.length === 0)('recorded messages', () => {
  it('exist in both forms', () => {
    expect(streams.length).toBeGreaterThan(0);
    expect(wholes.length).toBeGreaterThan(0);
  });

  it.each(streams.filter(isComparable))('$name is read as the oracle reads it', async ({ events }) => {
    const oracle = await readByOracle(oracleOf(sse(events), 'text/event-stream'));
    const read = (): ModelDelta[] => readEvents(decoder(), sse(events));
    if (oracle.failed) expect(read).toThrow(AppError);
    else expectEqual(addUp(read()), oracle);
  });

  it.each(wholes.filter(isComparable))('$name is read as the oracle reads it', async ({ body }) => {
    const oracle = await readWholeByOracle(oracleOf(body, 'application/json'));
    expectEqual(addUp(readWhole(decoder(), body)), oracle);
  });

  it.each(streams.filter(isComparable))(
    '$name has the same result at any cuts, and with CRLF',
    ({ events }) => {
      const body = sse(events);
      const read = (text: string, bytesPerRead?: number) => {
        try {
          return addUp(readEvents(decoder(), text, bytesPerRead));
        } catch (error) {
          return error;
        }
      };
      const whole = read(body);
      expect(read(body, body.length <= 32_768 ? 1 : 61)).toEqual(whole);
      expect(read(body.replaceAll('\n', '\r\n'), 997)).toEqual(whole);
    },
  );

  it.each(streams)('$name fails where it is cut before its stop reason', ({ events }) => {
    const end = events.findIndex((event) => event.includes('"stop_reason":"'));
    const thrown = errorOf(() => readEvents(decoder(), sse(events.slice(0, end))));
    expect(thrown).toBeInstanceOf(AppError);
  });

  it('of an answer without content are a failure that may be retried', () => {
    const empty = recordings.filter(({ name }) => name.startsWith('anthropic-advisor-stop-reasons'));
    for (const { events, body } of empty) {
      const thrown = errorOf(() =>
        events === null ? readWhole(decoder(), body) : readEvents(decoder(), sse(events)),
      );
      expect(isTransient(thrown)).toBe(true);
    }
  });

  it.each(others)('$name, which is no message, is not accepted as an answer', ({ body }) => {
    expect(() => readWhole(decoder(), body)).toThrow(AppError);
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The oracle returns the summary of a compacted context as text; of the API's own tools alone nothing is said. */
function isComparable({ name }: { name: string }): boolean {
  return !/^anthropic-(compaction|advisor-stop-reasons)/.test(name);
}
