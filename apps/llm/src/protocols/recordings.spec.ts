import { expect, it } from 'vitest';
import { recordings } from './__fixtures__/recordings.ts';

/** The files whose form no protocol reads, and why. The other files are replayed by the specs of their protocols. */
const leftOut: readonly [files: RegExp, reason: string][] = [
  [/\/[\w-]*reranking/, 'reranking is not served'],
  [/\/[\w-]*embedding/, 'embeddings; those of Vertex AI are read by the spec of gemini'],
  [/\/[\w-]*transcription/, 'transcription is not served'],
  [/\/[\w-]*speech-translation/, 'a protocol over WebSocket, for speech'],
  [/\/[\w-]*image(-edit)?\.json$/, 'images from an API of their own'],
  [/\/[\w-]*error(\.1)?\.json$|-429-/, 'errors, which come with a status'],
  [/\/[\w-]*skill-(version-)?create\.json$/, 'skills are not served'],
  [/^openai\/openai-completion-text/, 'completions without messages are not served'],
  [/^cohere\//, "Cohere's own API; its chat completions are spoken"],
  [
    /^google\/(basic|google-search|multi-turn-\w+-turn\d|structured-output|tool-call-step\d)\./,
    'interactions, an API beside generateContent',
  ],
];

it('are each replayed, or left out for a reason', () => {
  const unread = recordings.filter(({ protocol }) => protocol === null);
  const files = unread.map(({ folder, name }) => `${folder}/${name}`);
  expect(files.filter((file) => !leftOut.some(([pattern]) => pattern.test(file)))).toEqual([]);
});
