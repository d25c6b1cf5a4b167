import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { answer, callsOf, piece, readDeltas, readWhole } from './__fixtures__/read-deltas.ts';

describe('the calls of an answer', () => {
  it('distinguishes parallel calls by their index', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '' } }),
      piece({ index: 1, id: 'b', function: { name: 'two', arguments: '{"y"' } }),
      piece({ index: 0, function: { arguments: '{"x":1}' } }),
      piece({ index: 1, function: { arguments: ':2}' } }),
    ]);
    expect(callsOf(burst)).toEqual([
      { callId: 'a', name: 'one', arguments: '{"x":1}' },
      { callId: 'b', name: 'two', arguments: '{"y":2}' },
    ]);
    expect(burst.at(-1)).toMatchObject({ type: 'end', finishReason: 'tool_calls' });
  });

  it('understands servers that leave out the index', () => {
    const burst = readDeltas([
      piece({ id: 'a', function: { name: 'one', arguments: '{"x"' } }),
      piece({ function: { arguments: ':1}' } }),
      piece({ id: 'b', function: { name: 'two', arguments: '{}' } }),
    ]);
    expect(callsOf(burst)).toEqual([
      { callId: 'a', name: 'one', arguments: '{"x":1}' },
      { callId: 'b', name: 'two', arguments: '{}' },
    ]);
  });

  it('understands servers that leave out index and id and send calls whole', () => {
    const burst = readDeltas([
      piece({ function: { name: 'one', arguments: { x: 1 } } }),
      piece({ function: { name: 'one', arguments: '{"x":2}' } }),
    ]);
    const calls = callsOf(burst);
    expect(calls.map((call) => call.arguments)).toEqual(['{"x":1}', '{"x":2}']);
    expect(new Set(calls.map((call) => call.callId)).size).toBe(2);
  });

  it('begins another call at a second name, also with one index and no ids', () => {
    const burst = readDeltas([
      piece({ index: 0, function: { name: 'one', arguments: '{"x"' } }),
      piece({ index: 0, function: { arguments: ':1}' } }),
      piece({ index: 0, function: { name: 'two', arguments: '' } }),
      piece({ index: 0, function: { arguments: '{"y":2}' } }),
      piece({ index: 0, id: 'null', function: { name: 'two', arguments: '{"y":3}' } }),
    ]);
    expect(callsOf(burst).map((call) => [call.name, call.arguments])).toEqual([
      ['one', '{"x":1}'],
      ['two', '{"y":2}'],
      ['two', '{"y":3}'],
    ]);
  });

  it('continues a call whose name is repeated with every piece', () => {
    const burst = readDeltas([
      piece({ index: 0, function: { name: 'one', arguments: '{"x"' } }),
      piece({ index: 0, function: { name: 'one', arguments: ':1}' } }),
    ]);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}']);
  });

  it('distinguishes interleaved calls with one index by their ids', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{"x"' } }),
      piece({ index: 0, id: 'b', function: { name: 'one', arguments: '{"x"' } }),
      piece({ index: 0, id: 'a', function: { arguments: ':1}' } }),
      piece({ index: 0, id: 'b', function: { arguments: ':2}' } }),
    ]);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}', '{"x":2}']);
  });

  it('numbers calls in the order of their names', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { arguments: '{"x":1}' } }),
      piece({ index: 1, id: 'b', function: { name: 'two', arguments: '{}' } }),
      piece({ index: 0, function: { name: 'one' } }),
    ]);
    expect(callsOf(burst)).toEqual([
      { callId: 'b', name: 'two', arguments: '{}' },
      { callId: 'a', name: 'one', arguments: '{"x":1}' },
    ]);
  });

  it('treats every call of a whole message as a separate one', () => {
    const call = { function: { name: 'now', arguments: '' } };
    const burst = readWhole({ choices: [{ message: { tool_calls: [call, call] } }] });
    expect(callsOf(burst).map((made) => made.arguments)).toEqual(['{}', '{}']);
    const old = readWhole({ choices: [{ message: { function_call: call.function } }] });
    expect(callsOf(old)).toMatchObject([{ name: 'now' }]);
  });

  it('understands servers that give all parallel calls the index 0', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{}' } }),
      piece({ index: 0, id: 'b', function: { name: 'one', arguments: '{}' } }),
    ]);
    expect(callsOf(burst).map((call) => call.callId)).toEqual(['a', 'b']);
  });

  it('does not begin another call at a repeated name or a new id alone', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{' } }),
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '"x"' } }),
      piece({ index: 0, id: 'other', function: { arguments: ':1}' } }),
    ]);
    expect(callsOf(burst)).toEqual([{ callId: 'a', name: 'one', arguments: '{"x":1}' }]);
  });

  it('keeps arguments that arrive before the name, and gives a call without arguments an empty object', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { arguments: '{"x"' } }),
      piece({ index: 0, function: { name: 'one', arguments: ':1}' } }),
      piece({ index: 1, id: 'b', function: { name: 'two' } }),
    ]);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}', '{}']);
  });

  it('leaves arguments that the limit of tokens cut as the model wrote them', () => {
    const cut = piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{"x' } });
    expect(callsOf(readDeltas([cut], 'length'))[0]?.arguments).toBe('{"x');
  });

  it('reads the calls and the text of several choices', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'one', arguments: '{}' } });
    const burst = readWhole({
      choices: [
        { message: { content: 'Let me see.' }, finish_reason: 'stop' },
        { message: { tool_calls: [call('a')] }, finish_reason: 'tool_calls' },
        { message: { tool_calls: [call('b')] }, finish_reason: 'tool_calls' },
      ],
    });
    expect(burst[0]).toEqual({ type: 'text', text: 'Let me see.' });
    expect(callsOf(burst).map(({ callId }) => callId)).toEqual(['a', 'b']);
    expect(burst.at(-1)).toMatchObject({ finishReason: 'tool_calls' });
  });

  it('distinguishes calls of several choices with the same index', () => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    const send = (index: number, call: object) =>
      reader.event(JSON.stringify({ choices: [{ index, delta: piece({ index: 0, ...call }) }] }), burst);
    send(0, { id: 'a', function: { name: 'one', arguments: '{"x"' } });
    send(1, { id: 'b', function: { name: 'one', arguments: '{"x"' } });
    send(0, { function: { arguments: ':1}' } });
    send(1, { function: { arguments: ':2}' } });
    reader.event('[DONE]', burst);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}', '{"x":2}']);
  });

  it('makes short ids for long ones, the same each time, and keeps the long ones', () => {
    const id = `call_${'signature'.repeat(90)}`;
    const read = () => readDeltas([piece({ index: 0, id, function: { name: 'one', arguments: '{}' } })]);
    const burst = read();
    const [call] = callsOf(burst);
    expect(call?.callId).toMatch(/^call_[\w-]{32}$/);
    expect(callsOf(read())[0]?.callId).toBe(call?.callId);
    expect(burst).toContainEqual(expect.objectContaining({ type: 'call', providerCallId: id }));
    expect(burst).toContainEqual({
      type: 'call_origin',
      call: 0,
      origin: { provider: 'here', extraContent: {}, callId: id },
    });
  });
});
