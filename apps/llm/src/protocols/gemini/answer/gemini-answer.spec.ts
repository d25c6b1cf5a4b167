import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { isTransient } from '../../../providers/errors/provider-errors.ts';
import * as answers from '../__fixtures__/answers.ts';
import { addUp, decoder, play, sse } from '../__fixtures__/play.ts';

async function read(chunks: readonly unknown[]) {
  return addUp(await play(sse(chunks)));
}

async function failure(body: string): Promise<AppError> {
  const error: unknown = await play(body).catch((thrown: unknown) => thrown);
  if (!(error instanceof AppError)) throw new Error('the answer has not failed');
  return error;
}

const { stopped, blocked, ...whole } = answers;

describe('an answer', () => {
  it.each(Object.entries(whole))('%s is the same in any form and at any cuts', async (_name, chunks) => {
    const once = await read(chunks);
    const forms = [
      await play(sse(chunks), { bytesPerRead: 1 }),
      await play(sse(chunks).replaceAll('\n', '\r\n'), { bytesPerRead: 7 }),
      await play(JSON.stringify(chunks), { bytesPerRead: 11 }),
    ];
    for (const deltas of forms) {
      const { calls, ...answer } = addUp(deltas);
      const { calls: callsOnce, ...answerOnce } = once;
      expect(answer).toEqual(answerOnce);
      expect(calls.map(({ id: _id, ...call }) => call)).toEqual(
        callsOnce.map(({ id: _id, ...call }) => call),
      );
    }
  });

  it('has its thoughts, its text and a signature for the place after the text', async () => {
    const { thought, text, details, order, end } = await read(answers.thoughtAndText);
    expect(thought).toBe('The sea is blue.');
    expect(text).toBe('Blau 🌊, denke ich.');
    expect(details).toEqual([{ thoughtSignature: 'c2lnLXRleHQ=', start: 19, end: 19 }]);
    expect(order).toEqual(['reasoning_origin', 'reasoning', 'text', 'reasoning_origin', 'end']);
    expect(end).toMatchObject({
      finishReason: 'stop',
      model: 'gemini-3-pro-preview',
      usage: {
        inputTokens: 20,
        outputTokens: 21,
        totalTokens: 41,
        cachedInputTokens: 0,
        reasoningTokens: 12,
      },
    });
  });

  it('keeps the place of a signature within the text, and begins with an empty thought for it', async () => {
    const { text, details, order } = await read(answers.signedText);
    expect(text).toBe('One. Two. Three.');
    expect(details).toEqual([{ thoughtSignature: 'c2lnLXR3bw==', start: 5, end: 10 }]);
    expect(order).toEqual(['reasoning_origin', 'text', 'reasoning_origin', 'end']);
  });

  it('has parallel calls, with the signature at the first', async () => {
    const { calls, end } = await read(answers.parallelCalls);
    expect(calls).toEqual([
      { id: 'fc_a', name: 'weather', arguments: '{"city":"Köln"}', signature: 'c2lnLWNhbGw=' },
      { id: 'fc_b', name: 'weather', arguments: '{"city":"Rom","days":2}', signature: undefined },
    ]);
    expect(end.finishReason).toBe('tool_calls');
  });

  it('has calls whose arguments come in pieces, and calls without arguments', async () => {
    const { calls } = await read(answers.callsInPieces);
    expect(calls.map(({ name, arguments: args }) => [name, JSON.parse(args) as unknown])).toEqual([
      [
        'plan',
        { stops: [{ name: 'Basel' }, { name: 'Chur' }], tags: [], nights: 3, isLate: false, guide: null },
      ],
      ['now', {}],
    ]);
    expect(calls[0]?.signature).toBe('c2lnLXBsYW4=');
    expect(calls[0]?.id).toMatch(/^call_/);
  });

  it('names tools as the caller named them', async () => {
    const answer = decoder({ names: new Map([['_1st', '1st']]) });
    const chunks = [
      {
        candidates: [
          { content: { parts: [{ functionCall: { name: '_1st', args: {} } }] }, finishReason: 'STOP' },
        ],
      },
    ];
    expect(addUp(await play(sse(chunks), { answer })).calls[0]?.name).toBe('1st');
  });

  it('cites pages at the places that they support, in characters, and unplaced pages after the text', async () => {
    const { text, citations } = await read(answers.grounded);
    expect(citations.map(({ url, startIndex, endIndex }) => [url, text.slice(startIndex, endIndex)])).toEqual(
      [
        ['https://a.example/1', 'Größe: 3 m.'],
        ['https://b.example/2', 'Größe: 3 m.'],
        ['https://b.example/2', 'Quelle steht da.'],
        ['https://c.example/3', ''],
      ],
    );
  });

  it('finds the place of a segment by its text where the bytes are those of another part', async () => {
    const metadata = {
      groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
      groundingSupports: [
        { segment: { startIndex: 0, endIndex: 3, text: 'two' }, groundingChunkIndices: [0] },
      ],
    };
    const chunks = [
      {
        candidates: [
          { content: { parts: [{ text: 'one two' }] }, finishReason: 'STOP', groundingMetadata: metadata },
        ],
      },
    ];
    expect((await read(chunks)).citations).toMatchObject([{ startIndex: 4, endIndex: 7 }]);
  });

  it('cites quotations', async () => {
    const citationMetadata = {
      citations: [{ startIndex: 1, endIndex: 3, uri: 'https://q.example', title: 'Q' }],
    };
    const chunks = [
      { candidates: [{ content: { parts: [{ text: 'abcd' }] }, finishReason: 'STOP', citationMetadata }] },
    ];
    expect((await read(chunks)).citations).toEqual([
      { url: 'https://q.example', title: 'Q', startIndex: 1, endIndex: 3 },
    ]);
  });

  it('has images, each with the place of its signature', async () => {
    const { images, details } = await read(answers.pictured);
    expect(images).toEqual(['data:image/png;base64,aGk=']);
    expect(details).toEqual([{ thoughtSignature: 'c2lnLWltYWdl', image: 0 }]);
  });

  it('counts cached tokens, results of tools and the tier', async () => {
    const usageMetadata = {
      ...{ promptTokenCount: 100, cachedContentTokenCount: 60, toolUsePromptTokenCount: 30 },
      ...{ candidatesTokenCount: 5, thoughtsTokenCount: 2, totalTokenCount: 137, serviceTier: 'flex' },
    };
    const { end } = await read([
      { candidates: [{ content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' }], usageMetadata },
    ]);
    expect(end).toMatchObject({
      serviceTier: 'flex',
      usage: {
        inputTokens: 130,
        outputTokens: 7,
        totalTokens: 137,
        cachedInputTokens: 60,
        reasoningTokens: 2,
      },
    });
  });

  it('estimates the tokens where there are no counts', async () => {
    const { end } = await read([
      { candidates: [{ content: { parts: [{ text: 'abcdefgh' }] }, finishReason: 'STOP' }] },
    ]);
    expect(end.usage).toMatchObject({ inputTokens: 7, outputTokens: 2, totalTokens: 9 });
  });

  it('has log probabilities', async () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'ä', logProbability: -0.5 }],
      topCandidates: [{ candidates: [{ token: 'b', logProbability: -2 }] }],
    };
    const deltas = await play(
      sse([{ candidates: [{ content: { parts: [{ text: 'ä' }] }, finishReason: 'STOP', logprobsResult }] }]),
    );
    expect(deltas).toContainEqual({
      type: 'text',
      text: 'ä',
      logprobs: [
        { token: 'ä', logprob: -0.5, bytes: [195, 164], top: [{ token: 'b', logprob: -2, bytes: [98] }] },
      ],
    });
  });
});

describe('an end', () => {
  it.each([
    ['MAX_TOKENS', 'length'],
    ['CONTINUATION', 'length'],
    ...['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY'].map((word) => [
      word,
      'content_filter',
    ]),
  ])('%s is %s', async (word, reason) => {
    expect((await read(stopped(word))).end.finishReason).toBe(reason);
  });

  it.each([
    ['MALFORMED_FUNCTION_CALL', 'The model made a tool call that cannot be read: Malformed call: plan('],
    ['UNEXPECTED_TOOL_CALL', 'The model made a tool call that cannot be read: Malformed call: plan('],
    ['OTHER', 'The provider Google dropped its answer (OTHER): Malformed call: plan('],
    ['LANGUAGE', 'The provider Google dropped its answer (LANGUAGE): Malformed call: plan('],
    ['NEW_WORD', 'The provider Google dropped its answer (NEW_WORD): Malformed call: plan('],
  ])('%s is a failure that may be retried', async (word, message) => {
    const error = await failure(sse(stopped(word, 'Malformed call: plan(')));
    expect(error).toMatchObject({ code: 'model_error', message });
    expect(isTransient(error)).toBe(true);
  });

  it('without content is a failure, not an empty success', async () => {
    const error = await failure(sse([{ candidates: [{ content: {}, finishReason: 'STOP' }] }]));
    expect(error.message).toBe('The provider Google ended its answer without any content');
    expect(isTransient(error)).toBe(true);
  });

  it.each(Object.entries(whole))('%s without its last event is a failure', async (_name, chunks) => {
    const error = await failure(sse(chunks.slice(0, -1)));
    expect(error).toMatchObject({ code: 'model_error' });
    expect(isTransient(error)).toBe(true);
  });

  it('of a blocked prompt is a refusal with the reason', async () => {
    for (const body of [sse(blocked), JSON.stringify(blocked[0]), JSON.stringify(blocked)])
      expect(await failure(body)).toMatchObject({
        code: 'model_refused',
        message: 'The provider Google blocked the prompt (PROHIBITED_CONTENT)',
      });
  });
});

describe('an error', () => {
  const exhausted = {
    error: {
      code: 429,
      message: 'You exceeded your current quota.',
      status: 'RESOURCE_EXHAUSTED',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.5s' }],
    },
  };

  it.each([
    ['an event', sse([...answers.thoughtAndText.slice(0, 2), exhausted])],
    ['an object', JSON.stringify(exhausted)],
    ['a list', JSON.stringify([exhausted])],
    ['a list after content', JSON.stringify([answers.thoughtAndText[0], exhausted])],
  ])('as %s has its code and its wait', async (_form, body) => {
    expect(await failure(body)).toMatchObject({ code: 'rate_limited', retryAfterMs: 34_500 });
  });

  it('for a context that is too long is recognised', async () => {
    const message = 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).';
    const body = JSON.stringify({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } });
    expect(await failure(body)).toMatchObject({ code: 'context_too_long', message });
  });

  it.each([
    ['an event that is not JSON', 'data: {"candidates"\n\n'],
    ['a body without content', '{"models":[]}'],
    [
      'pieces of arguments without a call',
      sse([{ candidates: [{ content: { parts: [{ functionCall: { partialArgs: [] } }] } }] }]),
    ],
    [
      'pieces of arguments that do not fit',
      sse([
        {
          candidates: [
            {
              content: {
                parts: [
                  { functionCall: { name: 'f', partialArgs: [{ jsonPath: '$.a[9]', numberValue: 1 }] } },
                ],
              },
            },
          ],
        },
      ]),
    ],
  ])('of the protocol: %s', async (_form, body) => {
    expect(await failure(body)).toMatchObject({ code: 'model_error' });
  });
});
