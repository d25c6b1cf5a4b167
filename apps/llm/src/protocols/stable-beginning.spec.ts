import type { Item, JsonObject, JsonValue } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { called, output, said, tool } from './__fixtures__/conversation.ts';
import { bodyOf, upstreams } from './__fixtures__/upstreams.ts';

const schema = {
  type: 'object',
  properties: { b: { $ref: '#/$defs/B' }, a: { type: 'string' } },
  $defs: { B: { type: 'number' } },
};
const tools = [tool('tide', schema), tool('sea.wind'), tool('look')];
const instructions = 'Answer as a sailor does.';

const turns: Item[][] = [
  [
    said('system', 'Be brief.'),
    said('user', 'Which tides?'),
    called('call_1', 'tide', '{"b":1,"a":"x"}'),
    called('0', 'sea.wind', ''),
    output('call_1', 'high'),
    output('0', 'none'),
  ],
  [said('assistant', 'High, without wind.'), said('user', 'And tomorrow?')],
  [called('0', 'tide', '{"a":"y"}'), output('0', 'low'), said('assistant', 'Low.'), said('user', 'Thanks.')],
];

/** The request after so many turns. */
function bodyAfter(name: string, count: number): JsonObject {
  return bodyOf(name, { instructions, items: turns.slice(0, count).flat(), tools });
}

function messagesOf(body: JsonObject): JsonValue[] {
  const list = body['messages'] ?? body['contents'] ?? body['input'];
  return Array.isArray(list) ? list : [];
}

/** Everything before the messages in the prompt. */
function headOf(body: JsonObject): string {
  const { messages: _messages, contents: _contents, input: _input, ...head } = body;
  return JSON.stringify(head);
}

describe.each(Object.keys(upstreams))('the requests of a conversation at %s', (name) => {
  it('begin with the same bytes in every turn, as caches of prompts need it', () => {
    const bodies = [1, 2, 3].map((count) => bodyAfter(name, count));
    const last = bodies.at(-1) ?? {};
    for (const body of bodies) {
      expect(headOf(body)).toBe(headOf(last));
      const messages = messagesOf(body);
      // The last message may go on in the next request.
      const kept = messages.slice(0, -1);
      expect(kept.length).toBeGreaterThan(0);
      expect(JSON.stringify(messagesOf(last).slice(0, kept.length))).toBe(JSON.stringify(kept));
    }
  });

  it('have the tools in the order of the caller', () => {
    const names = [...headOf(bodyAfter(name, 1)).matchAll(/"name":"(\w+)/g)].map(([, found = '']) => found);
    expect(names.map((found) => found.slice(0, 4))).toEqual([
      'tide',
      name === 'Anthropic Messages' || name === 'Bedrock Converse' ? 'sea_' : 'sea',
      'look',
    ]);
  });
});
