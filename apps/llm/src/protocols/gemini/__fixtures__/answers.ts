/** Answers of the API in our own words, as lists of chunks. */

const usage = { promptTokenCount: 20, candidatesTokenCount: 9, totalTokenCount: 41, thoughtsTokenCount: 12 };

function chunk(parts: readonly object[], more: object = {}): object {
  return {
    candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
    usageMetadata: { promptTokenCount: 20, thoughtsTokenCount: 12 },
    modelVersion: 'gemini-3-pro-preview',
  };
}

function last(parts: readonly object[], more: object = {}): object {
  return { ...chunk(parts, { finishReason: 'STOP', ...more }), usageMetadata: usage };
}

export const thoughtAndText = [
  chunk([{ text: 'The sea is ', thought: true }]),
  chunk([{ text: 'blue.', thought: true }]),
  chunk([{ text: 'Blau 🌊, ' }]),
  chunk([{ text: 'denke ich.' }]),
  last([{ text: '', thoughtSignature: 'c2lnLXRleHQ=' }]),
];

/** The signature comes with a piece of the text, and no summary of the thoughts. */
export const signedText = [
  chunk([{ text: 'One. ' }]),
  chunk([{ text: 'Two. ', thoughtSignature: 'c2lnLXR3bw==' }]),
  last([{ text: 'Three.' }]),
];

export const parallelCalls = [
  chunk([{ text: 'I look at both.' }]),
  chunk([
    { functionCall: { id: 'fc_a', name: 'weather', args: { city: 'Köln' } }, thoughtSignature: 'c2lnLWNhbGw=' },
    { functionCall: { id: 'fc_b', name: 'weather', args: { city: 'Rom', days: 2 } } },
  ]),
  last([{ text: '' }]),
];

/** Vertex AI sends arguments in pieces where that is switched on. */
export const callsInPieces = [
  chunk([{ functionCall: { name: 'plan', willContinue: true }, thoughtSignature: 'c2lnLXBsYW4=' }]),
  chunk([
    {
      functionCall: {
        partialArgs: [{ jsonPath: '$.stops[0].name', stringValue: 'Ba', willContinue: true }],
        willContinue: true,
      },
    },
  ]),
  chunk([
    {
      functionCall: {
        partialArgs: [
          { jsonPath: '$.stops[0].name', stringValue: 'sel' },
          { jsonPath: '$.stops[1].name', stringValue: 'Chur' },
          { jsonPath: '$.tags[]' },
          { jsonPath: '$.nights', numberValue: 3 },
          { jsonPath: '$.isLate', boolValue: false },
          { jsonPath: '$.guide', nullValue: 'NULL_VALUE' },
        ],
        willContinue: true,
      },
    },
  ]),
  chunk([{ functionCall: {} }]),
  last([{ functionCall: { name: 'now' } }]),
];

export const grounded = [
  chunk([{ text: 'Größe: 3 m. ' }]),
  last([{ text: 'Quelle steht da.' }], {
    groundingMetadata: {
      groundingChunks: [
        { web: { uri: 'https://a.example/1', title: 'A' } },
        { web: { uri: 'https://b.example/2', title: 'B' } },
        { web: { uri: 'https://c.example/3', title: 'C' } },
      ],
      groundingSupports: [
        { segment: { endIndex: 13, text: 'Größe: 3 m.' }, groundingChunkIndices: [0, 1] },
        { segment: { startIndex: 14, endIndex: 30, text: 'Quelle steht da.' }, groundingChunkIndices: [1] },
      ],
    },
  }),
];

export const pictured = [
  chunk([{ text: 'Here it is: ' }]),
  last([{ inlineData: { mimeType: 'image/png', data: 'aGk=' }, thoughtSignature: 'c2lnLWltYWdl' }]),
];

export const stopped = (finishReason: string, finishMessage?: string) => [
  chunk([{ text: 'Half of ' }]),
  last([], { finishReason, ...(finishMessage !== undefined && { finishMessage }) }),
];

export const blocked = [{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 4 } }];
