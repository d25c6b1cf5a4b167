import { functionCall, type FunctionCallItem, type Item } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { modelRequest } from '../../../providers/__fixtures__/model-request.ts';
import { toGeminiBody } from './request-body.ts';

const account = 'google.example';

type Request = Parameters<typeof modelRequest>[1];

function bodyOf(changes: Request = {}, { isVertex = false } = {}) {
  return toGeminiBody(modelRequest('Hi', { model: 'gemini-3-pro-preview', ...changes }), {
    account,
    isVertex,
  });
}

function message(role: 'user' | 'assistant' | 'system' | 'developer', text: string): Item {
  return { type: 'message', id: 'msg', role, content: [{ type: 'text', text }], status: 'completed' };
}

function call(callId: string, changes: Partial<FunctionCallItem> = {}): FunctionCallItem {
  return functionCall({
    id: 'fc',
    callId,
    name: 'weather',
    executor: 'client',
    arguments: '{"city":"Rom"}',
    ...changes,
  });
}

function output(callId: string, text: string): Item {
  return { type: 'function_call_output', id: 'out', callId, output: text, status: 'completed' };
}

const signed = (callId: string, signature?: string): Pick<FunctionCallItem, 'origin'> => ({
  origin: {
    provider: account,
    extraContent: signature === undefined ? {} : { thoughtSignature: signature },
    callId,
  },
});

const user = message('user', 'Hi');
const tool = {
  name: 'weather',
  description: 'Of a city',
  parameters: { type: 'object', properties: {} },
  strict: null,
};

describe('contents', () => {
  it('have system messages before the conversation as the instruction, later ones as text of the user', () => {
    const items = [
      message('system', 'A'),
      message('developer', 'B'),
      user,
      message('assistant', 'Hello'),
      message('system', 'C'),
      message('user', 'D'),
    ];
    expect(bodyOf({ instructions: 'Be kind', items })).toMatchObject({
      systemInstruction: { parts: [{ text: 'Be kind\n\nA\n\nB' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        { role: 'model', parts: [{ text: 'Hello' }] },
        { role: 'user', parts: [{ text: 'C' }, { text: 'D' }] },
      ],
    });
  });

  it('have the last of only system messages as text of the user', () => {
    expect(bodyOf({ items: [message('system', 'A'), message('system', 'B')] })).toMatchObject({
      systemInstruction: { parts: [{ text: 'A' }] },
      contents: [{ role: 'user', parts: [{ text: 'B' }] }],
    });
  });

  it('begin with the user', () => {
    const { contents } = bodyOf({ items: [message('assistant', 'Hello'), user] });
    expect(contents.map(({ role }) => role)).toEqual(['user', 'model', 'user']);
  });

  it('put the instruction before the first text for Gemma', () => {
    const body = bodyOf({ model: 'gemma-3-27b-it', instructions: 'Be kind' });
    expect(body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Be kind' }, { text: 'Hi' }] }] });
  });

  it('have parallel calls in one content and their outputs in the next, in the order of the calls', () => {
    const items = [
      user,
      message('assistant', 'I look.'),
      call('a', signed('fc_a', 'c2ln')),
      call('b', signed('fc_b')),
      output('b', 'rain'),
      output('a', 'sun'),
      message('user', 'And?'),
    ];
    expect(bodyOf({ items }).contents).toEqual([
      { role: 'user', parts: [{ text: 'Hi' }] },
      {
        role: 'model',
        parts: [
          { text: 'I look.' },
          { functionCall: { id: 'fc_a', name: 'weather', args: { city: 'Rom' } }, thoughtSignature: 'c2ln' },
          { functionCall: { id: 'fc_b', name: 'weather', args: { city: 'Rom' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'fc_a', name: 'weather', response: { output: 'sun' } } },
          { functionResponse: { id: 'fc_b', name: 'weather', response: { output: 'rain' } } },
        ],
      },
      { role: 'user', parts: [{ text: 'And?' }] },
    ]);
  });

  it('have an output for a call without one, and say that a tool failed', () => {
    const failed = call('b', { error: { code: 'internal', message: 'broken' } });
    const { contents } = bodyOf({ items: [user, call('a'), failed, output('b', 'broken')] });
    expect(contents[2]?.parts).toMatchObject([
      { functionResponse: { response: { output: 'This call was not carried out.' } } },
      { functionResponse: { response: { error: 'broken' } } },
    ]);
  });

  it('mark the first call of another provider as unsigned for models that sign, and send no foreign data', () => {
    const foreign = {
      origin: { provider: 'other.example', extraContent: { thoughtSignature: 'eA==' }, callId: 'x' },
    };
    const items = [user, call('a', foreign), call('b', foreign), output('a', '1'), output('b', '2')];
    expect(bodyOf({ items }).contents[1]?.parts).toEqual([
      {
        functionCall: { id: 'a', name: 'weather', args: { city: 'Rom' } },
        thoughtSignature: 'skip_thought_signature_validator',
      },
      { functionCall: { id: 'b', name: 'weather', args: { city: 'Rom' } } },
    ]);
    const earlier = bodyOf({ items, model: 'gemini-2.5-flash' }).contents[1]?.parts;
    expect(earlier?.map((part) => 'thoughtSignature' in part)).toEqual([false, false]);
  });

  it('have only ids of Vertex AI itself at Vertex AI', () => {
    const items = [user, call('a'), call('b', signed('fc_b')), output('a', '1'), output('b', '2')];
    const { contents } = bodyOf({ items }, { isVertex: true });
    expect(contents[1]?.parts?.map(({ functionCall: said }) => said?.id)).toEqual([undefined, 'fc_b']);
    expect(contents[2]?.parts?.map(({ functionResponse: said }) => said?.id)).toEqual([undefined, 'fc_b']);
  });

  it.each([
    ['', {}],
    ['{"a":1}', { a: 1 }],
    ['[1]', { unreadable_arguments: '[1]' }],
    ['{"a":', { unreadable_arguments: '{"a":' }],
  ])('have the arguments %j as an object', (text, args) => {
    const { contents } = bodyOf({ items: [user, call('a', { arguments: text }), output('a', '1')] });
    expect(contents[1]?.parts?.[0]?.functionCall?.args).toEqual(args);
  });

  it('have names that begin with a letter or an underscore', () => {
    const items = [user, call('a', { name: '1st' }), output('a', '1')];
    const body = bodyOf({ items, tools: [{ ...tool, name: '1st' }], toolChoice: { name: '1st' } });
    expect(JSON.stringify(body).match(/"_1st"/g)).toHaveLength(4);
  });

  it('have an output without its call as text', () => {
    const { contents } = bodyOf({ items: [user, output('gone', 'sun')] });
    expect(contents).toEqual([
      {
        role: 'user',
        parts: [{ text: 'Hi' }, { text: 'The output of a tool that was called earlier:' }, { text: 'sun' }],
      },
    ]);
  });
});

describe('signatures', () => {
  const thought = (details: object[]): Item => ({
    type: 'reasoning',
    id: 'rs',
    text: 'Hm.',
    status: 'completed',
    origin: { provider: account, details: details as Record<string, string>[] },
  });
  const at = (start: number, end: number) => ({ thoughtSignature: 'c2ln', start, end });

  it.each([
    ['within the text', at(5, 10), ['One. ', 'Two. ', 'Three.'], 1],
    ['before the text', at(0, 5), ['One. ', 'Two. Three.'], 0],
    ['after the text', at(16, 16), ['One. Two. Three.', ''], 1],
  ])('are back at their part %s', (_place, detail, texts, signedAt) => {
    const answer = message('assistant', 'One. Two. Three.');
    for (const items of [
      [user, thought([detail]), answer, user],
      [user, answer, thought([detail]), user],
    ]) {
      const parts = bodyOf({ items }).contents[1]?.parts ?? [];
      expect(parts.map(({ text }) => text)).toEqual(texts);
      expect(parts.map(({ thoughtSignature }) => thoughtSignature)).toEqual(
        texts.map((_text, place) => (place === signedAt ? 'c2ln' : undefined)),
      );
    }
  });

  it('of images and thoughts are back at them', () => {
    const details = [
      { thoughtSignature: 'dA==', thought: true, text: 'Hm.' },
      { thoughtSignature: 'aQ==', image: 1 },
    ];
    const picture = { type: 'image', url: 'data:image/png;base64,aGk=' } as const;
    const answer: Item = {
      ...{ type: 'message', id: 'msg', role: 'assistant', status: 'completed' },
      content: [{ type: 'text', text: 'Two:' }, picture, picture],
    };
    expect(bodyOf({ items: [user, thought(details), answer, user] }).contents[1]?.parts).toEqual([
      { thought: true, text: 'Hm.', thoughtSignature: 'dA==' },
      { text: 'Two:' },
      { inlineData: { mimeType: 'image/png', data: 'aGk=' } },
      { inlineData: { mimeType: 'image/png', data: 'aGk=' }, thoughtSignature: 'aQ==' },
    ]);
  });

  it('of another account are left out, with the thoughts', () => {
    const foreign = {
      ...thought([at(0, 3)]),
      origin: { provider: 'other', details: [at(0, 3)] },
    } as Item;
    expect(bodyOf({ items: [user, foreign, message('assistant', 'One'), user] }).contents[1]).toEqual({
      role: 'model',
      parts: [{ text: 'One' }],
    });
  });
});

describe('media', () => {
  const withPart = (part: object): Item => ({
    ...{ type: 'message', id: 'msg', role: 'user', status: 'completed' },
    content: [part as { type: 'text'; text: string }],
  });

  it.each([
    [
      { type: 'image', url: 'data:image/png;base64,aGk=' },
      { inlineData: { mimeType: 'image/png', data: 'aGk=' } },
    ],
    [
      { type: 'file', url: 'data:application/json;base64,e30=' },
      { inlineData: { mimeType: 'text/plain', data: 'e30=' } },
    ],
    [{ type: 'file', url: 'data:,a%20b' }, { inlineData: { mimeType: 'text/plain', data: 'YSBi' } }],
    [{ type: 'audio', data: 'aGk=', format: 'wav' }, { inlineData: { mimeType: 'audio/wav', data: 'aGk=' } }],
    [
      { type: 'file', url: 'https://a.example/b.pdf?x=1' },
      { fileData: { fileUri: 'https://a.example/b.pdf?x=1', mimeType: 'application/pdf' } },
    ],
    [{ type: 'image', url: 'gs://b/c' }, { fileData: { fileUri: 'gs://b/c', mimeType: 'image/jpeg' } }],
    [{ type: 'refusal', refusal: 'No.' }, { text: 'No.' }],
  ])('%j', (part, expected) => {
    expect(bodyOf({ items: [withPart(part)] }).contents[0]?.parts).toEqual([expected]);
  });

  it.each(['file:///etc/passwd', 'data:image/png;base64'])('of the URL %s is refused', (url) => {
    expect(() => bodyOf({ items: [withPart({ type: 'file', url })] })).toThrow(
      expect.objectContaining({ code: 'model_refused', param: 'items[0].content[0]' }) as Error,
    );
  });

  it('of a tool is in its output from version 3, and after the outputs before', () => {
    const shown: Item = {
      ...{ type: 'function_call_output', id: 'out', callId: 'a', status: 'completed' },
      output: [
        { type: 'text', text: 'See' },
        { type: 'image', url: 'data:image/png;base64,aGk=' },
      ],
    };
    const items = [user, call('a', signed('a', 'c2ln')), shown];
    const inlineData = { mimeType: 'image/png', data: 'aGk=' };
    expect(bodyOf({ items }).contents.slice(2)).toEqual([
      {
        role: 'user',
        parts: [
          {
            functionResponse: {
              id: 'a',
              name: 'weather',
              response: { output: 'See' },
              parts: [{ inlineData }],
            },
          },
        ],
      },
    ]);
    expect(bodyOf({ items, model: 'gemini-2.5-pro' }).contents.slice(3)).toEqual([
      { role: 'user', parts: [{ text: 'From the output of weather:' }, { inlineData }] },
    ]);
  });

  it('of a tool that cannot be sent is refused with its place', () => {
    const shown: Item = {
      ...{ type: 'function_call_output', id: 'out', callId: 'a', status: 'completed' },
      output: [{ type: 'image', url: 'ftp://a.example/b.png' }],
    };
    expect(() => bodyOf({ items: [user, call('a'), shown] })).toThrow(
      expect.objectContaining({ code: 'model_refused', param: 'items[2].output' }) as Error,
    );
  });

  it('is refused where nothing is left to send', () => {
    expect(() => bodyOf({ items: [message('user', '')] })).toThrow(
      expect.objectContaining({ code: 'model_refused', param: 'items' }) as Error,
    );
  });
});
