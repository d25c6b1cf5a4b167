import { functionCall, type FunctionCallItem, type Item, type MessageItem } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { buildContext, contextUnits } from './build-context.ts';
import { textTokens } from './trim-context.ts';
import { testResponse } from '@antiphon/contracts/testing';

function message(role: MessageItem['role'], id: string, text = id): Item {
  return { type: 'message', id, role, content: [{ type: 'text', text }], status: 'completed' };
}

function call(callId: string, id = `fc_${callId}`): FunctionCallItem {
  return functionCall({
    id,
    callId,
    name: 'add',
    arguments: '{}',
    executor: 'server',
  });
}

function output(callId: string, text = 'ok', id = `fco_${callId}`): Item {
  return { type: 'function_call_output', id, callId, output: text, status: 'completed' };
}

function context(
  items: Item[],
  tokensMax = 100_000,
  changes: Parameters<typeof testResponse>[0] = {},
): string[] {
  return buildContext(items, testResponse({ input: [], ...changes }), tokensMax).map((item) => item.id);
}

describe('items that clients send back', () => {
  const history = [message('user', 'u'), message('assistant', 'a'), call('c'), output('c')];
  const next = message('user', 'next');

  it('appear once, at their first place', () => {
    expect(context([...history], 100_000, { input: [...history, next] })).toEqual([
      'u',
      'a',
      'fc_c',
      'fco_c',
      'next',
    ]);
    expect(context([call('c')], 100_000, { input: [call('c'), output('c'), next] })).toEqual([
      'fc_c',
      'fco_c',
      'next',
    ]);
  });

  it('stay where only their ids are equal', () => {
    const other = message('user', 'u', 'Something else');
    expect(context([...history], 100_000, { input: [other] })).toEqual(['u', 'a', 'fc_c', 'fco_c', 'u']);
  });
});

describe('the order of the context', () => {
  it('puts outputs after their calls, in the order of the calls', () => {
    expect(context([call('a'), call('b'), output('b'), output('a')])).toEqual([
      'fc_a',
      'fc_b',
      'fco_a',
      'fco_b',
    ]);
  });

  it('keeps turns apart', () => {
    expect(context([call('a'), output('a'), call('b'), output('b')])).toEqual([
      'fc_a',
      'fco_a',
      'fc_b',
      'fco_b',
    ]);
  });

  it('moves an output that comes after other items to its call', () => {
    expect(context([call('a'), message('user', 'u'), output('a')])).toEqual(['fc_a', 'fco_a', 'u']);
  });

  it('leaves out calls without output and outputs without call', () => {
    expect(context([call('a'), message('user', 'u'), output('b')])).toEqual(['u']);
  });

  it('finds the right output where a call id occurs again', () => {
    const items = [
      call('x', 'fc_1'),
      output('x', '1', 'fco_1'),
      call('x', 'fc_2'),
      output('x', '2', 'fco_2'),
    ];

    expect(context(items)).toEqual(['fc_1', 'fco_1', 'fc_2', 'fco_2']);
  });

  it('keeps thoughts before the calls that they led to, and without their seals', () => {
    const thought: Item = { type: 'reasoning', id: 'rs', text: 'Hm', status: 'completed', sealed: 'v1.abc' };
    const items = [thought, call('a'), call('b'), output('a'), output('b'), message('assistant', 'm')];

    expect(context(items)).toEqual(['rs', 'fc_a', 'fc_b', 'fco_a', 'fco_b', 'm']);
    expect(buildContext(items, testResponse({ input: [] }), 100_000)[0]).not.toHaveProperty('sealed');
  });

  it('leaves out a thought without content, which would part a text from the calls after it', () => {
    const thought: Item = {
      type: 'reasoning',
      id: 'rs',
      text: '',
      status: 'completed',
      origin: { provider: 'p' },
    };
    const units = contextUnits([message('assistant', 'm'), thought, call('a'), output('a')]);

    expect(units.map((unit) => unit.map(({ id }) => id))).toEqual([['m', 'fc_a', 'fco_a']]);
  });

  it('keeps an answer together that has thoughts and text after its calls', () => {
    const thought = (id: string): Item => ({ type: 'reasoning', id, text: 'Hm', status: 'completed' });
    const items = [
      thought('rs_1'),
      message('assistant', 'm_1', 'Well'),
      call('a'),
      thought('rs_2'),
      call('b'),
      message('assistant', 'm_2', ', then.'),
      output('a'),
      output('b'),
    ];

    expect(context(items)).toEqual(['rs_1', 'm_1', 'rs_2', 'fc_a', 'fc_b', 'fco_a', 'fco_b']);
    expect(buildContext(items, testResponse({ input: [] }), 100_000)[1]).toMatchObject({
      content: [{ text: 'Well' }, { text: ', then.' }],
    });
  });

  it('has a note for images of a model, and keeps the images of the user', () => {
    const image = { type: 'image' as const, url: 'data:image/png;base64,AAAA' };
    const said = (role: MessageItem['role']): Item => ({
      type: 'message',
      id: role,
      role,
      content: [{ type: 'text', text: 'Look:' }, image],
      status: 'completed',
    });
    const read = buildContext([said('user'), said('assistant')], testResponse({ input: [] }), 100_000);
    expect(read).toMatchObject([
      { content: [{ text: 'Look:' }, image] },
      { content: [{ text: 'Look:' }, { type: 'text', text: '[image]' }] },
    ]);
  });

  it('has the fault of a rejected answer of several messages once', () => {
    const rejected = (id: string, rejection: string): Item => ({
      ...(message('assistant', id) as MessageItem),
      status: 'incomplete',
      rejection,
    });
    const output = [rejected('m_1', ''), rejected('m_2', 'no JSON')];

    expect(context([message('user', 'u')], 100_000, { output })).toEqual(['u', 'm_1', 'm_2', 'm_2_rejected']);
  });

  it('leaves out unfinished items of an earlier attempt', () => {
    const half: Item = { type: 'message', id: 'half', role: 'assistant', content: [], status: 'incomplete' };

    expect(context([message('user', 'u')], 100_000, { output: [half] })).toEqual(['u']);
  });
});

describe('a context that is too long', () => {
  const long = 'word '.repeat(100);

  it('loses its oldest first and fits', () => {
    const items = [1, 2, 3, 4, 5, 6].map((n) => message(n % 2 ? 'user' : 'assistant', `m${n}`, long));

    expect(context([...items, message('user', 'now')], 400)).toEqual(['m4', 'm5', 'm6', 'now']);
  });

  it('counts the instructions', () => {
    const items = [
      message('user', 'old', long),
      message('assistant', 'answer', 'ok'),
      message('user', 'now'),
    ];

    expect(context(items, 200)).toEqual(['old', 'answer', 'now']);
    expect(context(items, 200, { instructions: long })).toEqual(['answer', 'now']);
  });

  it('loses a call with its output or not at all', () => {
    const items = [
      call('a'),
      call('b'),
      output('b', long),
      output('a'),
      message('assistant', 'm'),
      message('user', 'now'),
    ];

    expect(context(items, 100)).toEqual(['m', 'now']);
  });

  it('loses an answer with the thought and the calls that belong to it, or not at all', () => {
    const thought: Item = { type: 'reasoning', id: 'rs', text: long, status: 'completed' };
    const items = [
      thought,
      message('assistant', 'looking'),
      call('a'),
      output('a'),
      message('assistant', 'm'),
      message('user', 'now'),
    ];

    expect(context(items, 100)).toEqual(['m', 'now']);
  });

  it("keeps the caller's latest messages, instructions among the messages, and the results to answer", () => {
    const items = [
      message('system', 'system', long),
      message('user', 'old', long),
      message('user', 'now-1', long),
      message('user', 'now-2', long),
      call('a'),
      output('a', long),
      call('b'),
      output('b', long),
    ];

    expect(context(items, 10)).toEqual(['system', 'old', 'now-1', 'now-2', 'fc_b', 'fco_b']);
    expect(context([message('user', 'old', long), message('assistant', 'm'), ...items.slice(2)], 10)).toEqual(
      ['now-1', 'now-2', 'fc_b', 'fco_b'],
    );
  });
});

describe('textTokens', () => {
  it.each([
    ['', 0],
    ['four char', 3],
    ['привет', 3],
    ['你好世界', 4],
  ])('%s is about %i', (text, tokens) => {
    expect(textTokens(text)).toBe(tokens);
  });
});
