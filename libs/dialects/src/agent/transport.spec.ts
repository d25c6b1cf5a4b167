import { expect, it } from 'vitest';
import { checkTransport } from './transport.ts';

it.each([
  ['off', undefined],
  ['full', undefined],
  ['full', ''],
  ['off', '*/*'],
  ['full', '*/*'],
  ['events', 'text/event-stream'],
  ['events', 'Text/Event-Stream; charset=utf-8'],
  ['full', 'application/json, text/event-stream'],
  ['full', 'application/json;q=0.5, text/event-stream;q=0.1'],
  ['full', 'text/*'],
  ['off', 'application/json'],
  ['off', 'text/html, application/*;q=0.2'],
  ['full', 'application/json;q=0, */*;q=0.1'],
] as const)('stream=%s goes with Accept: %s', (transport, accept) => {
  expect(() => checkTransport(transport, accept)).not.toThrow();
});

it.each([
  ['full', 'application/json', 'stream=full requires Accept: text/event-stream'],
  ['events', 'application/json', 'stream=events requires Accept: text/event-stream'],
  ['off', 'text/event-stream', 'stream=off requires Accept: application/json'],
  ['full', 'text/event-stream;q=0, */*', 'stream=full requires'],
  ['full', 'text/*; Q=0.0, */*', 'stream=full requires'],
  ['off', 'text/html', 'stream=off requires'],
  ['off', 'nonsense', 'stream=off requires'],
] as const)('stream=%s does not go with Accept: %s', (transport, accept, message) => {
  expect(() => checkTransport(transport, accept)).toThrow(`Incompatible transport: ${message}`);
});
