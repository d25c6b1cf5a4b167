import { AppError } from '@antiphon/contracts';
import { expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { openaiSocket } from './socket.ts';
import { openStream } from './stream.ts';

const turn = { type: 'response.create', model: 'm', input: 'Hi' };

it('accepts the body of a create as a turn', () => {
  expect(openaiSocket.decodeTurn({ ...turn, store: false, previous_response_id: 'resp_1' })).toMatchObject({
    prompt: null,
    decoded: { model: 'm', stored: false, background: false, previousResponseId: 'resp_1' },
  });
});

it('accepts fields that state the default', () => {
  const said = { stream: true, stream_options: null, background: null, generate: true };
  expect(openaiSocket.decodeTurn({ ...turn, ...said })).toMatchObject({
    decoded: { model: 'm', background: false },
  });
});

it.each([
  ['type', undefined],
  ['type', 'session.update'],
  ['stream', false],
  ['stream', 'true'],
  ['stream_options', {}],
  ['background', false],
  ['stream_id', 'lane'],
  ['generate', false],
  ['model', undefined],
])('refuses a turn whose %s is %j', (param, value) => {
  expect(() => openaiSocket.decodeTurn({ ...turn, [param]: value })).toThrow(
    expect.objectContaining({ code: 'invalid_request', param }),
  );
});

it.each([[undefined], [null], [7], ['text'], [[]]])('refuses %j', (message) => {
  expect(() => openaiSocket.decodeTurn(message)).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  );
  expect(openaiSocket.previousOf(message)).toBeNull();
});

it('sends the same events as a stream, each as one message', () => {
  const events = new ScriptedRun().says('It', ' is').ends('completed');
  const messages = events.flatMap(openaiSocket.openTurn());
  const frames = events.flatMap(openStream());
  expect(frames.pop()).toBe('data: [DONE]\n\n');
  expect(messages.map((message) => `data: ${message}`)).toEqual(
    frames.map((frame) => frame.trimEnd().split('\n')[1]),
  );
});

it('ends a failed turn with one event, since clients treat an error as the end of a turn', () => {
  const failed = new ScriptedRun().ends('failed', { error: { code: 'model_error', message: 'It broke' } });
  const messages = failed.flatMap(openaiSocket.openTurn()).map((text) => JSON.parse(text) as object);
  expect(messages.slice(2)).toMatchObject([
    { type: 'response.failed', sequence_number: 2, response: { error: { message: 'It broke' } } },
  ]);
});

it('sends an error for a cancelled turn, which has no event', () => {
  const messages = new ScriptedRun().says('It').ends('cancelled').flatMap(openaiSocket.openTurn());
  expect(JSON.parse(messages.at(-1) ?? '')).toMatchObject({ type: 'error', error: { code: 'cancelled' } });
});

it('encodes failures in the envelope of the specification', () => {
  const unknown = new AppError('not_found', 'There is no response resp_1.', { param: 'previousResponseId' });
  expect(JSON.parse(openaiSocket.encodeFailure(unknown))).toEqual({
    type: 'error',
    status: 400,
    error: {
      type: 'invalid_request_error',
      code: 'previous_response_not_found',
      message: 'There is no response resp_1.',
      param: 'previous_response_id',
    },
  });
  expect(JSON.parse(openaiSocket.encodeFailure(new AppError('rate_limited', 'Slow down')))).toMatchObject({
    type: 'error',
    status: 429,
    error: { code: 'rate_limit_exceeded', message: 'Slow down', param: null },
  });
  expect(JSON.parse(openaiSocket.encodeLifetimeReached(3_600_000))).toMatchObject({
    type: 'error',
    status: 400,
    error: { code: 'websocket_connection_limit_reached' },
  });
});
